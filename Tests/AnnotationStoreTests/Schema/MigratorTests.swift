import AnnotationStore
import AnnotationStoreTestSupport
import FailPoints
import Migrations
import Postgres
import PostgresTestSupport
import Testing

/// Serialized: a fail point of the migrator is armed for the whole process.
@Suite("Migrations", .serialized)
struct MigratorTests {
    private func migrator(_ test: TestDatabase, _ migrations: [Migration] = MigrationList.all) -> Migrator {
        Migrator(connectionString: test.connectionString, migrations: migrations, logger: StoreDatabase.logger)
    }

    private func migration(_ number: Int, _ sql: String) -> Migration {
        Migration(number: number, name: "step_\(number)", sql: Array(sql.utf8))
    }

    private func expect(
        _ code: StoreError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
    ) async {
        do {
            try await body()
            Issue.record("nothing was refused", sourceLocation: sourceLocation)
        } catch {
            #expect((error as? StoreError)?.code == code, sourceLocation: sourceLocation)
        }
    }

    @Test("an empty database is too old, is migrated, and is current then")
    func fresh() async throws {
        try await TestDatabase.with { test in
            let migrator = migrator(test)
            await expect(.oldSchema) { try await migrator.check() }
            #expect(try await migrator.status().allSatisfy { $0.appliedAt == nil })
            let applied = try await migrator.migrate()
            #expect(applied.map(\.number) == MigrationList.all.map(\.number))
            try await migrator.check()
            #expect(try await migrator.status().allSatisfy { $0.appliedAt != nil && $0.isKnown })
            #expect(try await migrator.migrate().isEmpty, "the second time nothing is left to do")
        }
    }

    @Test("two migrators at once migrate once")
    func twoAtOnce() async throws {
        try await TestDatabase.with { test in
            let migrator = migrator(test)
            async let first = migrator.migrate()
            async let second = migrator.migrate()
            let applied = try await (first, second)
            #expect((applied.0 + applied.1).map(\.number).sorted() == MigrationList.all.map(\.number))
            try await migrator.check()
        }
    }

    @Test("a database that a newer program has migrated is refused, and left as it is")
    func newer() async throws {
        try await TestDatabase.with { test in
            let newer = migrator(test, [migration(1, "CREATE TABLE a ()"), migration(2, "CREATE TABLE b ()")])
            let older = migrator(test, [migration(1, "CREATE TABLE a ()")])
            // Both have a first step of their own, so that roles.sql has something to name.
            try await Self.prepare(test)
            try await newer.migrate()
            await expect(.newerSchema) { try await older.check() }
            await expect(.newerSchema) { try await older.migrate() }
            #expect(try await older.status().map(\.isKnown) == [true, false])
        }
    }

    @Test("a migration that is not the one the database has is refused")
    func changed() async throws {
        try await TestDatabase.with { test in
            try await Self.prepare(test)
            try await migrator(test, [migration(1, "CREATE TABLE a ()")]).migrate()
            let other = migrator(test, [migration(1, "CREATE TABLE a (b text)"), migration(2, "CREATE TABLE c ()")])
            await expect(.checksumMismatch) { try await other.check() }
            await expect(.checksumMismatch) { try await other.migrate() }
            #expect(try await test.client().query("SELECT to_regclass('c') IS NULL").decode(Bool.self) == [true])
        }
    }

    @Test("a migration that fails leaves nothing of itself and all before it; the corrected one goes on from there")
    func failing() async throws {
        try await TestDatabase.with { test in
            try await Self.prepare(test)
            let first = migration(1, "CREATE TABLE a ()")
            let broken = migrator(test, [first, migration(2, "CREATE TABLE b (); SELECT 1 / 0")])
            await #expect(throws: PostgresError.self) { try await broken.migrate() }
            let tables = try await test.client().query("SELECT to_regclass('a') IS NOT NULL, to_regclass('b') IS NULL")
            let (hasFirst, lacksSecond) = try #require(try tables.decode((Bool, Bool).self).first)
            #expect(hasFirst && lacksSecond)
            let applied = try await migrator(test, [first, migration(2, "CREATE TABLE b ()")]).migrate()
            #expect(applied.map(\.number) == [2])
        }
    }

    @Test("stopped between two migrations, it goes on where it stopped")
    func stopped() async throws {
        _ = try await StoreDatabase.Template.shared.name()
        try await TestDatabase.with { test in
            try await Self.prepare(test)
            let migrator = migrator(
                test, [migration(1, "CREATE TABLE a ()"), migration(2, "CREATE TABLE b ()")])
            FailPoints.arm(.migrateBetween, hit: 1, action: .error)
            await #expect(throws: FailPointError.self) { try await migrator.migrate() }
            FailPoints.disarm(.migrateBetween)
            #expect(try await migrator.status().map { $0.appliedAt != nil } == [true, false])
            await expect(.oldSchema) { try await migrator.check() }
            #expect(try await migrator.migrate().map(\.number) == [2])
            try await migrator.check()
        }
    }

    @Test("a server without the extensions that search needs is told which package has them, and stays as it was")
    func missingExtension() async throws {
        try await TestDatabase.with { test in
            try await migrator(test, Array(MigrationList.all.prefix(1))).migrate()
            // What the migration looks into, before the server's own list.
            try await test.client().withConnection {
                try await $0.execute(
                    unsafeSQL: """
                        CREATE VIEW public.pg_available_extensions AS SELECT 'btree_gin' AS name;
                        ALTER DATABASE "\(test.name)" SET search_path = public, pg_catalog
                        """)
            }
            do {
                try await migrator(test).migrate()
                Issue.record("nothing was refused")
            } catch {
                let message = (error as? PostgresError)?.message ?? "\(error)"
                #expect(message.contains("unaccent") && message.contains("postgresql-contrib"), "\(message)")
                #expect(!message.contains("btree_gin"))
            }
            #expect(try await migrator(test).status().map { $0.appliedAt != nil }.prefix(2) == [true, false])
        }
    }

    /// The tables that roles.sql names.
    private static func prepare(_ test: TestDatabase) async throws {
        try await test.client().withConnection {
            try await $0.execute(unsafeSQL: "CREATE TABLE changes (); CREATE TABLE audit_log ()")
        }
    }
}
