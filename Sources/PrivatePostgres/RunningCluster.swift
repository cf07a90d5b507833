import Logging

/// A private cluster that this process owns: it runs until `stop()`, and longer only when this process is killed.
package actor RunningCluster {
    /// How to reach it. They stay the same when PostgreSQL is restarted.
    package nonisolated let connections: ClusterConnections

    private let control: ClusterControl
    private let access: ClusterAccess
    private let lock: FileLock
    private var restart: Task<Postmaster, any Error>?
    private var isStopped = false
    private var postmaster: Postmaster
    private var startedAt = ContinuousClock.now

    init(
        connections: ClusterConnections, postmaster: Postmaster, control: ClusterControl, access: ClusterAccess,
        lock: FileLock
    ) {
        self.connections = connections
        self.postmaster = postmaster
        self.control = control
        self.access = access
        self.lock = lock
    }

    /// Tells those who find the data directory taken where this server listens.
    package func announce(address: String) throws {
        guard !isStopped else { return }
        try lock.describe(LockHolder(role: .server, address: address))
    }

    /// Watches PostgreSQL and starts it again whenever it has ended. Returns on cancellation or after `stop()`.
    ///
    /// A start that fails is logged and tried again, after 100 ms at first and 30 s at most.
    ///
    /// - Throws: `PrivateClusterError` when starting again is of no use, because the cluster's files are gone.
    package func supervise() async throws {
        var wait = Self.shortestWait
        while !Task.isCancelled, !isStopped {
            // Asked without opening a file: a server that has run out of descriptors must not think PostgreSQL dead.
            if postmaster.isAlive(in: access.layout.cluster) {
                if ContinuousClock.now - startedAt > .seconds(60) { wait = Self.shortestWait }
                try? await Task.sleep(for: Self.interval)
                continue
            }
            access.logger.error("PostgreSQL has ended, starting it again")
            do {
                postmaster = try await startAgain()
                startedAt = ContinuousClock.now
                access.logger.notice("PostgreSQL runs again", metadata: ["pid": "\(postmaster.pid)"])
            } catch let error as PrivateClusterError {
                guard Files.exists(access.layout.cluster.version) else { throw error }
                access.logger.error("\(error)", metadata: ["log": "\(error.log.suffix(3).joined(separator: " | "))"])
            }
            try? await Task.sleep(for: wait)
            wait = min(wait * 2, .seconds(30))
        }
    }

    /// Ends all sessions, stops PostgreSQL, and gives the data directory back.
    ///
    /// PostgreSQL is left running for commands that still use it; the last of them stops it.
    package func stop() async {
        guard !isStopped else { return }
        isStopped = true
        _ = await restart?.result
        await access.stopUnlessUsed(control, lock: lock)
    }

    private static let interval = Duration.milliseconds(100)
    private static let shortestWait = Duration.milliseconds(100)

    /// In a task of its own, which `stop()` waits for: a start is never left half-way.
    private func startAgain() async throws -> Postmaster {
        let task = Task { [control] in try await control.ensureRunning() as Postmaster }
        restart = task
        defer { restart = nil }
        return try await task.value
    }
}
