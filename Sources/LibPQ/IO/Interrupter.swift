#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Stops from another thread what a connection is doing.
///
/// It asks the server to cancel. When the server cannot be reached, or does not react within the grace period, it shuts
/// the socket down, so that the waiting thread wakes up. An interrupted connection is not used again: a request that
/// arrives late could hit the next statement.
package final class Interrupter: Sendable {
    private struct State {
        var isRunning = false
        var isInterrupted = false
        var socket: Int32 = -1
        /// Counts the exchanges, so that a late reaction does not hit the next one.
        var exchange = 0
        /// Counts the users, so that one's cancellation does not hit the next one.
        var lease = 0
    }

    private let state = Monitor(State())
    private let cancel: CancelHandle?
    private let graceSeconds: Int

    /// Without a cancel handle the socket is shut down at once.
    init(cancel: CancelHandle?, graceSeconds: Int = 5) {
        self.cancel = cancel
        self.graceSeconds = graceSeconds
    }

    /// Whether an interruption has been asked for and not been forgotten since.
    package var isInterrupted: Bool { state.update { $0.isInterrupted } }

    /// Begins a new user's time, and gives the number that `interrupt` wants.
    package func beginLease() -> Int {
        state.update { state in
            state.lease += 1
            return state.lease
        }
    }

    /// Ends the user's time: from here on a late cancellation of it does not reach the connection.
    package func endLease() {
        state.update { state in
            state.lease += 1
            state.isInterrupted = false
        }
    }

    /// Forgets an interruption, so that what remains can be put in order. Whether it hit something is the session's
    /// to know.
    package func forget() { state.update { $0.isInterrupted = false } }

    /// Marks the begin of an exchange. False when it must not begin.
    func begin(socket: Int32) -> Bool {
        state.update { state in
            if state.isInterrupted { return false }
            state.isRunning = true
            state.socket = socket
            state.exchange += 1
            return true
        }
    }

    /// Marks the end of an exchange. True when it was interrupted.
    func end() -> Bool {
        state.change { state in
            state.isRunning = false
            return state.isInterrupted
        }
    }

    /// Interrupts the exchange under way, and refuses the next ones.
    package func interrupt(lease: Int) {
        let exchange: Int? = state.change { state in
            if state.isInterrupted || state.lease != lease { return nil }
            state.isInterrupted = true
            return state.isRunning ? state.exchange : nil
        }
        guard let exchange else { return }
        guard let cancel else { return shutDown(exchange) }
        let reaches = startThread { [self] in
            if !cancel.send() { shutDown(exchange) }
        }
        let watches = startThread { [self] in
            let ended: Bool? = state.wait(seconds: graceSeconds) { state in
                state.isRunning && state.exchange == exchange ? nil : true
            }
            if ended == nil { shutDown(exchange) }
        }
        if !reaches || !watches { shutDown(exchange) }
    }

    /// Asks the server to stop what it is doing, without waiting for it. Only for a connection that is not used again.
    func requestCancel() {
        guard let cancel else { return }
        startThread { _ = cancel.send() }
    }

    /// The descriptor stays open: only its thread closes it, and not before the exchange has ended.
    private func shutDown(_ exchange: Int) {
        state.change { state in
            guard state.isRunning, state.exchange == exchange else { return }
            _ = shutdown(state.socket, Int32(SHUT_RDWR))
        }
    }
}
