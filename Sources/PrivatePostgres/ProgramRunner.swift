import Subprocess
import SystemPackage

/// Runs PostgreSQL's programs as the cluster's user, in an environment of our own making.
///
/// A program runs to its end even when the task that waits for it is cancelled: a `pg_ctl` that is killed half-way leaves
/// a PostgreSQL of which nobody knows. Each of them ends by itself.
struct ProgramRunner: Sendable {
    struct Outcome: Sendable {
        let succeeded: Bool
        let status: String
        let lines: [String]
    }

    let account: ServerAccount
    let searchPath: String

    /// Runs a program and collects what it prints.
    ///
    /// - Parameter folder: where it runs. Paths that are given relative to it need no quoting, also where PostgreSQL's
    ///   programs hand them to a shell.
    func run(
        _ program: String, _ arguments: [String], in folder: String, input: String = ""
    ) async throws(PrivateClusterError) -> Outcome {
        let configuration = configuration(program, arguments, folder)
        return try await finish(program) {
            let result = try await Subprocess.run(
                configuration, input: .string(input), output: .string(limit: 1 << 20), error: .combinedWithOutput)
            return Outcome(
                succeeded: result.terminationStatus.isSuccess, status: "\(result.terminationStatus)",
                lines: result.standardOutput.split(separator: "\n").map(String.init))
        }
    }

    /// Runs a program that leaves a server behind, which would keep a pipe to us open.
    func runDetaching(
        _ program: String, _ arguments: [String], in folder: String
    ) async throws(PrivateClusterError) -> Outcome {
        let configuration = configuration(program, arguments, folder)
        return try await finish(program) {
            let result = try await Subprocess.run(configuration, input: .none, output: .discarded, error: .discarded)
            return Outcome(
                succeeded: result.terminationStatus.isSuccess, status: "\(result.terminationStatus)", lines: [])
        }
    }

    /// Under another user by `setpriv`, which is part of every Debian.
    ///
    /// Subprocess can switch the user itself, but calls `setuid` between fork and exec: in a child of a process with
    /// several threads the C library may then wait for ever for a thread that was just being started.
    private func configuration(_ program: String, _ arguments: [String], _ folder: String) -> Configuration {
        let command =
            account.isOther
            ? ["setpriv", "--reuid=\(account.userID)", "--regid=\(account.groupID)", "--clear-groups", "--", program]
                + arguments
            : [program] + arguments
        return Configuration(
            executable: account.isOther ? .name(command[0]) : .path(FilePath(program)),
            arguments: Arguments(Array(command.dropFirst())),
            environment: .custom(["PATH": searchPath, "LC_ALL": "C", "TZ": "UTC"]), workingDirectory: FilePath(folder))
    }

    private func finish(
        _ program: String, _ body: @Sendable @escaping () async throws -> Outcome
    ) async throws(PrivateClusterError) -> Outcome {
        do {
            return try await Task { try await body() }.value
        } catch {
            throw PrivateClusterError(.startFailed, "cannot run \(program): \(error)")
        }
    }
}
