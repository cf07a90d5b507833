/// What a session told by `NOTIFY channel, 'payload'` or `pg_notify`, when its transaction committed.
public struct PostgresNotification: Sendable, Hashable {
    /// The channel.
    public var channel: String
    /// The text that came with it, at most 8,000 bytes; empty when there was none.
    public var payload: String
    /// The server process of the session that told it.
    public var processID: Int32

    /// A notification with its fields.
    public init(channel: String, payload: String, processID: Int32) {
        self.channel = channel
        self.payload = payload
        self.processID = processID
    }
}

/// What happens to a listener.
///
/// Three of the four mean the same to who keeps a copy of what is in the database: read it again, then trust the silence.
public enum PostgresNotificationEvent: Sendable, Hashable {
    /// The server listens: whatever is told from now on arrives. The first event.
    case listening
    /// A session has told something.
    case notification(PostgresNotification)
    /// The connection had been lost, and the server listens again. What was told in between is lost.
    case reconnected
    /// The body was too slow: so many notifications, all that were waiting for it among them, have been dropped. A
    /// `listening` or `reconnected` that was waiting is part of it.
    case overflowed(missed: Int)

    /// Whether something may have been missed, so that what is known has to be read again.
    public var requiresRereading: Bool {
        if case .notification = self { return false }
        return true
    }
}

/// The events of a listener, in order, lent to the closure of `PostgresClient.listen`.
///
/// It ends by an error only: when the client is closed, or when the task is cancelled.
public struct PostgresNotifications: AsyncSequence {
    let buffer: NotificationBuffer

    /// Takes the events one by one.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let buffer: NotificationBuffer

        /// Waits for the next event.
        public mutating func next() async throws -> PostgresNotificationEvent? { try await buffer.next() }

        /// Waits for the next event.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws -> PostgresNotificationEvent? {
            try await buffer.next()
        }
    }

    /// All iterators take from the same events.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(buffer: buffer) }
}
