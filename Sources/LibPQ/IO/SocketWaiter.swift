#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Waiting for a socket by blocking the thread in `poll(2)`.
enum SocketWaiter {
    enum Outcome { case ready(Interest), timedOut, woken, broken }

    /// Waits until the socket is ready for one of the interests, until the deadline if there is one, or until woken.
    static func wait(
        _ socket: Int32, for interest: Interest, until deadline: ContinuousClock.Instant? = nil,
        wakeup: Wakeup? = nil
    ) -> Outcome {
        guard socket >= 0 else { return .broken }
        var entries = (
            pollfd(fd: socket, events: 0, revents: 0),
            pollfd(fd: wakeup?.descriptor ?? -1, events: Int16(POLLIN), revents: 0)
        )
        if interest.contains(.read) { entries.0.events |= Int16(POLLIN) }
        if interest.contains(.write) { entries.0.events |= Int16(POLLOUT) }
        while true {
            let limit = milliseconds(until: deadline)
            let count = unsafe withUnsafeMutablePointer(to: &entries) { entries in
                unsafe entries.withMemoryRebound(to: pollfd.self, capacity: 2) { entries in
                    unsafe poll(entries, wakeup == nil ? 1 : 2, limit)
                }
            }
            if count == 0 { return .timedOut }
            if count < 0 {
                if errno == EINTR { continue }
                return .broken
            }
            if entries.1.revents != 0 { return .woken }
            let entry = entries.0
            if entry.revents & Int16(POLLNVAL) != 0 { return .broken }
            var ready: Interest = []
            // A hang-up and an error are read: libpq then says what happened.
            if entry.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { ready.insert(.read) }
            if entry.revents & Int16(POLLOUT) != 0 { ready.insert(.write) }
            return .ready(ready)
        }
    }

    /// Whether there is something to read, without waiting.
    static func isReadable(_ socket: Int32) -> Bool {
        if case .timedOut = wait(socket, for: .read, until: .now) { return false }
        return true
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let left = ContinuousClock.now.duration(to: deadline)
        if left <= .zero { return 0 }
        let (seconds, attoseconds) = left.components
        let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
        if milliseconds.overflow { return Int32.max }
        return Int32(clamping: milliseconds.partialValue + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
