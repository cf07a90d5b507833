import Glibc
import Logging

/// Who may start and stop the PostgreSQL of a data directory, and when.
///
/// Two locks decide. The first is exclusive: its holder starts or stops PostgreSQL; a server keeps it all its life, a
/// command only meanwhile. The second is shared by the commands at work: who would stop PostgreSQL leaves it to them when
/// it is taken, and the last of them stops it.
struct ClusterAccess: Sendable {
    /// A command's claim on the cluster.
    struct Use: Sendable {
        let connections: ClusterConnections
        fileprivate let claim: FileLock
        fileprivate let control: ClusterControl
    }

    private static let patience = Duration.seconds(90)

    let layout: ClusterLayout
    let account: ServerAccount
    let runner: ProgramRunner
    let environment: [String: String]
    let logger: Logger

    init(
        dataDirectory: String, userName: String?, environment: [String: String], logger: Logger
    ) throws(PrivateClusterError) {
        account = try ServerAccount.find(userName)
        layout = ClusterLayout(root: try DataDirectory.prepare(dataDirectory, account: account))
        runner = ProgramRunner(account: account, searchPath: environment["PATH"] ?? "/usr/bin:/bin")
        self.environment = environment
        self.logger = logger
    }

    /// Takes the lock for a server's life. A command that starts or stops PostgreSQL is waited for.
    func lockForServer() async throws -> FileLock {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            if let lock = try FileLock.attempt(layout.lock, .exclusive, owner: account) { return lock }
            let holder = try holder()
            if let holder, holder.role == .server {
                let place = holder.address.map { " at \($0)" } ?? ""
                throw PrivateClusterError(
                    .alreadyRunning(pid: holder.pid, address: holder.address),
                    "a server is already running on \(layout.root)\(place) (process \(holder.pid))",
                    advice: "use it, stop it first, or give another --data-dir")
            }
            try await waitForLock(until: deadline, holder)
        }
    }

    /// Claims the running cluster for a command, or starts one.
    func beginUse() async throws -> Use {
        let deadline = ContinuousClock.now + Self.patience
        let control = try await control()
        let claim = try await claim(until: deadline)
        while true {
            if let lock = try FileLock.attempt(layout.lock, .exclusive, owner: account) {
                do {
                    try lock.describe(LockHolder(role: .command))
                    try await creation(control).createIfMissing()
                    let postmaster = try await control.ensureRunning()
                    try Task.checkCancellation()
                    let connections = try connections(to: postmaster, control, serverPID: nil)
                    try release(lock)
                    return Use(connections: connections, claim: claim, control: control)
                } catch {
                    claim.release()
                    await stopUnlessUsed(control, lock: lock)
                    throw error
                }
            }
            let holder = try holder()
            if let holder, holder.role == .server, let postmaster = try Postmaster.alive(in: layout.cluster),
                await control.isAccepting(postmaster)
            {
                let connections = try connections(to: postmaster, control, serverPID: holder.pid)
                return Use(connections: connections, claim: claim, control: control)
            }
            try await waitForLock(until: deadline, holder)
        }
    }

    /// Gives the claim back; the last command stops PostgreSQL when no server has it.
    func endUse(_ use: Use) async {
        use.claim.release()
        guard let lock = try? FileLock.attempt(layout.lock, .exclusive, owner: account) else { return }
        try? lock.describe(LockHolder(role: .command))
        await stopUnlessUsed(use.control, lock: lock)
    }

    /// Stops PostgreSQL and gives the lock back, or leaves PostgreSQL to the commands that use it.
    func stopUnlessUsed(_ control: ClusterControl, lock: FileLock) async {
        var lock = lock
        while true {
            if let nobody = try? FileLock.attempt(layout.commandsLock, .exclusive, owner: account) {
                await control.stop()
                try? release(lock)
                nobody.release()
                return
            }
            try? release(lock)
            // The command may have ended just now, and left the stopping to us, who held the lock.
            guard let probe = try? FileLock.attempt(layout.commandsLock, .exclusive, owner: account) else { return }
            probe.release()
            guard let again = try? FileLock.attempt(layout.lock, .exclusive, owner: account) else { return }
            lock = again
            try? lock.describe(LockHolder(role: .command))
        }
    }

    func control() async throws(PrivateClusterError) -> ClusterControl {
        let installation = try await PostgresInstallation.choose(
            for: layout.cluster, environment: environment, runner: runner)
        let sockets = SocketDirectory(
            layout: layout, account: account, runtimeDirectory: environment["XDG_RUNTIME_DIR"])
        return ClusterControl(
            layout: layout, account: account, installation: installation, runner: runner, sockets: sockets,
            logger: logger)
    }

    func creation(_ control: ClusterControl) -> ClusterCreation {
        ClusterCreation(
            layout: layout, account: account, installation: control.installation, runner: runner, logger: logger)
    }

    func connections(
        to postmaster: Postmaster, _ control: ClusterControl, serverPID: Int32?
    ) throws(PrivateClusterError) -> ClusterConnections {
        ClusterConnections(
            socketDirectory: postmaster.socketDirectory, version: control.installation.version,
            programFolder: control.installation.bin,
            postmasterPID: postmaster.pid, serverPID: serverPID,
            passwords: try ClusterPasswords(file: layout.cluster.passwords))
    }

    /// Empties the description and gives the lock back, so that nobody reads an old name in it.
    func release(_ lock: FileLock) throws(PrivateClusterError) {
        defer { lock.release() }
        try lock.describe(nil)
    }

    private func claim(until deadline: ContinuousClock.Instant) async throws -> FileLock {
        while true {
            if let claim = try FileLock.attempt(layout.commandsLock, .shared, owner: account) { return claim }
            try await waitForLock(until: deadline, try holder())
        }
    }

    private func holder() throws(PrivateClusterError) -> LockHolder? {
        try Files.read(layout.lock).flatMap { LockHolder(line: $0) }
    }

    private func waitForLock(until deadline: ContinuousClock.Instant, _ holder: LockHolder?) async throws {
        guard ContinuousClock.now < deadline else {
            let who = holder.map { "process \($0.pid)" } ?? "another process"
            throw PrivateClusterError(
                .busy(pid: holder?.pid), "\(who) starts or stops the PostgreSQL in \(layout.root) and does not finish",
                advice: "look into \(layout.cluster.log), end that process and try again")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
