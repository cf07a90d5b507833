import CommandSupport
import PrivatePostgres
import Subprocess
import SystemPackage

/// Runs `pg_dump` and `pg_restore` of the cluster's own version, as the owner of its database.
struct PostgresTool {
    let connections: ClusterConnections
    /// Another database than the cluster's own.
    var database: String?

    func run(_ program: String, _ arguments: [String]) async throws {
        var environment: [Environment.Key: String] = ["PATH": "/usr/bin:/bin", "LC_MESSAGES": "C"]
        for (name, value) in connections.ownerEnvironment { environment[Environment.Key(stringLiteral: name)] = value }
        if let database { environment["PGDATABASE"] = database }
        let result = try await Subprocess.run(
            .path(FilePath("\(connections.programFolder)/\(program)")), arguments: Arguments(arguments),
            environment: .custom(environment), input: .none, output: .discarded, error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else {
            let lines = result.standardError.split(separator: "\n")
            let cause = lines.first { $0.contains("error:") } ?? lines.last ?? "it said nothing"
            throw CommandFailure.environment("\(program) failed: \(cause)", detail: result.standardError)
        }
    }
}

extension AdminSettings {
    /// Backup and restore are for the private cluster: whoever runs PostgreSQL has better means of their own.
    func requirePrivateCluster(_ what: String) throws {
        guard databaseURL == nil else {
            throw CommandFailure.usage(
                "\(what) works on the private PostgreSQL of a data directory; for a database of your own use pg_dump or "
                    + "pg_basebackup, and after bringing one back “manicule admin rotate-epoch”")
        }
    }
}
