/// What the pool's lock protects.
struct PoolState {
    struct Idle {
        let backend: Backend
        let since: ContinuousClock.Instant
    }

    struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<Backend, any Error>
    }

    /// The one used last comes last, and is taken first: the others grow old and are closed.
    var idle: [Idle] = []
    var waiters: [Waiter] = []
    /// All connections: idle, lent, and being opened.
    var count = 0
    var opening = 0
    var isClosed = false
    var closers: [Int: CheckedContinuation<Void, Never>] = [:]
    var lastID = 0
    /// The tasks that hold a connection.
    var holders: Set<Int> = []
    /// The counters; what the pool holds is filled in when somebody asks.
    var metrics = PostgresMetrics()

    mutating func newID() -> Int {
        lastID += 1
        return lastID
    }

    /// Puts one back that was only looked at: in order of age, so that it stays as old as it is.
    mutating func putBack(_ entry: Idle) {
        let index = idle.firstIndex { $0.since > entry.since } ?? idle.count
        idle.insert(entry, at: index)
    }

    mutating func lend(to holder: Int) {
        holders.insert(holder)
        metrics.acquired += 1
    }

    /// Undoes it: the connection was none.
    mutating func unlend(from holder: Int) {
        holders.remove(holder)
        metrics.acquired -= 1
    }

    mutating func end(_ lease: Lease, _ counts: StatementCounts) {
        holders.remove(lease.holder)
        count(counts)
    }

    mutating func count(_ counts: StatementCounts) {
        metrics.queries += counts.queries
        metrics.statementCacheHits += counts.hits
        metrics.statementCacheMisses += counts.misses
    }
}
