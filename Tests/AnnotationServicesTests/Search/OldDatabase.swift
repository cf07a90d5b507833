import AnnotationStore
import AnnotationStoreTestSupport
import Migrations
import PostgresTestSupport

/// A database with the first migration only, and what brings it up to date.
enum OldDatabase {
    static func with(_ body: (Database, () async throws -> Void) async throws -> Void) async throws {
        try await TestDatabase.with { test in
            try await Migrator(
                connectionString: test.connectionString, migrations: Array(MigrationList.all.prefix(1)),
                logger: StoreDatabase.logger
            ).migrate()
            let database = Database(connectionString: test.connectionString, logger: StoreDatabase.logger)
            do {
                try await body(database) {
                    let applied = try await Migrator(
                        connectionString: test.connectionString, logger: StoreDatabase.logger
                    ).migrate()
                    guard applied.count == MigrationList.all.count - 1 else { throw NothingToDo() }
                }
                await database.close()
            } catch {
                await database.close()
                throw error
            }
        }
    }

    private struct NothingToDo: Error {}
}
