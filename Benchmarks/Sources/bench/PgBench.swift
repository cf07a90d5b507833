import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// PostgreSQL's own load generator, the reference.
struct PgBench: Sendable {
    let program: String

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Beside the server's programs, or on the path.
    static func find() throws -> PgBench {
        let path = ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":").map {
            "\($0)/pgbench"
        }
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let installed = versions.sorted(by: >).map { "/usr/lib/postgresql/\($0)/bin/pgbench" }
        guard let program = (installed + path).first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw Failure(
                description: "pgbench was not found; it comes with PostgreSQL (Debian: apt install postgresql)")
        }
        return PgBench(program: program)
    }

    /// Runs it for so many seconds, and gives its transactions per second.
    func rate(_ benchmark: any Benchmark, seconds: Int) async throws -> Double {
        let threads = min(benchmark.connections, ProcessInfo.processInfo.activeProcessorCount)
        var arguments = ["-n", "-c", "\(benchmark.connections)", "-j", "\(threads)", "-T", "\(seconds)"]
        arguments += benchmark.pgbenchArguments
        var script: URL?
        if let text = benchmark.pgbenchScript {
            let file = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString).sql")
            try text.write(to: file, atomically: true, encoding: .utf8)
            arguments += ["-f", file.path()]
            script = file
        }
        defer { if let script { try? FileManager.default.removeItem(at: script) } }
        let output = try await run(arguments)
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
            let rate = Double(line.dropFirst(6).prefix { $0 != " " })
        else { throw Failure(description: "pgbench did not tell its rate: \(output)") }
        return rate * Double(benchmark.statementsPerTransaction)
    }

    /// A program inherits the signals that its thread blocks. Those of the concurrency runtime block all of them, and
    /// pgbench ends by an alarm.
    private func withAllSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    /// Runs it on the server of the PG… variables, and gives what it prints.
    func run(_ arguments: [String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try withAllSignals { try process.run() }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "pgbench failed: \(text)") }
        return text
    }
}
