import Foundation
import JSONText

/// What a finished program left behind.
struct Outcome: Sendable {
    var exitCode: Int32
    /// True when a signal ended it, as a kill at a fail point does.
    var wasKilled: Bool
    var standardOutput: String
    var standardError: String

    var json: JSONValue {
        get throws { try JSONValue(parsing: Array(standardOutput.utf8), options: .strict) }
    }
}

/// Where the built programs lie, and how to run one to its end.
enum Program: String {
    case manicule
    case client = "manicule-client"

    /// The folder of the products of this build: beside the test bundle.
    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["MANICULE_BIN_DIR"] { return URL(fileURLWithPath: path) }
        let runner = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return runner
    }()

    var path: String { Self.folder.appendingPathComponent(rawValue).path }

    /// Runs the program and collects what it prints; large outputs do not block it.
    func run(
        _ arguments: [String], in directory: String? = nil, environment: [String: String] = [:], input: String = ""
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        process.environment = Self.environment(adding: environment)
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("manicule-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let files = try ["in", "out", "err"].map { name in
            let url = scratch.appendingPathComponent(name)
            try Data(name == "in" ? Array(input.utf8) : []).write(to: url)
            return url
        }
        let standardInput = try FileHandle(forReadingFrom: files[0])
        let standardOutput = try FileHandle(forWritingTo: files[1])
        let standardError = try FileHandle(forWritingTo: files[2])
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = standardError
        try process.run()
        process.waitUntilExit()
        try standardInput.close()
        try standardOutput.close()
        try standardError.close()
        return Outcome(
            exitCode: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
            standardOutput: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self),
            standardError: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))
    }

    /// The environment of a program under test: ours without anything that would configure it by accident.
    static func environment(adding extra: [String: String]) -> [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MANICULE_") }
        for name in ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "XDG_CONFIG_HOME"] { environment[name] = nil }
        if let bin = ProcessInfo.processInfo.environment["MANICULE_PG_BIN"] { environment["MANICULE_PG_BIN"] = bin }
        environment.merge(extra) { $1 }
        return environment
    }
}
