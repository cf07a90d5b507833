import Postgres

/// What an instance holds, in numbers.
package struct InstanceCounts: Sendable {
    package var postgresVersion: String
    /// The number of the last migration.
    package var schema: Int
    package var rows: [(name: String, count: Int64)]

    package static func read(_ database: Database) async throws -> InstanceCounts {
        let results = try await database.client.query(
            """
            SELECT current_setting('server_version'), (SELECT max(number) FROM schema_migrations),
                   (SELECT count(*) FROM users), (SELECT count(*) FROM projects),
                   (SELECT count(*) FROM articles WHERE deleted_at IS NULL),
                   (SELECT count(*) FROM annotations WHERE deleted_at IS NULL),
                   (SELECT count(*) FROM conflicts WHERE state = 'open'),
                   (SELECT count(*) FROM clients)
            """)
        guard let row = results.first else { throw StoreError(.damaged, "the database answers nothing") }
        let (version, schema, users, projects, articles, annotations, conflicts, clients) = try row.decode(
            (String, Int, Int64, Int64, Int64, Int64, Int64, Int64).self)
        return InstanceCounts(
            postgresVersion: version, schema: schema,
            rows: [
                ("users", users), ("projects", projects), ("articles", articles), ("annotations", annotations),
                ("open_conflicts", conflicts), ("clients", clients),
            ])
    }
}
