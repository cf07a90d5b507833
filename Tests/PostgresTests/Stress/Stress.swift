import Foundation
import Logging
import Postgres
import PostgresTestSupport
import Synchronization
import Testing

/// The driver under load, kills, cuts and cancellations. One after the other, because they look at the whole process.
///
/// `MANICULE_STRESS_SCALE=20` does twenty times as much; each run prints the seed of its random choices, which
/// `MANICULE_STRESS_SEED` takes.
@Suite("Stress", .serialized, .timeLimit(.minutes(30)))
enum Stress {
    static let scale = max(number("MANICULE_STRESS_SCALE") ?? 1, 1)
    static let seed: UInt64 = {
        let seed = number("MANICULE_STRESS_SEED").map(UInt64.init) ?? UInt64.random(in: 0..<1_000_000)
        print("MANICULE_STRESS_SEED=\(seed)")
        return seed
    }()

    /// `MANICULE_STRESS_MEMORY=off` leaves the bounds of the memory out: a sanitizer multiplies it.
    static let boundsMemory = ProcessInfo.processInfo.environment["MANICULE_STRESS_MEMORY"] != "off"

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}

/// One test's database, behind a relay.
struct StressBed: Sendable {
    let database: TestDatabase
    let relay: Relay
    /// Not through the relay: survives what the test does.
    let observer: PostgresClient

    /// Runs the body, then shows that nothing is left of it: no session on the server, no descriptor here.
    static func with(_ body: (StressBed) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let port = try #require(URLComponents(string: database.connectionString)?.port)
            let relay = try Relay(to: UInt16(port))
            defer { relay.close() }
            let bed = StressBed(database: database, relay: relay, observer: database.client(poolSize: 2))
            try await body(bed)
            try await bed.expectNothingLeft()
        }
    }

    /// A client through the relay.
    func client(
        poolSize: Int = 4, acquireTimeout: Duration = .seconds(120), statementCacheSize: Int = 256,
        sendsCancelRequests: Bool = true
    ) -> PostgresClient {
        var url = URLComponents(string: database.connectionString) ?? URLComponents()
        url.port = Int(relay.port)
        url.query = "sslmode=disable&gssencmode=disable"
        return database.client(
            PostgresConfiguration(
                connectionString: url.string ?? "", applicationName: "stress", poolSize: poolSize,
                acquireTimeout: acquireTimeout,
                statementCacheSize: statementCacheSize, sendsCancelRequests: sendsCancelRequests))
    }

    /// Ends the connection's process on the server, and waits until it is gone.
    func kill(_ process: Int32) async throws {
        try await observer.query("SELECT pg_terminate_backend(\(process))")
        try await eventually("process \(process) does not end") {
            try await observer.query("SELECT 1 FROM pg_stat_activity WHERE pid = \(process)").isEmpty
        }
    }

    /// The clients must give all their connections back before: checked here, with what they were.
    func expectQuiet(_ client: PostgresClient, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("connections are not back: \(client.counts)", sourceLocation: sourceLocation) {
            client.counts.idle == client.counts.all && client.counts.waiting == 0
        }
        #expect(try await client.query("SELECT 1").decode(Int.self) == [1], sourceLocation: sourceLocation)
        await client.close()
        #expect(client.counts.all == 0, sourceLocation: sourceLocation)
    }

    private func expectNothingLeft() async throws {
        // Cancel requests travel on connections of their own, which end a little later.
        try await eventually("descriptors stay open: \(ProcessProbe.descriptors(connectedTo: relay.port) ?? 0)") {
            ProcessProbe.descriptors(connectedTo: relay.port) ?? 0 == 0
        }
        // The observer may have two of its own.
        let others: PostgresQuery = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> ALL(\(try await observerProcesses()))
            """
        try await eventually("sessions are left on the server") {
            try await observer.query(others).decode(Int.self) == [0]
        }
    }

    private func observerProcesses() async throws -> [Int32] {
        try await observer.withConnection { first in
            let mine = first.processID
            let other = Task { try await observer.process() }
            return [mine, try await other.value]
        }
    }
}

/// Counts what several tasks do.
final class Counter: Sendable {
    private let count = Atomic(0)

    func add() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}

/// What became of each piece of work, by its number, as the driver told it.
final class Ledger: Sendable {
    enum Outcome: Sendable { case done, undone, unknown }

    private let outcomes = Mutex<[Int: Outcome]>([:])
    private let noted = Mutex<[Outcome: Int]>([:])

    func note(_ number: Int, _ outcome: Outcome) {
        outcomes.withLock { $0[number] = outcome }
        noted.withLock { $0[outcome, default: 0] += 1 }
    }

    /// What is known of it now.
    func outcome(_ number: Int) -> Outcome? { outcomes.withLock { $0[number] } }
    /// How often this has been noted, also where another attempt has changed it since.
    func count(_ outcome: Outcome) -> Int { noted.withLock { $0[outcome] ?? 0 } }

    /// What was done is there once, what was undone is not there, and what is unknown at most once.
    func check(against numbers: [Int], sourceLocation: SourceLocation = #_sourceLocation) {
        let found = numbers.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        let outcomes = outcomes.withLock { $0 }
        for (number, outcome) in outcomes {
            let count = found[number] ?? 0
            let isRight =
                switch outcome {
                case .done: count == 1
                case .undone: count == 0
                case .unknown: count <= 1
                }
            #expect(
                isRight, "work \(number) is told as \(outcome), and is there \(count) times",
                sourceLocation: sourceLocation)
        }
        #expect(found.keys.allSatisfy { outcomes[$0] != nil }, "work that nobody did", sourceLocation: sourceLocation)
    }
}

/// Random numbers that a seed repeats (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ number: Int) { state = Stress.seed &+ UInt64(bitPattern: Int64(number)) &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

/// Checks that the memory has grown by less than this since the beginning.
struct MemoryBound {
    private let before = ProcessProbe.residentMemory

    func expect(growthBelow megabytes: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        guard Stress.boundsMemory, let before, let now = ProcessProbe.residentMemory else { return }
        let growth = (now - before) / 1_048_576
        #expect(growth < megabytes, "the memory has grown by \(growth) MiB", sourceLocation: sourceLocation)
    }
}
