import Glibc

/// The right to sync a clone: one process, and one task in it, at a time. Reading and writing need no lock.
///
/// The kernel drops it with the process that held it.
struct SyncLock: ~Copyable {
    private let descriptor: Int32

    /// Waits until the lock is free, at most `timeout`.
    static func take(_ path: String, timeout: Duration = .seconds(60)) async throws -> SyncLock {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ClientError(
                .environment, "busy", "the lock \(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        let lock = SyncLock(descriptor: descriptor)
        let deadline = ContinuousClock.now + timeout
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw ClientError(
                    .environment, "busy", "the lock \(path) cannot be taken: \(String(cString: strerror(errno)))")
            }
            guard ContinuousClock.now < deadline else {
                throw ClientError(.environment, "busy", "another process is syncing this clone; try again later")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return lock
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { Glibc.close(descriptor) }
}
