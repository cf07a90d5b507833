import LibPQ
public import Logging

/// PostgreSQL for an application: a pool of connections, lent to closures.
///
/// ```swift
/// let client = PostgresClient(configuration: .init(connectionString: url), logger: logger)
/// let names = try await client.withTransaction { transaction in
///     try await transaction.query("SELECT name FROM users WHERE id = \(id)").decode(String.self)
/// }
/// await client.close()
/// ```
/// A closure's code runs on the thread of its connection; between its statements nothing hops. A cancelled task has its
/// statement cancelled and gets `CancellationError`.
public final class PostgresClient: Sendable {
    let pool: ConnectionPool
    let configuration: PostgresConfiguration
    let listeners = Listeners()

    /// A client without connections: they are made when they are needed.
    public convenience init(configuration: PostgresConfiguration, logger: Logger) {
        self.init(configuration, logger: logger, onConnect: nil)
    }

    /// A client that runs `onConnect` on each new connection before its first use. When that throws, the connection is
    /// closed, and who waited for it gets the error.
    public convenience init(
        configuration: PostgresConfiguration, logger: Logger,
        onConnect: @escaping @Sendable (PostgresConnection) async throws -> Void
    ) {
        self.init(configuration, logger: logger, onConnect: onConnect)
    }

    private init(_ configuration: PostgresConfiguration, logger: Logger, onConnect: ConnectionPool.OnConnect?) {
        self.configuration = configuration
        pool = ConnectionPool(configuration, logger: logger, onConnect: onConnect)
    }

    /// Runs one query on any connection.
    @discardableResult
    public func query(
        _ query: PostgresQuery, file: String = #fileID, line: Int = #line
    ) async throws -> PostgresRows {
        try await withConnection(file: file, line: line) { try await $0.query(query, file: file, line: line) }
    }

    /// Lends a connection to the body. What the body leaves open, a transaction for example, closes the connection.
    ///
    /// The task must not hold another connection of this client.
    public func withConnection<R>(
        file: String = #fileID, line: Int = #line, _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        let lease = try await pool.acquire(at: Site(file: file, line: line))
        defer { pool.release(lease) }
        let interrupter = lease.backend.session.interrupter
        return try await withTaskExecutorPreference(lease.backend.thread) {
            let connection = PostgresConnection(lease.backend)
            defer { connection.end() }
            return try await withTaskCancellationHandler {
                try await body(connection)
            } onCancel: {
                interrupter.interrupt(lease: lease.number)
            }
        }
    }

    /// Runs the body in a transaction: its normal end commits, an error rolls back and is thrown.
    ///
    /// With `options.retry` the whole body runs again after an error that is `isTransient`; it must then be able to.
    public func withTransaction<R>(
        _ options: TransactionOptions = .readCommitted, file: String = #fileID, line: Int = #line,
        _ body: (PostgresTransaction) async throws -> R
    ) async throws -> R {
        var attempt = 1
        while true {
            do {
                return try await withConnection(file: file, line: line) {
                    try await $0.withTransaction(options, file: file, line: line, body)
                }
            } catch let error as PostgresError where error.isTransient && attempt < options.retry.attempts {
                pool.countRetry()
                pool.logger.postgres(
                    .debug, "running a transaction again", ["error": "\(error)", "attempt": "\(attempt)"])
                try await Task.sleep(for: options.retry.pause(after: attempt))
                attempt += 1
            }
        }
    }

    /// What the client has done since it was made, and what it holds now. Cheap: it takes the pool's lock once.
    public var metrics: PostgresMetrics {
        var metrics = pool.metrics
        metrics.listeners = listeners.count
        return metrics
    }

    /// Opens connections until there are `minimumConnections`, so that the first users need not wait for them. Throws the
    /// first failure: a wrong password is found out at the start.
    public func warmUp() async throws { try await pool.warmUp(to: configuration.minimumConnections) }

    /// The connections there are, those among them that nobody uses, and the tasks that wait for one.
    package var counts: (all: Int, idle: Int, waiting: Int) { pool.counts }

    /// Closes the client: listeners end, new users are refused, connections are closed as they come back, and the call returns when all
    /// are. A cancelled caller does not wait.
    public func close() async {
        await listeners.close()
        await pool.close()
    }
}
