import AnnotationModel
import AnnotationStore
import ArgumentParser
import CommandSupport
import JSONText
import Logging
import Migrations
import Postgres
import PrivatePostgres

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring a backup back into the data directory.",
        discussion: """
            The server must not run. What is in the data directory is replaced only with --replace, and is kept beside it \
            under another database name. Clients notice, take a fresh snapshot, and push again what the backup lacks.

            Example: manicule restore backups/2026-11-25 --replace
            """)

    @OptionGroup var database: DatabaseOptions
    @Argument(help: ArgumentHelp("A folder that “manicule backup” made.", valueName: "dir")) var directory: String
    @Flag(help: "Put the backup in the place of what is there.") var replace = false

    private static let restored = "manicule_restore"

    func run() async throws {
        let settings = try await AdminSettings.load(database)
        try settings.requirePrivateCluster("restore")
        let manifest = try BackupManifest(folder: directory)
        if let newest = MigrationList.all.last?.number, manifest.schema > newest {
            throw CommandFailure.refused(
                "the backup was made by a newer program (\(manifest.program), schema \(manifest.schema)); restore it with that one"
            )
        }
        let logger = settings.makeLogger(quiet: !database.output.verbose)
        let cluster = PrivateCluster(dataDirectory: settings.dataDirectory, runAs: settings.user, logger: logger)
        let outcome = try await cluster.withCluster { connections in
            if let server = connections.serverPID {
                throw CommandFailure.refused(
                    "a server is running on this data directory (process \(server)); stop it first")
            }
            return try await restore(connections, logger)
        }
        if database.output.json {
            return try Output.json([
                "directory": .string(directory), "made_at": .string(manifest.madeAt.text),
                "projects": JSONValue(outcome.projects), "kept_as": outcome.keptAs.map { .string($0) } ?? .null,
            ])
        }
        try Output.line(
            "restored \(outcome.projects) \(outcome.projects == 1 ? "project" : "projects") as of \(manifest.madeAt.text)"
        )
        if let kept = outcome.keptAs { try Output.line("what was there before is kept as the database \(kept)") }
    }

    private func restore(
        _ connections: ClusterConnections, _ logger: Logger
    ) async throws -> (projects: Int, keptAs: String?) {
        try await Migrator(connectionString: connections.owner, logger: logger).migrate()
        let isUnused = try await isUnused(connections, logger)
        guard replace || isUnused else {
            throw CommandFailure.refused(
                "the data directory holds projects or users already; say --replace to put the backup in their place "
                    + "(they are kept under another database name)")
        }
        let maintenance = PostgresClient(
            configuration: PostgresConfiguration(connectionString: connections.maintenance, poolSize: 1), logger: logger
        )
        do {
            let result = try await restore(connections, maintenance, logger)
            await maintenance.close()
            return result
        } catch {
            await maintenance.close()
            throw error
        }
    }

    /// Fills a database beside the old one, and exchanges their names at the end: killed before, the old one stands.
    private func restore(
        _ connections: ClusterConnections, _ maintenance: PostgresClient, _ logger: Logger
    ) async throws -> (projects: Int, keptAs: String?) {
        let (owner, server) = connections.roles
        try await maintenance.withConnection { connection in
            try await connection.execute(unsafeSQL: "DROP DATABASE IF EXISTS \(Self.restored)")
            try await connection.execute(unsafeSQL: "CREATE DATABASE \(Self.restored) OWNER \(owner)")
            try await connection.execute(
                unsafeSQL: """
                    REVOKE ALL ON DATABASE \(Self.restored) FROM PUBLIC;
                    GRANT CONNECT, TEMPORARY ON DATABASE \(Self.restored) TO \(server)
                    """)
        }
        try await PostgresTool(connections: connections, database: Self.restored).run(
            "pg_restore",
            [
                "--dbname=\(Self.restored)", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
                "\(directory)/database",
            ])
        let kept = "manicule_before_\(Timestamp.now().microseconds / 1_000_000)"
        try await maintenance.withTransaction { transaction in
            try await transaction.execute(unsafeSQL: "ALTER DATABASE \(connections.database) RENAME TO \(kept)")
            try await transaction.execute(
                unsafeSQL: "ALTER DATABASE \(Self.restored) RENAME TO \(connections.database)")
        }
        try await Migrator(connectionString: connections.owner, logger: logger).migrate()
        let database = Database(connectionString: connections.owner, poolSize: 1, logger: logger)
        do {
            let rotated = try await ChangeLog(database).rotateEpoch(project: nil)
            try await AuditLog(database).append(actor: "cli", action: "restore", subject: directory)
            await database.close()
            guard replace else {
                // What was there was empty: nobody will look for it.
                try await maintenance.withConnection { try await $0.execute(unsafeSQL: "DROP DATABASE \(kept)") }
                return (rotated.count, nil)
            }
            return (rotated.count, kept)
        } catch {
            await database.close()
            throw error
        }
    }

    private func isUnused(_ connections: ClusterConnections, _ logger: Logger) async throws -> Bool {
        let database = Database(connectionString: connections.owner, poolSize: 1, logger: logger)
        do {
            let counts = try await InstanceCounts.read(database)
            await database.close()
            return counts.rows.allSatisfy { $0.count == 0 }
        } catch {
            await database.close()
            throw error
        }
    }
}
