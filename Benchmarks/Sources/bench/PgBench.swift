import Foundation

/// PostgreSQL's own load generator.
struct PgBench: Side {
    let name = "pgbench"
    let program: String
    var arguments: [String] = []
    /// Its script, unless it has its own.
    var script: String?
    var statementsPerTransaction = 1

    func measure(_ benchmark: any Benchmark, seconds: Int, _ server: Server) async throws -> Measurement {
        let threads = min(benchmark.connections, ProcessInfo.processInfo.activeProcessorCount)
        var arguments = ["-n", "-c", "\(benchmark.connections)", "-j", "\(threads)", "-T", "\(seconds)"]
        arguments += self.arguments
        var file: URL?
        if let script {
            let written = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString).sql")
            try script.write(to: written, atomically: true, encoding: .utf8)
            arguments += ["-f", written.path()]
            file = written
        }
        defer { if let file { try? FileManager.default.removeItem(at: file) } }
        let before = ProcessorTime.now(server)
        let output = try Tools.run(program, arguments)
        let after = ProcessorTime.now(server)
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
            let rate = Double(line.dropFirst(6).prefix { $0 != " " })
        else { throw Tools.Failure(description: "pgbench did not tell its rate: \(output)") }
        return Measurement(
            units: rate * Double(statementsPerTransaction * seconds), seconds: Double(seconds),
            client: after.children - before.children, server: after.server - before.server)
    }
}
