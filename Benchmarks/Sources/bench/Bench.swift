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
        let tools = try await Tools.find()
        try await Fixture.create(tools)
        // psql reads a file, and the server's own rows are the simplest way to one.
        let file = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString).txt")
        defer { try? FileManager.default.removeItem(at: file) }
        _ = try Tools.run(tools.psql, ["-X", "-q", "-c", "\\copy bench_annotations to '\(file.path())'"])
        let load = Report.machineLoad
        var comparisons: [Comparison] = []
        for benchmark in Self.all(file.path()) where isWanted(benchmark.group) {
            comparisons.append(try await Comparison.run(benchmark, tools, options))
        }
        if isWanted(JSONProgram.group) { comparisons += try JSONProgram.run(options) }
        let report = Report(
            comparisons: comparisons, rounds: options.rounds, seconds: options.seconds,
            load: [load, Report.machineLoad])
        report.printTable()
        guard let json = options.json else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(report).write(to: URL(fileURLWithPath: json))
    }

    private func isWanted(_ group: String) -> Bool { options.names.isEmpty || options.names.contains(group) }

    static func all(_ file: String) -> [any Benchmark] {
        [
            PointSelect(connections: 1), PointSelect(connections: 8), PointSelect(connections: 32),
            LeasedPointSelect(connections: 1), LeasedPointSelect(connections: 8), PipelinedInsert(connections: 1),
            ReadRows(), CopyIn(file: file), CopyOut(),
        ]
    }
}
