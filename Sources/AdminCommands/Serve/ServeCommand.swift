import AnnotationServer
import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import FailPoints
import Glibc
import Logging
import Postgres
import PrivatePostgres
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the server.",
        discussion: """
            Without a database URL it creates and supervises a private PostgreSQL in the data directory. It is ready when \
            it prints its address. Ctrl-C finishes what was accepted and stops everything.

            Example: manicule serve --port 8080
            """)

    @OptionGroup var database: DatabaseOptions

    @Option(help: "The address to listen on.")
    var host: String?

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: Int?

    @Option(help: ArgumentHelp("The user to run as when started by root.", valueName: "name"))
    var user: String?

    @Flag(name: .customLong("behind-proxy"), help: "A proxy in front ends TLS: listen beyond this machine.")
    var isBehindProxy = false

    @Flag(help: "Migrate the database that --database-url names, when its schema is behind.")
    var migrate = false

    func run() async throws {
        var settings = try await AdminSettings.load(database)
        settings.host = host ?? settings.host
        settings.port = port ?? settings.port
        settings.user = user ?? settings.user
        settings.isBehindProxy = settings.isBehindProxy || isBehindProxy
        guard (0...65535).contains(settings.port) else {
            throw CommandFailure.usage("--port must be a number from 0 to 65535")
        }
        guard settings.isBehindProxy || Self.isLoopback(settings.host) else {
            throw CommandFailure.usage(
                "\(settings.host) can be reached from other machines: passwords and texts would travel in the clear; "
                    + "put a proxy that ends TLS in front and say --behind-proxy, or listen on 127.0.0.1")
        }
        if geteuid() == 0 { try restartWithoutRoot(settings) }
        // A client that goes away while it is being answered must not end the server.
        signal(SIGPIPE, SIG_IGN)
        let logger = settings.makeLogger(quiet: false)
        if let url = settings.databaseURL {
            try await serve(settings, on: url, logger)
        } else {
            try await serveOnPrivateCluster(settings, logger)
        }
    }

    /// The server never runs as root: what only root can do is done first, then the program starts anew as the user
    /// that PostgreSQL runs as, with all it was told.
    private func restartWithoutRoot(_ settings: AdminSettings) throws -> Never {
        var arguments = ["serve", "--host", settings.host, "--port", String(settings.port)]
        var environment = [
            (name: "MANICULE_POOL_SIZE", value: String(settings.poolSize)),
            (name: "MANICULE_LOG_LEVEL", value: settings.logLevel.rawValue),
            (name: "MANICULE_LOG_FORMAT", value: settings.logFormat.rawValue),
        ]
        if let url = settings.databaseURL {
            // Not as an argument: it may hold a password, and arguments can be seen by everybody.
            environment.append((name: "MANICULE_DATABASE_URL", value: url))
        } else {
            arguments += [
                "--data-dir",
                try Privileges.prepare(dataDirectory: settings.dataDirectory, for: settings.user),
            ]
        }
        if settings.isBehindProxy { arguments.append("--behind-proxy") }
        if migrate { arguments.append("--migrate") }
        try Privileges.restart(as: settings.user, arguments: arguments, environment: environment)
    }

    private func serveOnPrivateCluster(_ settings: AdminSettings, _ logger: Logger) async throws {
        let cluster = try await PrivateCluster(
            dataDirectory: settings.dataDirectory, runAs: settings.user, logger: logger
        ).start()
        do {
            try await Migrator(connectionString: cluster.connections.owner, logger: logger).migrate()
            try await run(settings, on: cluster.connections.server, cluster, logger)
        } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
    }

    private func serve(_ settings: AdminSettings, on url: String, _ logger: Logger) async throws {
        if migrate { try await Migrator(connectionString: url, logger: logger).migrate() }
        try await run(settings, on: url, nil, logger)
    }

    private func run(
        _ settings: AdminSettings, on connectionString: String, _ cluster: RunningCluster?, _ logger: Logger
    ) async throws {
        let database = Database(connectionString: connectionString, poolSize: settings.poolSize, logger: logger)
        do {
            try await SchemaCheck().run(database.client)
            let services = Services(database: database)
            try await services.logins.prepare()
            let application = buildApplication(
                services: services,
                options: ServerOptions(host: settings.host, port: settings.port), logger: logger
            ) { address in
                do {
                    try await cluster?.announce(address: address)
                    try FailPoints.hit(.serveAfterStart)
                    try Output.line("☞ manicule serves at \(address)")
                } catch {
                    logger.error("cannot announce the address", metadata: ["error": "\(error)"])
                }
            }
            var tasks: [ServiceGroupConfiguration.ServiceConfiguration] = [
                .init(service: PoolService(client: database.client)),
                .init(service: application, successTerminationBehavior: .gracefullyShutdownGroup),
            ]
            if let cluster { tasks.insert(.init(service: ClusterService(cluster: cluster)), at: 0) }
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: tasks, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
            try await group.run()
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    /// Whether nobody beyond this machine can reach the address.
    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host == "[::1]" || host.hasPrefix("127.")
    }
}

/// Keeps PostgreSQL running until the server stops.
private struct ClusterService: Service {
    let cluster: RunningCluster

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await cluster.supervise() }
    }
}

/// Closes idle connections until the server stops.
private struct PoolService: Service {
    let client: PostgresClient

    func run() async throws { await client.run() }
}
