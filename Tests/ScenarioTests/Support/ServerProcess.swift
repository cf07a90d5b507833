import Foundation

/// A real `manicule serve` on a data directory of its own, with its private PostgreSQL.
final class ServerProcess {
    let dataDirectory: String
    private(set) var address: String
    private var process: Process
    private let log: URL

    enum Failure: Error, CustomStringConvertible {
        case didNotStart(exitCode: Int32, output: String)

        var description: String {
            switch self {
            case .didNotStart(let code, let output): "the server did not start (exit \(code)):\n\(output)"
            }
        }
    }

    /// Starts the server and returns once it says that it listens. `port` 0 takes a free one.
    init(dataDirectory: String, port: Int = 0, environment: [String: String] = [:]) throws {
        self.dataDirectory = dataDirectory
        log = URL(fileURLWithPath: dataDirectory + ".log")
        (process, address) = try Self.launch(dataDirectory, port: port, environment: environment, log: log)
    }

    private static func launch(
        _ dataDirectory: String, port: Int, environment: [String: String], log: URL
    ) throws -> (Process, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.manicule.path)
        process.arguments = ["serve", "--data-dir", dataDirectory, "--port", String(port)]
        process.environment = Program.environment(adding: environment)
        let pipe = Pipe()
        process.standardOutput = pipe
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let errors = try FileHandle(forWritingTo: log)
        try errors.seekToEnd()
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // The write end is the child's alone: when the child ends, reading ends.
        var output = ""
        while case let chunk = pipe.fileHandleForReading.availableData, !chunk.isEmpty {
            output += String(decoding: chunk, as: UTF8.self)
            if let line = output.split(separator: "\n").first(where: { $0.contains("http://") }),
                output.hasSuffix("\n"),
                let start = line.range(of: "http://")
            {
                let address = line[start.lowerBound...].prefix { !$0.isWhitespace }
                return (process, String(address))
            }
        }
        process.waitUntilExit()
        let errorText = String(decoding: (try? Data(contentsOf: log)) ?? Data(), as: UTF8.self)
        throw Failure.didNotStart(exitCode: process.terminationStatus, output: output + errorText)
    }

    /// Starts it again on the same data directory and port, as an operator would.
    func restart(environment: [String: String] = [:]) throws {
        let port = address.split(separator: ":").last.flatMap { Int($0) } ?? 0
        (process, address) = try Self.launch(dataDirectory, port: port, environment: environment, log: log)
    }

    var isRunning: Bool { process.isRunning }

    var processID: Int32 { process.processIdentifier }

    /// Ends it as Ctrl-C does, and waits.
    func stop() {
        guard process.isRunning else { return }
        process.interrupt()
        process.waitUntilExit()
    }

    /// Ends it as a power cut would end a process, and waits until it is gone.
    func killHard() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Waits until it ends by itself, as it does at an armed fail point.
    func waitUntilGone() { process.waitUntilExit() }

    /// Kills the postmaster of the private cluster.
    func killPostgres() throws {
        let folders = try FileManager.default.subpathsOfDirectory(atPath: dataDirectory)
        guard let file = folders.first(where: { $0.hasSuffix("postmaster.pid") }),
            let text = try? String(contentsOfFile: dataDirectory + "/" + file, encoding: .utf8),
            let pid = text.split(separator: "\n").first.flatMap({ Int32($0) })
        else { return }
        kill(pid, SIGKILL)
    }
}
