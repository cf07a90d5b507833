import Glibc
import Logging

/// Starts and stops the PostgreSQL of one data directory. Its caller holds the lock.
struct ClusterControl: Sendable {
    let layout: ClusterLayout
    let account: ServerAccount
    let installation: PostgresInstallation
    let runner: ProgramRunner
    let sockets: SocketDirectory
    let logger: Logger

    private static let patience = Duration.seconds(60)
    private static let longestLog: Int = 16 << 20

    /// Waits until PostgreSQL accepts connections: the one that runs, or a new one.
    func ensureRunning() async throws(PrivateClusterError) -> Postmaster {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            guard let postmaster = try Postmaster.alive(in: layout.cluster) else {
                try await startOnce(deadline: deadline)
                continue
            }
            if await isAccepting(postmaster) { return postmaster }
            if lostItsSocket(postmaster) {
                logger.warning("PostgreSQL has lost its socket, restarting it")
                await stop()
                continue
            }
            guard ContinuousClock.now < deadline else { throw notReady() }
            await pause()
        }
    }

    /// Whether a postmaster takes connections now.
    func isAccepting(_ postmaster: Postmaster) async -> Bool {
        guard postmaster.status == "ready" else { return false }
        let outcome = try? await runner.run(
            installation.program("pg_isready"),
            ["--quiet", "--timeout=5", "--host=\(postmaster.socketDirectory)", "--port=\(ClusterLayout.port)"], in: "/")
        return outcome?.succeeded == true
    }

    /// Stops PostgreSQL: sessions are ended, and all is written to disk. Without one it does nothing.
    func stop() async {
        for (signal, patience) in [(SIGINT, Self.patience), (SIGQUIT, .seconds(10))] {
            guard let postmaster = try? Postmaster.alive(in: layout.cluster) else { break }
            kill(postmaster.pid, signal)
            let deadline = ContinuousClock.now + patience
            while postmaster.isAlive(in: layout.cluster), ContinuousClock.now < deadline { await pause() }
        }
        if let postmaster = try? Postmaster.alive(in: layout.cluster) {
            logger.error("PostgreSQL does not stop", metadata: ["pid": "\(postmaster.pid)"])
        } else {
            sockets.removeOutside()
        }
    }

    private func startOnce(deadline: ContinuousClock.Instant) async throws(PrivateClusterError) {
        let folder = layout.cluster
        guard Files.exists(folder.version) else {
            throw PrivateClusterError(.damaged(path: folder.path), "the cluster in \(folder.path) has disappeared")
        }
        try Postmaster.disarmStaleRecord(in: folder, owner: account)
        let settings = ClusterSettings(
            socketDirectory: try sockets.prepare(), memory: ClusterSettings.availableMemory)
        try Files.write(settings.text, to: folder.settings, owner: account)
        let logged = turnLog()
        let outcome = try await runner.runDetaching(
            installation.program("pg_ctl"), ["--pgdata=data", "--log=log", "--wait", "--timeout=60", "start"],
            in: folder.path)
        if outcome.succeeded { return }
        // Somebody else was faster, or it still recovers from a crash.
        if try Postmaster.alive(in: folder) != nil { return }
        let lines = (try Files.read(folder.log, from: logged) ?? "").split(separator: "\n").map(String.init)
        // Processes of a server that was killed end within moments.
        let isTransient = lines.contains { $0.contains("is still in use") || $0.contains("server processes") }
        guard isTransient, ContinuousClock.now < deadline else {
            throw .program(
                .startFailed, "PostgreSQL did not start in \(folder.path)", at: folder.path, lines: lines)
        }
        await pause()
    }

    /// Begins a new log when the old one is long. Returns where this start's lines begin.
    private func turnLog() -> Int {
        let log = layout.cluster.log
        guard let size = Files.status(log)?.st_size else { return 0 }
        guard size > Self.longestLog else { return Int(size) }
        return rename(log, "\(log).1") == 0 ? 0 : Int(size)
    }

    /// Somebody has cleaned up the folder of the socket.
    private func lostItsSocket(_ postmaster: Postmaster) -> Bool {
        postmaster.status == "ready" && !Files.exists(SocketDirectory.socket(in: postmaster.socketDirectory))
    }

    private func notReady() -> PrivateClusterError {
        let lines = ((try? Files.read(layout.cluster.log)) ?? "")?.split(separator: "\n").map(String.init) ?? []
        return .program(
            .notReady, "PostgreSQL runs in \(layout.cluster.path) and accepts no connection", at: layout.cluster.path,
            lines: lines)
    }

    /// Waits a moment, also in a task that is cancelled: what was begun here is brought to an end.
    private func pause() async {
        await Task { try? await Task.sleep(for: .milliseconds(20)) }.value
    }
}
