import CLibpq

/// What is needed to ask the server to cancel the statement that a connection is running.
///
/// `@unchecked Sendable`: a `PGcancel` is a constant copy of address and key, and libpq documents `PQcancel` as
/// callable from any thread beside the connection's own.
@safe package final class CancelHandle: @unchecked Sendable {
    private let cancel: OpaquePointer

    init?(connection: OpaquePointer) {
        guard let cancel = unsafe PQgetCancel(connection) else { return nil }
        unsafe self.cancel = cancel
    }

    deinit { unsafe PQfreeCancel(cancel) }

    /// Sends the request over a connection of its own and waits until the server has read it: blocks.
    /// False when the server could not be reached.
    package func send() -> Bool {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { message in
            unsafe PQcancel(cancel, message.baseAddress, 256) == 1
        }
    }
}
