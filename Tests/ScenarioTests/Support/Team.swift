import Foundation
import JSONText

/// A server with a project, and the people who work in it, each through the real programs.
final class Team {
    let folder: URL
    let server: ServerProcess

    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    /// Starts a server on a fresh data directory. The folder is readable by the account PostgreSQL runs as.
    init(environment: [String: String] = [:]) throws {
        folder = URL(fileURLWithPath: "/tmp").appendingPathComponent("manicule-scenario-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        server = try ServerProcess(dataDirectory: folder.appendingPathComponent("data").path, environment: environment)
    }

    /// Stops everything and removes what it left.
    func end() {
        server.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Runs `manicule …`; the exit code must be one of `codes`.
    @discardableResult
    func admin(
        _ arguments: String..., input: String = "", codes: [Int32] = [0], environment: [String: String] = [:]
    ) throws -> Outcome {
        let outcome = try Program.manicule.run(
            arguments + ["--data-dir", server.dataDirectory], in: folder.path, environment: environment, input: input)
        try check(outcome, codes, ["manicule"] + arguments)
        return outcome
    }

    /// The JSON that `manicule … --json` prints.
    func adminJSON(_ arguments: String..., input: String = "", codes: [Int32] = [0]) throws -> JSONValue {
        let outcome = try Program.manicule.run(
            arguments + ["--json", "--data-dir", server.dataDirectory], in: folder.path, input: input)
        try check(outcome, codes, ["manicule"] + arguments)
        return try outcome.json
    }

    /// A clone of a project for a user, made as the user would.
    func clone(_ project: String, user: String, device: String) throws -> Clone {
        let token = try adminJSON("token", "create", user, "--name", device)["token"]?.stringValue ?? ""
        let clone = Clone(team: self, directory: path("\(project)-\(user)-\(device)"), user: user)
        let outcome = try Program.client.run(
            ["clone", server.address, project, clone.directory, "--token-stdin"], in: folder.path, input: token + "\n")
        try check(outcome, [0], ["manicule-client", "clone"])
        return clone
    }

    func check(_ outcome: Outcome, _ codes: [Int32], _ command: [String]) throws {
        guard !outcome.wasKilled, codes.contains(outcome.exitCode) else {
            throw Failed(
                description: "\(command.joined(separator: " ")) ended with \(outcome.wasKilled ? "a signal" : "")"
                    + " \(outcome.exitCode), expected \(codes)\n\(outcome.standardError)\(outcome.standardOutput)")
        }
    }
}

/// One replica on one device.
struct Clone {
    let team: Team
    let directory: String
    let user: String

    /// Runs `manicule-client …` in the clone; the exit code must be one of `codes`.
    @discardableResult
    func run(_ arguments: [String], codes: [Int32] = [0], environment: [String: String] = [:]) throws -> Outcome {
        let outcome = try Program.client.run(arguments, in: directory, environment: environment)
        try team.check(outcome, codes, ["manicule-client"] + arguments)
        return outcome
    }

    @discardableResult
    func json(_ arguments: String..., codes: [Int32] = [0]) throws -> JSONValue {
        try run(arguments + ["--json"], codes: codes).json
    }

    /// Runs a command that is expected to be killed at a fail point.
    func runUntilKilled(_ arguments: [String], at point: String) throws -> Outcome {
        let outcome = try Program.client.run(arguments, in: directory, environment: ["MANICULE_FAILPOINT": point])
        guard outcome.wasKilled else {
            throw Team.Failed(description: "\(arguments) was not killed at \(point): \(outcome.standardError)")
        }
        return outcome
    }

    /// Marks a text and returns the annotation's id.
    func annotate(_ article: String, _ arguments: String...) throws -> String {
        let value = try run(["annotate", article] + arguments + ["--json"]).json
        guard let id = value["id"]?.stringValue else { throw Team.Failed(description: "annotate printed no id") }
        return id
    }

    /// Syncs; 0 is fine, 1 tells of conflicts or rejections.
    @discardableResult
    func sync(codes: [Int32] = [0, 1]) throws -> JSONValue { try json("sync", codes: codes) }
}
