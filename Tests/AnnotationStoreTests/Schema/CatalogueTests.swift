import AnnotationStore
import AnnotationStoreTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite("The catalogue keeps the rules of the schema")
struct CatalogueTests {
    /// Tables of the instance: reference tables and local ones. All others belong to projects.
    private static let instanceTables: Set<String> = [
        "users", "projects", "clients", "api_tokens", "sessions", "login_attempts", "audit_log", "history_identity",
        "schema_migrations",
    ]

    @Test("every table of a project has project_id first in its primary key and in every unique constraint")
    func keys() async throws {
        try await StoreDatabase.with { database, _ in
            let rows = try await database.client.query(
                """
                SELECT t.relname::text, i.indisprimary,
                    (SELECT a.attname::text FROM pg_attribute a
                        WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0])
                FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
                WHERE t.relnamespace = 'public'::regnamespace AND i.indisunique
                """)
            var withKey: Set<String> = []
            for (table, isPrimary, first) in try rows.decode((String, Bool, String).self)
            where !Self.instanceTables.contains(table) {
                #expect(first == "project_id", "\(table)")
                if isPrimary { withKey.insert(table) }
            }
            let all = Set(
                try await database.client.query(
                    """
                    SELECT relname::text FROM pg_class
                    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                    """
                ).decode(String.self))
            #expect(withKey == all.subtracting(Self.instanceTables))
            #expect(withKey.count > 10)
        }
    }

    @Test("every foreign key between tables of projects carries project_id first on both sides")
    func foreignKeys() async throws {
        try await StoreDatabase.with { database, _ in
            let rows = try await database.client.query(
                """
                SELECT t.relname::text, r.relname::text,
                    (SELECT attname::text FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[1]),
                    (SELECT attname::text FROM pg_attribute WHERE attrelid = c.confrelid AND attnum = c.confkey[1])
                FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
                WHERE c.contype = 'f'
                """)
            var checked = 0
            for (table, other, from, to) in try rows.decode((String, String, String, String).self) {
                if Self.instanceTables.contains(other) { continue }
                #expect(!Self.instanceTables.contains(table), "\(table) points into a project")
                #expect(from == "project_id" && to == "project_id", "\(table) → \(other)")
                checked += 1
            }
            #expect(checked > 5)
        }
    }

    @Test("the server's role owns nothing, changes no schema, and rewrites no history", .timeLimit(.minutes(5)))
    func serverRole() async throws {
        try await StoreDatabase.with { database, test in
            try await database.client.withConnection {
                try await $0.execute(unsafeSQL: "CREATE ROLE manicule_server LOGIN PASSWORD 'only-for-this-test'")
            }
            try await Migrator(connectionString: test.connectionString, logger: StoreDatabase.logger).migrate()
            func state(_ sql: String) async -> SQLState? {
                do {
                    try await database.client.withTransaction { transaction in
                        try await transaction.query("SET LOCAL ROLE manicule_server")
                        try await transaction.query(PostgresQuery(unsafeSQL: sql, isPrepared: false))
                    }
                    return nil
                } catch {
                    return (error as? PostgresError)?.sqlState
                }
            }
            for forbidden in [
                "CREATE TABLE mine ()", "ALTER TABLE users ADD COLUMN mine text", "DROP TABLE sessions",
                "CREATE INDEX ON users (admin)", "TRUNCATE changes", "UPDATE changes SET seq = 0",
                "UPDATE audit_log SET actor = ''", "DELETE FROM audit_log",
                "INSERT INTO schema_migrations VALUES (99, '', '', now())", "DELETE FROM schema_migrations",
            ] {
                let found = await state(forbidden)
                #expect(found == .insufficientPrivilege, "\(forbidden)")
            }
            for allowed in [
                "SELECT * FROM changes", "DELETE FROM changes", "UPDATE project_log SET head = head",
                "SELECT * FROM schema_migrations", "DELETE FROM sessions",
                // The index of searches is the server's to keep.
                "INSERT INTO article_search SELECT gen_random_uuid(), gen_random_uuid(), 1, '', 'simple', ''",
                "SELECT search_document(search_config('fr'), 'é', 'l’été')", "DELETE FROM search_progress",
                // What every connection asks for the identity of the history.
                "SELECT system_identifier FROM pg_control_system()", "SELECT pg_walfile_name(pg_current_wal_lsn())",
                "UPDATE history_identity SET timeline = timeline",
            ] {
                let found = await state(allowed)
                #expect(found == nil, "\(allowed)")
            }
            let owned = try await database.client.query(
                "SELECT count(*) FROM pg_class WHERE relowner = 'manicule_server'::regrole"
            ).decode(Int.self)
            #expect(owned == [0])
            // The role is the server's, and databases of other tests that were migrated meanwhile know it: until they go.
            var isThere = true
            while isThere {
                do {
                    try await database.client.withConnection {
                        try await $0.execute(unsafeSQL: "DROP OWNED BY manicule_server; DROP ROLE manicule_server")
                    }
                    isThere = false
                } catch let error as PostgresError where error.sqlState?.rawValue == "2BP01" {
                    await Task.yield()
                }
            }
        }
    }
}
