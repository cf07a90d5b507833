import AnnotationServices
import AnnotationStore
import CommandSupport
import Glibc
import Logging
import Postgres
import PrivatePostgres

/// The instance that a command works on: the services over its database, and who acts.
struct Instance {
    let settings: AdminSettings
    let services: Services
    let principal: Principal
    let logger: Logger
    /// The private cluster's connections; nil for a database that was named.
    let cluster: ClusterConnections?

    /// Reaches the database that the flags, the environment or the file name, and lends the services to the body.
    ///
    /// The private cluster is started when no server runs, migrated when its schema is behind, and stopped afterwards.
    static func with<R>(_ options: DatabaseOptions, _ body: (Instance) async throws -> R) async throws -> R {
        let settings = try await AdminSettings.load(options)
        let logger = settings.makeLogger(quiet: !options.output.verbose)
        if let url = settings.databaseURL {
            return try await with(settings, logger, url, nil, body)
        }
        let cluster = PrivateCluster(
            dataDirectory: settings.dataDirectory, runAs: settings.user, logger: logger)
        return try await cluster.withCluster { connections in
            // Never under a running server, which may be another release of this program.
            if connections.serverPID == nil {
                try await Migrator(connectionString: connections.owner, logger: logger).migrate()
            }
            return try await with(settings, logger, connections.server, connections, body)
        }
    }

    private static func with<R>(
        _ settings: AdminSettings, _ logger: Logger, _ connectionString: String, _ cluster: ClusterConnections?,
        _ body: (Instance) async throws -> R
    ) async throws -> R {
        let database = Database(connectionString: connectionString, poolSize: min(settings.poolSize, 4), logger: logger)
        let result: R
        do {
            try await SchemaCheck().run(database.client)
            result = try await body(
                Instance(
                    settings: settings, services: Services(database: database),
                    principal: .commandLine(osUser: operatingSystemUser()), logger: logger, cluster: cluster))
        } catch {
            await database.close()
            throw error
        }
        await database.close()
        return result
    }

    /// Who is sitting at the command line, for the audit log: behind sudo the one who called it.
    private static func operatingSystemUser() -> String {
        let environment = processEnvironment()
        if geteuid() == 0, let user = environment["SUDO_USER"], !user.isEmpty { return user }
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return "\(getuid())" }
        return String(cString: name)
    }
}
