import Foundation

@main
struct Bench {
    static func main() async {
        do {
            guard let options = try Options(CommandLine.arguments.dropFirst()) else { return print(Options.help) }
            try await Bench(options: options).run()
        } catch {
            FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
            exit(1)
        }
    }

    let options: Options

    func run() async throws {
        let reference = try PgBench.find()
        try await Fixture.create(reference)
        let server = try await Server.find()
        var comparisons: [Comparison] = []
        for benchmark in all where options.names.isEmpty || options.names.contains(benchmark.group) {
            comparisons.append(
                try await Comparison.run(benchmark, reference, server, options))
        }
        let report = Report(comparisons: comparisons, rounds: options.rounds, seconds: options.seconds)
        report.printTable()
        guard let json = options.json else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(report).write(to: URL(fileURLWithPath: json))
    }

    private var all: [any Benchmark] {
        [
            PointSelect(connections: 1), PointSelect(connections: 8), LeasedPointSelect(connections: 1),
            LeasedPointSelect(connections: 8), PipelinedInsert(connections: 1),
        ]
    }
}
