import Glibc

/// The right to open a clone's file: one at a time, in this process and all others, for as long as it takes.
struct OpeningLock {
    private let descriptor: Int32

    private static let patience = Duration.seconds(20)

    /// Waits until the lock is free, 20 seconds at most.
    static func take(_ path: String) throws(ClientError) -> OpeningLock {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failed(path) }
        let deadline = ContinuousClock.now + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < deadline else {
                let error = failed(path)
                close(descriptor)
                throw error
            }
            usleep(5000)
        }
        return OpeningLock(descriptor: descriptor)
    }

    func release() { close(descriptor) }

    private static func failed(_ path: String) -> ClientError {
        ClientError(
            .environment, "no_database", "the clone cannot be opened: \(path): \(String(cString: strerror(errno)))")
    }
}
