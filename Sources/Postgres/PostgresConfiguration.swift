public import Logging

/// How to reach PostgreSQL, and how much of it to use.
public struct PostgresConfiguration: Sendable {
    /// A libpq connection string: `key=value` pairs or a `postgresql://` URL. Several hosts, `target_session_attrs`,
    /// service and password files, TLS and the `PG…` environment variables work as libpq documents them.
    public var connectionString: String
    /// What `pg_stat_activity` shows. The connection string's own `application_name` gives way to it.
    public var applicationName: String?
    /// The largest number of connections open at once.
    public var poolSize: Int
    /// How long a caller waits for a connection to become free.
    public var acquireTimeout: Duration
    /// How long one attempt to connect may take. Several hosts share it; a silent one does not take the others' time.
    public var connectTimeout: Duration
    /// How many prepared statements a connection keeps. 0 switches them off, as PgBouncer in transaction mode may need.
    public var statementCacheSize: Int
    /// Whether a cancelled task asks the server to cancel. Before libpq 17 such a request travels unencrypted even where
    /// the connection uses TLS; without it, the connection is cut instead.
    public var sendsCancelRequests: Bool
    /// A connection older than this, or up to a tenth younger so that not all end at once, is closed when it comes back
    /// or by `run()`; nil keeps it for ever.
    public var maximumLifetime: Duration?
    /// A connection unused for so long is closed by `run()`; nil keeps it for ever.
    public var maximumIdleTime: Duration?
    /// So many connections are opened by `warmUp()`, and kept open by `run()` even when they are idle.
    public var minimumConnections: Int
    /// The connection string for `PostgresClient.listen`, when the other one leads to a pooler, which cannot listen.
    public var listenConnectionString: String?
    /// A statement that takes longer is logged as a warning, with its text and without its parameters; nil looks at no
    /// clock. See `PostgresLogging.metadata`.
    public var slowStatementThreshold: Duration?
    /// The level at which failed statements are logged, with their text and without their parameters.
    public var failedStatementLogLevel: Logger.Level

    /// The defaults suit a server of middling size on the same network.
    public init(
        connectionString: String,
        applicationName: String? = nil,
        poolSize: Int = 8,
        acquireTimeout: Duration = .seconds(30),
        connectTimeout: Duration = .seconds(10),
        statementCacheSize: Int = 256,
        sendsCancelRequests: Bool = true,
        maximumLifetime: Duration? = nil,
        maximumIdleTime: Duration? = .seconds(600),
        minimumConnections: Int = 0,
        listenConnectionString: String? = nil,
        slowStatementThreshold: Duration? = nil,
        failedStatementLogLevel: Logger.Level = .debug
    ) {
        precondition(poolSize > 0, "a pool needs at least one connection")
        precondition(minimumConnections <= poolSize, "a pool cannot keep more connections than it may have")
        self.connectionString = connectionString
        self.applicationName = applicationName
        self.poolSize = poolSize
        self.acquireTimeout = acquireTimeout
        self.connectTimeout = connectTimeout
        self.statementCacheSize = statementCacheSize
        self.sendsCancelRequests = sendsCancelRequests
        self.maximumLifetime = maximumLifetime
        self.maximumIdleTime = maximumIdleTime
        self.minimumConnections = minimumConnections
        self.listenConnectionString = listenConnectionString
        self.slowStatementThreshold = slowStatementThreshold
        self.failedStatementLogLevel = failedStatementLogLevel
    }

    /// libpq's keywords: the connection string wins over those before it, and those behind it win over the string. UTF-8
    /// is not negotiable; a peer that has vanished is noticed within a minute unless the string says otherwise.
    var parameters: [(keyword: String, value: String)] { parameters(connectionString) }

    /// The same for a listener's connection.
    var listenParameters: [(keyword: String, value: String)] { parameters(listenConnectionString ?? connectionString) }

    private func parameters(_ connectionString: String) -> [(keyword: String, value: String)] {
        var parameters = [
            (keyword: "keepalives_idle", value: "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "60000"), ("dbname", connectionString),
        ]
        if let applicationName { parameters.append(("application_name", applicationName)) }
        parameters.append(("client_encoding", "UTF8"))
        return parameters
    }
}

extension PostgresConfiguration: CustomStringConvertible {
    /// Without the connection string, which may hold a password.
    public var description: String { "PostgresConfiguration(poolSize: \(poolSize))" }
}
