import AnnotationModel
import Digest
import FailPoints
package import Logging
package import Migrations
import Postgres

/// Brings a database's schema to what this program needs. Connects as the role that owns the schema.
package struct Migrator: Sendable {
    package let connectionString: String
    package let migrations: [Migration]
    package let logger: Logger

    package init(connectionString: String, migrations: [Migration] = MigrationList.all, logger: Logger) {
        self.connectionString = connectionString
        self.migrations = migrations
        self.logger = logger
    }

    /// Every migration that the program or the database knows, in order.
    package func status() async throws -> [MigrationState] {
        try await withClient { client in
            MigrationState.merge(known: migrations, applied: try await SchemaCheck.applied(client))
        }
    }

    /// Applies what is missing, each migration in a transaction of its own, then sets the rights of the server's role.
    /// Of two at once one migrates and the other waits for it.
    /// - Returns: what this call applied.
    /// - Throws: `StoreError` when the database is newer than the program or was migrated by other files.
    @discardableResult
    package func migrate() async throws -> [MigrationState] {
        try await withClient { client in
            try await client.withConnection { connection in
                try await locked(connection) { try await $0.execute(unsafeSQL: Self.table) }
                try MigrationState.check(known: migrations, applied: try await SchemaCheck.applied(connection))
                var done: [MigrationState] = []
                for migration in migrations {
                    guard try await apply(migration, connection) else { continue }
                    try FailPoints.hit(.migrateBetween)
                    let applied = try await SchemaCheck.applied(connection)
                    done += applied.filter { $0.number == migration.number }
                }
                // Another program may have been faster, with other migrations.
                try MigrationState.check(known: migrations, applied: try await SchemaCheck.applied(connection))
                try await locked(connection) {
                    try await $0.execute(unsafeSQL: String(decoding: MigrationList.roles, as: UTF8.self))
                }
                try await HistoryIdentity.check(connection, logger: logger)
                return done
            }
        }
    }

    /// - Throws: `StoreError` unless the database has exactly the migrations of this program.
    package func check() async throws {
        try await withClient { try await SchemaCheck(migrations: migrations).run($0) }
    }

    /// False when it was there already.
    private func apply(_ migration: Migration, _ connection: PostgresConnection) async throws -> Bool {
        let isApplied = try await locked(connection) { transaction in
            let rows = try await transaction.query(
                "SELECT FROM schema_migrations WHERE number = \(migration.number)")
            guard rows.isEmpty else { return false }
            try await transaction.execute(unsafeSQL: String(decoding: migration.sql, as: UTF8.self))
            try await transaction.query(
                """
                INSERT INTO schema_migrations (number, name, checksum, applied_at)
                VALUES (\(migration.number)::int8::int4, \(migration.name), \(migration.checksum), clock_timestamp())
                """)
            return true
        }
        if isApplied {
            logger.info("migrated", metadata: ["migration": "\(migration.number) \(migration.name)"])
        }
        return isApplied
    }

    /// A transaction that no other migrator is in at the same time.
    private func locked<R>(
        _ connection: PostgresConnection, _ body: (PostgresTransaction) async throws -> R
    ) async throws -> R {
        try await connection.withTransaction(TransactionOptions(lockTimeout: .seconds(300))) { transaction in
            try await transaction.query("SELECT pg_advisory_xact_lock(7205759403792793)")
            return try await body(transaction)
        }
    }

    private static let table = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number     integer PRIMARY KEY CHECK (number > 0),
            name       text NOT NULL,
            checksum   bytea NOT NULL CHECK (octet_length(checksum) = 32),
            applied_at timestamptz NOT NULL
        );
        """

    private func withClient<R: Sendable>(_ body: (PostgresClient) async throws -> R) async throws -> R {
        let client = PostgresClient(
            configuration: PostgresConfiguration(
                connectionString: connectionString, applicationName: "manicule migrate", poolSize: 1),
            logger: logger)
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }
}
