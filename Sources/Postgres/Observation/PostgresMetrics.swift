/// What a client has done since it was made, and what it holds now: see `PostgresClient.metrics`.
///
/// What a lent connection has counted is added when it comes back.
public struct PostgresMetrics: Sendable, Hashable {
    /// Why a connection was closed.
    public enum CloseReason: String, Sendable, Hashable, CaseIterable {
        /// It was unused for longer than `maximumIdleTime`.
        case idle
        /// It was older than `maximumLifetime`.
        case lifetime
        /// The server or the network ended it.
        case lost
        /// A cancelled task had been using it.
        case cancelled
        /// It came back with something open, a transaction for example.
        case outOfOrder
        /// Its server turned out to be one that only reads.
        case readOnlyServer
        /// The client was closed.
        case clientClosed
    }

    /// The connections there are: idle, lent, and being opened.
    public var connections = 0
    /// Those that nobody uses.
    public var idle = 0
    /// Those in somebody's hands.
    public var lent = 0
    /// Those that are being opened.
    public var opening = 0
    /// The tasks that wait for one.
    public var waiting = 0
    /// The connections that listen, outside of the pool.
    public var listeners = 0

    /// How often a connection was lent.
    public var acquired = 0
    /// How often the caller had to wait for it.
    public var waited = 0
    /// How long the callers have waited, all together.
    public var waitTime = Duration.zero
    /// How often nothing became free in time.
    public var acquireTimeouts = 0
    /// The connections that were made.
    public var opened = 0
    /// The attempts to make one that failed.
    public var connectFailures = 0
    /// The connections that were closed.
    public var closed: [CloseReason: Int] = [:]

    /// The queries that were sent, each one of a pipeline counted.
    public var queries = 0
    /// Those among them that were prepared already.
    public var statementCacheHits = 0
    /// Those that had to be prepared first.
    public var statementCacheMisses = 0
    /// How often a transaction was run again.
    public var retries = 0

    /// Nothing yet.
    public init() {}
}

/// What one connection has counted since it was lent. Only its holder touches it.
struct StatementCounts {
    var queries = 0
    var hits = 0
    var misses = 0
}
