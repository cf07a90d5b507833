import Synchronization

/// Events on their way from the listener's thread to the body: at most so many, one reader.
final class NotificationBuffer: Sendable {
    private struct State {
        var events: [PostgresNotificationEvent] = []
        /// The events before this one have been taken.
        var first = 0
        /// What has been dropped since the last event that was taken; told before the others.
        var missed = 0
        var reader: CheckedContinuation<PostgresNotificationEvent?, any Error>?
        var end: (any Error)?
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Adds an event. When there is no room, everything that waits is dropped: the reader has to read anew anyway.
    func add(_ event: PostgresNotificationEvent) {
        let reader: CheckedContinuation<PostgresNotificationEvent?, any Error>? = state.withLock { state in
            if state.end != nil { return nil }
            if let reader = state.reader.take() { return reader }
            if state.events.count - state.first >= limit {
                state.missed += state.events[state.first...].count { !$0.requiresRereading }
                (state.events, state.first) = ([], 0)
                if !event.requiresRereading { state.missed += 1 }
            } else {
                state.events.append(event)
            }
            return nil
        }
        reader?.resume(returning: event)
    }

    /// Ends the sequence: what waits is dropped.
    func end(_ error: any Error) {
        let reader: CheckedContinuation<PostgresNotificationEvent?, any Error>? = state.withLock { state in
            guard state.end == nil else { return nil }
            state.end = error
            (state.events, state.first, state.missed) = ([], 0, 0)
            return state.reader.take()
        }
        reader?.resume(throwing: error)
    }

    /// Why the sequence has ended.
    var endError: (any Error)? { state.withLock { $0.end } }

    /// Waits for the next event.
    func next() async throws -> PostgresNotificationEvent? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<PostgresNotificationEvent, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if let event = Self.take(&state) { return .success(event) }
                    if let end = state.end { return .failure(end) }
                    if state.reader != nil {
                        return .failure(PostgresError(.misuse, "two tasks wait for the same notifications"))
                    }
                    state.reader = continuation
                    return nil
                }
                if let outcome { continuation.resume(with: outcome.map(Optional.some)) }
                // A cancellation before the reader stood there has found nobody.
                if outcome == nil, Task.isCancelled { cancelReader() }
            }
        } onCancel: {
            cancelReader()
        }
    }

    private func cancelReader() {
        state.withLock { $0.reader.take() }?.resume(throwing: CancellationError())
    }

    private static func take(_ state: inout State) -> PostgresNotificationEvent? {
        if state.missed > 0 {
            defer { state.missed = 0 }
            return .overflowed(missed: state.missed)
        }
        guard state.first < state.events.count else { return nil }
        defer {
            state.first += 1
            // The taken ones go away together, so that taking one costs nothing in the number of those that wait.
            if state.first == state.events.count {
                (state.events, state.first) = ([], 0)
            } else if state.first >= 64, state.first * 2 >= state.events.count {
                state.events.removeFirst(state.first)
                state.first = 0
            }
        }
        return state.events[state.first]
    }
}
