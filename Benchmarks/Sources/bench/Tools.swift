import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// The programs that the references run, and the server they all use.
struct Tools: Sendable {
    let pgbench: String
    let psql: String
    /// The Python that has the drivers, and the program that runs them; nil when they are left out.
    let python: (interpreter: String, drivers: String)?
    let server: Server

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func find() async throws -> Tools {
        let environment = ProcessInfo.processInfo.environment
        var python: (interpreter: String, drivers: String)?
        if let interpreter = environment["BENCH_PYTHON"], let drivers = environment["BENCH_DRIVERS"] {
            python = (interpreter, drivers)
        }
        return Tools(
            pgbench: try find("pgbench"), psql: try find("psql"), python: python, server: try await Server.find())
    }

    /// Beside the server's programs, or on the path.
    private static func find(_ name: String) throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":").map {
            "\($0)/\(name)"
        }
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let installed = versions.sorted(by: >).map { "/usr/lib/postgresql/\($0)/bin/\(name)" }
        guard let program = (installed + path).first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw Failure(
                description: "\(name) was not found; it comes with PostgreSQL (Debian: apt install postgresql)")
        }
        return program
    }

    /// A program inherits the signals that its thread blocks. Those of the concurrency runtime block all of them, and
    /// pgbench ends by an alarm.
    private static func withAllSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    /// Runs a program on the server of the PG… variables, and gives what it prints.
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try withAllSignals { try process.run() }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "\(program) failed: \(text)") }
        return text
    }

    /// The Python drivers that can do what the benchmark does.
    func drivers(_ names: [String]) -> [any Side] {
        guard let python else { return [] }
        return names.map { PythonDriver(name: $0, interpreter: python.interpreter, drivers: python.drivers) }
    }
}

/// A driver in a Python process of its own, which counts its own time from the first statement to the last.
struct PythonDriver: Side {
    let name: String
    let interpreter: String
    let drivers: String

    private struct Report: Decodable {
        var units: Double
        var seconds: Double
        var processor: Double
    }

    func measure(_ benchmark: any Benchmark, seconds: Int, _ server: Server) async throws -> Measurement {
        let before = ProcessorTime.now(server)
        let text = try Tools.run(
            interpreter, [drivers, name, benchmark.group, "\(benchmark.connections)", "\(seconds)"])
        let after = ProcessorTime.now(server)
        let report = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
        return Measurement(
            units: report.units, seconds: report.seconds, client: report.processor * 1000,
            server: after.server - before.server)
    }
}

/// Several `\copy` by psql, which does nothing else.
struct PsqlCopy: Side {
    let name = "psql"
    let program: String
    /// What one time consists of, and how many rows that are.
    let commands: [String]
    let rows: Int
    var times = 3

    func measure(_ benchmark: any Benchmark, seconds: Int, _ server: Server) async throws -> Measurement {
        let arguments = (0..<times).flatMap { _ in commands.flatMap { ["-c", $0] } }
        let before = ProcessorTime.now(server)
        let clock = ContinuousClock()
        let start = clock.now
        var units = 0
        repeat {
            _ = try Tools.run(program, ["-X", "-q", "-v", "ON_ERROR_STOP=1"] + arguments)
            units += rows * times
        } while start.duration(to: clock.now) < .seconds(seconds)
        let elapsed = start.duration(to: clock.now) / .seconds(1)
        let after = ProcessorTime.now(server)
        return Measurement(
            units: Double(units), seconds: elapsed, client: after.children - before.children,
            server: after.server - before.server)
    }
}
