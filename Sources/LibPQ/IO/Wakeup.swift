#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Ends from another thread what a thread waits for in `poll`: a pipe that stays readable once it has been written to.
package final class Wakeup: Sendable {
    /// The end to wait on.
    let descriptor: Int32
    private let writing: Int32

    package init() throws(LibPQError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw LibPQError(.refused, "no more descriptors: no pipe can be opened") }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        writing = ends[1]
    }

    deinit {
        _ = close(descriptor)
        _ = close(writing)
    }

    /// Wakes whoever waits, and everybody who will.
    package func wake() {
        var byte: UInt8 = 1
        _ = unsafe write(writing, &byte, 1)
    }

    /// Waits without a socket. True when woken, false when the time has come.
    package func wait(until deadline: ContinuousClock.Instant) -> Bool {
        if case .timedOut = SocketWaiter.wait(descriptor, for: .read, until: deadline) { return false }
        return true
    }
}
