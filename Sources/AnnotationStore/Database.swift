package import AnnotationModel
package import Logging
package import Postgres

/// The database of one instance, as all of the store sees it: connections, ids and a clock.
package struct Database: Sendable {
    package let client: PostgresClient
    package let ids: IDSource
    package let logger: Logger

    /// Connects on first use. Every new connection to a primary compares the history it finds with the one that the
    /// epochs belong to, and begins new epochs when it is another: a restored backup, a promoted standby, a copy.
    ///
    /// A statement that takes longer than `slowStatements` is logged as a warning.
    package init(
        connectionString: String, poolSize: Int = 8, applicationName: String = "manicule",
        slowStatements: Duration? = nil, ids: IDSource = .system, logger: Logger
    ) {
        var configuration = PostgresConfiguration(connectionString: connectionString, poolSize: poolSize)
        configuration.applicationName = applicationName
        configuration.slowStatementThreshold = slowStatements
        configuration.failedStatementLogLevel = .info
        self.init(configuration: configuration, ids: ids, logger: logger)
    }

    package init(configuration: PostgresConfiguration, ids: IDSource = .system, logger: Logger) {
        self.ids = ids
        self.logger = logger
        client = PostgresClient(configuration: configuration, logger: logger) { connection in
            try await HistoryIdentity.check(connection, logger: logger)
        }
    }

    /// The moment for rows that are written now.
    package func now() -> Timestamp { ids.now() }

    /// Waits for what is running and closes all connections.
    package func close() async { await client.close() }
}
