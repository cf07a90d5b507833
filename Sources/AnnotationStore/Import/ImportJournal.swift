package import AnnotationModel
package import JSONText
import Postgres

/// Which imports ran: one row each, finished or not.
package struct ImportJournal: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package func begin(project: EntityID, actor: String) async throws -> EntityID {
        let id = database.ids.id()
        try await database.client.query(
            """
            INSERT INTO imports (project_id, id, actor, started_at)
            VALUES (\(project), \(id), \(actor), \(database.ids.now()))
            """)
        return id
    }

    package func finish(_ id: EntityID, project: EntityID, summary: JSONObject) async throws {
        try await database.client.query(
            """
            UPDATE imports SET finished_at = \(database.ids.now()),
                   summary = \(PostgresJSONB(bytes: JSONValue.object(summary).canonicalBytes()))
            WHERE project_id = \(project) AND id = \(id)
            """)
    }

    /// Whether a project has any article, deleted ones too.
    package func hasArticles(project: EntityID) async throws -> Bool {
        let rows = try await database.client.query(
            "SELECT EXISTS (SELECT FROM articles WHERE project_id = \(project))")
        return try rows.decode(Bool.self).first ?? false
    }
}
