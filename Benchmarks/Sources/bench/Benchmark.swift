import Postgres

/// Something that our client does, and that references do too.
protocol Benchmark: Sendable {
    /// What it is called on the command line, and by the Python drivers.
    var group: String { get }
    var title: String { get }
    var connections: Int { get }
    /// What is counted: statements or rows.
    var unit: String { get }
    /// Those it is measured beside, the one that the goal names first.
    func references(_ tools: Tools) -> [any Side]
    /// Puts the tables back to where they were.
    func reset(_ client: PostgresClient) async throws
    /// Works until the deadline, and gives the number of units.
    func work(_ client: PostgresClient, until deadline: ContinuousClock.Instant) async throws -> Int
}

extension Benchmark {
    var unit: String { "statements" }
    func reset(_ client: PostgresClient) async throws {}
}

/// One of those that are measured in turn.
protocol Side: Sendable {
    var name: String { get }
    /// Does the work for about so many seconds.
    func measure(_ benchmark: any Benchmark, seconds: Int, _ server: Server) async throws -> Measurement
}

/// What one side did in one round: units per second, and microseconds of processor time for each of them.
struct Measurement: Codable {
    var rate: Double
    var client: Double
    var server: Double

    /// Times are in milliseconds, as `ProcessorTime` has them.
    init(units: Double, seconds: Double, client: Double, server: Double) {
        rate = units / seconds
        self.client = client / units * 1000
        self.server = server / units * 1000
    }
}

/// Our client, in this process.
struct OurSide: Side {
    let name = "ours"

    func measure(_ benchmark: any Benchmark, seconds: Int, _ server: Server) async throws -> Measurement {
        try await withClient(connections: benchmark.connections) { client in
            try await benchmark.reset(client)
            let before = ProcessorTime.now(server)
            let clock = ContinuousClock()
            let start = clock.now
            let units = try await benchmark.work(client, until: start.advanced(by: .seconds(seconds)))
            let elapsed = start.duration(to: clock.now) / .seconds(1)
            let after = ProcessorTime.now(server)
            return Measurement(
                units: Double(units), seconds: elapsed, client: after.own - before.own,
                server: after.server - before.server)
        }
    }
}
