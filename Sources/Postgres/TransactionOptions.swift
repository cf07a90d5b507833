/// How a transaction runs.
public struct TransactionOptions: Sendable {
    /// What of other transactions is seen, as PostgreSQL defines it.
    public enum IsolationLevel: String, Sendable {
        case readCommitted = "READ COMMITTED"
        case repeatableRead = "REPEATABLE READ"
        case serializable = "SERIALIZABLE"
    }

    /// When a whole transaction is run again: only after errors that are `PostgresError.isTransient`, never after an
    /// unknown COMMIT.
    public struct Retry: Sendable {
        /// How often the transaction is run at most.
        public var attempts: Int
        /// The pause before the second attempt; it doubles with each further one and is shortened at random.
        public var pause: Duration

        /// Attempts with a pause between them.
        public init(attempts: Int, pause: Duration = .milliseconds(5)) {
            precondition(attempts > 0, "a transaction is attempted at least once")
            self.attempts = attempts
            self.pause = pause
        }

        /// The first failure is the last.
        public static let never = Retry(attempts: 1)

        /// Between half and all of the pause of this attempt, at most a second.
        func pause(after attempt: Int) -> Duration {
            let longest = min(pause * (1 << min(attempt - 1, 16)), .seconds(1))
            return longest * Double.random(in: 0.5...1)
        }
    }

    /// The isolation level.
    public var isolation: IsolationLevel
    /// Refuses to change anything.
    public var isReadOnly: Bool
    /// Waits for a serializable read-only snapshot that cannot fail.
    public var isDeferrable: Bool
    /// `SET LOCAL lock_timeout`: how long a statement waits for a lock.
    public var lockTimeout: Duration?
    /// `SET LOCAL statement_timeout`: how long a statement runs.
    public var statementTimeout: Duration?
    /// When the transaction is run again.
    public var retry: Retry

    /// By default read committed, without limits of time, run once.
    public init(
        isolation: IsolationLevel = .readCommitted, isReadOnly: Bool = false, isDeferrable: Bool = false,
        lockTimeout: Duration? = nil, statementTimeout: Duration? = nil, retry: Retry = .never
    ) {
        self.isolation = isolation
        self.isReadOnly = isReadOnly
        self.isDeferrable = isDeferrable
        self.lockTimeout = lockTimeout
        self.statementTimeout = statementTimeout
        self.retry = retry
    }

    /// Each statement sees what is committed when it begins.
    public static let readCommitted = TransactionOptions()
    /// Read committed, and nothing can be changed.
    public static let readOnly = TransactionOptions(isReadOnly: true)
    /// One snapshot for all statements.
    public static let snapshot = TransactionOptions(isolation: .repeatableRead, isReadOnly: true)
    /// One snapshot, and changes; may fail as transient.
    public static let repeatableRead = TransactionOptions(isolation: .repeatableRead)
    /// As if alone; may fail as transient.
    public static let serializable = TransactionOptions(isolation: .serializable)

    /// The statements that begin such a transaction, sent together.
    var begin: [PostgresQuery] {
        var sql = "BEGIN ISOLATION LEVEL \(isolation.rawValue)"
        sql += isReadOnly ? " READ ONLY" : " READ WRITE"
        if isDeferrable { sql += " DEFERRABLE" }
        var statements = [PostgresQuery(unsafeSQL: sql)]
        for (setting, duration) in [("lock_timeout", lockTimeout), ("statement_timeout", statementTimeout)] {
            guard let duration else { continue }
            statements.append(PostgresQuery(unsafeSQL: "SET LOCAL \(setting) = \(Self.milliseconds(duration))"))
        }
        return statements
    }

    /// At least one: 0 would mean no limit.
    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return min(
            max(seconds.multipliedReportingOverflow(by: 1000).partialValue + attoseconds / 1_000_000_000_000_000, 1),
            Int64(Int32.max))
    }
}
