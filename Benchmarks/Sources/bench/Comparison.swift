import Logging
import Postgres

/// Both sides of a benchmark, round by round.
struct Comparison: Codable {
    /// One side's round: statements per second, and milliseconds of processor time per 1000 statements.
    struct Measurement: Codable {
        var rate: Double
        var processorTime: Double
    }

    struct Round: Codable {
        var ours: Measurement
        var reference: Measurement
        var ratio: Double { ours.rate / reference.rate }
    }

    var title: String
    var connections: Int
    var rounds: [Round] = []

    static func run(
        _ benchmark: any Benchmark, _ reference: PgBench, _ server: Server, _ options: Options
    ) async throws -> Comparison {
        var comparison = Comparison(title: benchmark.title, connections: benchmark.connections)
        let seconds = options.seconds
        for round in 0..<options.rounds {
            let measurement: Round
            if round.isMultiple(of: 2) {
                let theirs = try await measureReference(benchmark, reference, server, seconds: seconds)
                measurement = Round(ours: try await measure(benchmark, server, seconds: seconds), reference: theirs)
            } else {
                let ours = try await measure(benchmark, server, seconds: seconds)
                measurement = Round(
                    ours: ours, reference: try await measureReference(benchmark, reference, server, seconds: seconds))
            }
            comparison.rounds.append(measurement)
        }
        return comparison
    }

    private static func measure(
        _ benchmark: any Benchmark, _ server: Server, seconds: Int
    ) async throws -> Measurement {
        try await withClient(connections: benchmark.connections) { client in
            try await benchmark.reset(client)
            let before = ProcessorTime.now(server)
            let clock = ContinuousClock()
            let start = clock.now
            let statements = try await benchmark.work(client, until: start.advanced(by: .seconds(seconds)))
            let elapsed = start.duration(to: clock.now) / .seconds(1)
            let after = ProcessorTime.now(server)
            let time = after.own - before.own + after.server - before.server
            return Measurement(rate: Double(statements) / elapsed, processorTime: time / Double(statements) * 1000)
        }
    }

    private static func measureReference(
        _ benchmark: any Benchmark, _ reference: PgBench, _ server: Server, seconds: Int
    ) async throws -> Measurement {
        try await withClient(connections: 1) { try await benchmark.reset($0) }
        let before = ProcessorTime.now(server)
        let rate = try await reference.rate(benchmark, seconds: seconds)
        let after = ProcessorTime.now(server)
        let time = after.children - before.children + after.server - before.server
        return Measurement(rate: rate, processorTime: time / (rate * Double(seconds)) * 1000)
    }
}

/// A client of the server that the PG… variables name.
func withClient<R>(connections: Int, _ body: (PostgresClient) async throws -> R) async throws -> R {
    let client = PostgresClient(
        configuration: .init(connectionString: "", poolSize: connections), logger: Logger(label: "bench"))
    do {
        let result = try await body(client)
        await client.close()
        return result
    } catch {
        await client.close()
        throw error
    }
}
