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

            Beyond this machine it listens only with TLS, its own (--tls-cert, --tls-key) or that of a proxy in front \
            (--behind-proxy).

            Example: manicule serve --port 8080
            Example: manicule serve --host 0.0.0.0 --port 443 --tls-cert chain.pem --tls-key key.pem
            """)

    @OptionGroup var database: DatabaseOptions

    @OptionGroup var serve: ServeOptions

    @Flag(help: "Migrate the database that --database-url names, when its schema is behind.")
    var migrate = false

    func run() async throws {
        var settings = try await AdminSettings.load(database, serve)
        try settings.requirePrivacy()
        if geteuid() == 0 { try restartWithoutRoot(settings) }
        // Before PostgreSQL is started for it.
        if let tls = settings.server.tls {
            try tls.check()
            // It asks for the certificate to be read anew, and must not end a server that is not that far yet.
            signal(SIGHUP, SIG_IGN)
        }
        // Some are for files, PostgreSQL and the log.
        settings.server.limits.connections = min(
            settings.server.limits.connections, max(16, DescriptorLimit.raise() - 256))
        // A client that goes away while it is being answered must not end the server.
        signal(SIGPIPE, SIG_IGN)
        let logger = settings.makeLogger(quiet: false)
        if let url = settings.databaseURL {
            try await serveDatabase(settings, on: url, logger)
        } else {
            try await serveOnPrivateCluster(settings, logger)
        }
    }

    /// The server never runs as root: what only root can do is done first, then the program starts anew as the user
    /// that PostgreSQL runs as, with all it was told.
    private func restartWithoutRoot(_ settings: AdminSettings) throws -> Never {
        var arguments = ["serve"]
        // Not as arguments: a database URL may hold a password, and arguments can be seen by everybody.
        let environment = settings.entries.compactMap { entry -> (name: String, value: String)? in
            guard entry.key != "data-dir", let value = entry.value else { return nil }
            return (SettingReader.variable(entry.key), value)
        }
        if settings.databaseURL == nil {
            arguments += [
                "--data-dir",
                try Privileges.prepare(dataDirectory: settings.dataDirectory, for: settings.user),
            ]
        }
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

    private func serveDatabase(_ settings: AdminSettings, on url: String, _ logger: Logger) async throws {
        if migrate { try await Migrator(connectionString: url, logger: logger).migrate() }
        try await run(settings, on: url, nil, logger)
    }

    private func run(
        _ settings: AdminSettings, on connectionString: String, _ cluster: RunningCluster?, _ logger: Logger
    ) async throws {
        let database = Database(
            connectionString: connectionString, poolSize: settings.poolSize, slowStatements: settings.slowStatements,
            logger: logger)
        do {
            try await SchemaCheck().run(database.client)
            let services = Services(database: database)
            try await services.logins.prepare()
            let application = try buildApplication(services: services, options: settings.server, logger: logger) {
                address in
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
            tasks.insert(.init(service: SearchService(indexer: SearchIndexer(database))), at: 1)
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
}

/// Keeps PostgreSQL running until the server stops.
private struct ClusterService: Service {
    let cluster: RunningCluster

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await cluster.supervise() }
    }
}

/// Keeps the search index behind the logs until the server stops.
private struct SearchService: Service {
    let indexer: SearchIndexer

    func run() async throws {
        await cancelWhenGracefulShutdown { await indexer.run() }
    }
}

/// Closes idle connections until the server stops.
private struct PoolService: Service {
    let client: PostgresClient

    func run() async throws { await client.run() }
}
