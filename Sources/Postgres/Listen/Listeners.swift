import Synchronization

/// The listeners of a client, so that it can end them.
final class Listeners: Sendable {
    private struct State {
        var all: [Int: Listener] = [:]
        var lastID = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.all.count } }

    func add(_ listener: Listener, at site: Site) throws(PostgresError) -> Int {
        let id: Int? = state.withLock { state in
            if state.isClosed { return nil }
            state.lastID += 1
            state.all[state.lastID] = listener
            return state.lastID
        }
        guard let id else { throw PostgresError(.clientClosed, "the client is closed", phase: .acquire, at: site) }
        return id
    }

    func remove(_ id: Int) { state.withLock { $0.all[id] = nil } }

    /// Ends all of them, and refuses new ones.
    func close() async {
        let all = state.withLock { state in
            state.isClosed = true
            return Array(state.all.values)
        }
        for listener in all { listener.stop(PostgresError(.clientClosed, "the client is closed", phase: .acquire)) }
        for listener in all { await listener.waitForEnd() }
    }
}
