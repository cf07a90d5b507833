/// What another session, or the same one, told by `NOTIFY`.
package struct Notification: Sendable {
    package let channel: String
    package let payload: String
    package let processID: Int32
}

extension Session {
    /// A notification that has already been read.
    package func nextNotification() -> Notification? { handle.nextNotification() }

    /// Forgets the notifications that came with other answers: nobody asked for them, and libpq would keep them all.
    package func dropNotifications() { while handle.nextNotification() != nil {} }

    /// Waits until the server says something by itself. False when woken.
    package func waitForNotifications() throws(LibPQError) -> Bool {
        switch SocketWaiter.wait(handle.socket, for: .read, wakeup: wakeup) {
        case .woken, .timedOut: return false
        case .broken: throw LibPQError(.connectionLost, "the connection's socket is gone")
        case .ready: break
        }
        try handle.consumeInput()
        // This reads the messages; the last words of a server are among them.
        _ = handle.isBusy
        if handle.isEndedByServer || handle.isBad {
            throw LibPQError(.connectionLost, handle.lastWords ?? handle.errorMessage)
        }
        return true
    }
}
