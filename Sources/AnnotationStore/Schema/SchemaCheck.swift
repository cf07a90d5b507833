import AnnotationModel
import Digest
package import Migrations
package import Postgres

/// Whether a database has the schema that this program was made for.
package struct SchemaCheck: Sendable {
    package let migrations: [Migration]

    package init(migrations: [Migration] = MigrationList.all) {
        self.migrations = migrations
    }

    /// Works with any role that may read `schema_migrations`.
    /// - Throws: `StoreError`: `oldSchema`, `newerSchema` or `checksumMismatch`.
    package func run(_ client: PostgresClient) async throws {
        let applied = try await Self.applied(client)
        try MigrationState.check(known: migrations, applied: applied)
        let missing = migrations.filter { migration in !applied.contains { $0.number == migration.number } }
        guard let first = missing.first else { return }
        throw StoreError(
            .oldSchema,
            "the database lacks \(missing.count == 1 ? "the migration" : "\(missing.count) migrations, from") "
                + "\(first.number) (\(first.name)); run “manicule migrate”")
    }

    static func applied(_ client: PostgresClient) async throws -> [MigrationState] {
        try await client.withConnection { try await applied($0) }
    }

    static func applied(_ connection: PostgresConnection) async throws -> [MigrationState] {
        do {
            let rows = try await connection.query(
                "SELECT number, name, checksum, applied_at FROM schema_migrations ORDER BY number")
            return try rows.decode((Int, String, SHA256Digest, Timestamp).self).map { number, name, checksum, at in
                MigrationState(number: number, name: name, checksum: checksum, appliedAt: at, isKnown: false)
            }
        } catch let error as PostgresError where error.sqlState == .undefinedTable {
            return []
        }
    }
}
