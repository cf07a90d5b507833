import Foundation
import Postgres

/// Something that is measured beside pgbench.
protocol Benchmark: Sendable {
    /// What it is called on the command line.
    var group: String { get }
    var title: String { get }
    var connections: Int { get }
    /// What pgbench runs for the same work.
    var pgbenchArguments: [String] { get }
    /// pgbench's script, unless it has its own.
    var pgbenchScript: String? { get }
    /// How many statements one of pgbench's transactions has.
    var statementsPerTransaction: Int { get }
    /// Puts the tables back to where they were.
    func reset(_ client: PostgresClient) async throws
    /// Works until the deadline, and gives the number of statements.
    func work(_ client: PostgresClient, until deadline: ContinuousClock.Instant) async throws -> Int
}

extension Benchmark {
    var pgbenchScript: String? { nil }
    var statementsPerTransaction: Int { 1 }
    func reset(_ client: PostgresClient) async throws {}
}

/// What both sides work on: pgbench's own tables.
enum Fixture {
    static let accounts = 100_000

    static func create(_ reference: PgBench) async throws {
        _ = try await reference.run(["-i", "-q", "-s", "1"])
        try await withClient(connections: 1) { client in
            try await client.query(
                "CREATE TABLE IF NOT EXISTS bench_inserts (number bigint NOT NULL, name text NOT NULL)")
            return
        }
    }
}
