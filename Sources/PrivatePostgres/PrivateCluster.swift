import FoundationEssentials
import Glibc
package import Logging

/// A private PostgreSQL cluster in a data directory: created when it is missing, reachable over a Unix socket only.
///
/// One server at a time owns a data directory; any number of commands may use it beside the server or without one.
package struct PrivateCluster: Sendable {
    private let dataDirectory: String
    private let userName: String?
    private let environment: [String: String]
    private let logger: Logger

    /// Describes a cluster; nothing is touched yet.
    ///
    /// - Parameters:
    ///   - dataDirectory: where all of it lives; created when it is missing.
    ///   - userName: the user PostgreSQL runs as when this process is root; nil means `postgres`.
    ///   - environment: read for `MANICULE_PG_BIN`, `PATH` and `XDG_RUNTIME_DIR`.
    package init(
        dataDirectory: String, runAs userName: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment, logger: Logger
    ) {
        self.dataDirectory = dataDirectory
        self.userName = userName
        self.environment = environment
        self.logger = logger
    }

    /// Takes the data directory for a server: creates the cluster when it is missing, starts it or adopts one that a
    /// killed server has left, and waits until it accepts connections.
    ///
    /// - Throws: `PrivateClusterError`; `.alreadyRunning` when another server has the directory. `CancellationError`.
    package func start() async throws -> RunningCluster {
        let access = try ClusterAccess(
            dataDirectory: dataDirectory, userName: userName, environment: environment, logger: logger)
        let lock = try await access.lockForServer()
        try lock.describe(LockHolder(role: .server))
        let control = try await access.control()
        do {
            try await access.creation(control).createIfMissing()
            let postmaster = try await control.ensureRunning()
            try Task.checkCancellation()
            let connections = try access.connections(to: postmaster, control, serverPID: getpid())
            return RunningCluster(
                connections: connections, postmaster: postmaster, control: control, access: access, lock: lock)
        } catch {
            await access.stopUnlessUsed(control, lock: lock)
            throw error
        }
    }

    /// Lends connections to a command: to the cluster that runs already, else to one that is started for it and stopped
    /// after the last command that uses it.
    package nonisolated(nonsending) func withCluster<R>(
        _ body: (ClusterConnections) async throws -> R
    ) async throws -> R {
        let access = try ClusterAccess(
            dataDirectory: dataDirectory, userName: userName, environment: environment, logger: logger)
        let use = try await access.beginUse()
        let result: R
        do {
            result = try await body(use.connections)
        } catch {
            await access.endUse(use)
            throw error
        }
        await access.endUse(use)
        return result
    }

    /// The server that holds the data directory now, and where it listens once it has said so.
    package func runningServer() throws -> (pid: Int32, address: String?)? {
        let layout = ClusterLayout(root: dataDirectory)
        guard Files.exists(layout.lock),
            try FileLock.attempt(layout.lock, .shared, owner: ServerAccount.find(userName)) == nil,
            let holder = try Files.read(layout.lock).flatMap({ LockHolder(line: $0) }), holder.role == .server
        else { return nil }
        return (holder.pid, holder.address)
    }

    /// `$MANICULE_DATA_DIR`, else for root `/var/lib/manicule`, else `manicule` in `$XDG_DATA_HOME` or `~/.local/share`.
    package static func defaultDataDirectory(environment: [String: String], isRoot: Bool) -> String {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let named = value("MANICULE_DATA_DIR") { return named }
        if let data = value("XDG_DATA_HOME"), data.first == "/" { return "\(data)/manicule" }
        if isRoot { return "/var/lib/manicule" }
        return "\(value("HOME") ?? ServerAccount.home ?? "")/.local/share/manicule"
    }
}
