import Logging
import Postgres

/// A benchmark's sides, round by round.
struct Comparison: Codable {
    var title: String
    var connections: Int
    var unit: String
    /// Those that were measured, ours first, then the one that the ratio is to.
    var sides: [String]
    /// Of each round what each side did.
    var rounds: [[String: Measurement]] = []

    static func run(_ benchmark: any Benchmark, _ tools: Tools, _ options: Options) async throws -> Comparison {
        let sides: [any Side] = [OurSide()] + benchmark.references(tools)
        var comparison = Comparison(
            title: benchmark.title, connections: benchmark.connections, unit: benchmark.unit, sides: sides.map(\.name))
        for round in 0..<options.rounds {
            var measured: [String: Measurement] = [:]
            // Another one begins each time, and they go round in both directions.
            let order = round.isMultiple(of: 2) ? sides : sides.reversed()
            for index in order.indices {
                let side = order[(index + round / 2) % order.count]
                try await withClient(connections: 1) { try await benchmark.reset($0) }
                measured[side.name] = try await side.measure(benchmark, seconds: options.seconds, tools.server)
            }
            comparison.rounds.append(measured)
        }
        return comparison
    }

    /// Our rate divided by the side's, round by round.
    func ratios(to side: String) -> [Double] {
        rounds.compactMap { round in
            guard let ours = round["ours"], let theirs = round[side] else { return nil }
            return ours.rate / theirs.rate
        }
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
