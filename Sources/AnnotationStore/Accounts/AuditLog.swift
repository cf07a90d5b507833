package import AnnotationModel
package import JSONText
package import Postgres

/// What administrators did, appended to and never changed.
package struct AuditLog: Sendable {
    /// One act.
    package struct Entry: Sendable, Hashable {
        /// `cli:OSUSER`, or the user's name.
        package var actor: String
        /// A noun and a verb: `user.add`.
        package var action: String
        package var project: EntityID?
        /// The name or id of what it was done to.
        package var subject: String?
        package var details: JSONObject

        package init(
            actor: String, action: String, project: EntityID? = nil, subject: String? = nil,
            details: JSONObject = JSONObject()
        ) {
            self.actor = actor
            self.action = action
            self.project = project
            self.subject = subject
            self.details = details
        }

        /// Writes the entry in the transaction of the act.
        package func query(_ database: Database) -> PostgresQuery {
            """
            INSERT INTO audit_log (id, at, actor, action, project_id, subject, details)
            VALUES (\(database.ids.id()), \(database.now()), \(actor), \(action), \(project), \(subject), \(details))
            """
        }
    }

    private let database: Database

    package init(_ database: Database) { self.database = database }

    package func append(
        actor: String, action: String, project: EntityID? = nil, subject: String? = nil,
        details: JSONObject = JSONObject()
    ) async throws {
        try await database.client.query(
            Entry(actor: actor, action: action, project: project, subject: subject, details: details).query(database))
    }

    /// The newest entries first.
    package func list(limit: Int) async throws -> [(at: Timestamp, entry: Entry)] {
        let rows = try await database.client.query(
            """
            SELECT at, actor, action, project_id, subject, details FROM audit_log
            ORDER BY at DESC, id DESC
            LIMIT \(limit)
            """)
        return try rows.map { row in
            let (at, actor, action, project, subject, details) = try row.decode(
                (Timestamp, String, String, EntityID?, String?, JSONObject).self)
            return (at, Entry(actor: actor, action: action, project: project, subject: subject, details: details))
        }
    }
}
