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

    /// One act as it was written down.
    package struct Record: Sendable, Hashable {
        package var id: EntityID
        package var at: Timestamp
        package var entry: Entry

        /// Where it stands in the list: what the page behind it begins after.
        package var cursor: Cursor { Cursor(at: at, id: id) }
    }

    /// A place in the list.
    package struct Cursor: Sendable, Hashable {
        package var at: Timestamp
        package var id: EntityID

        package init(at: Timestamp, id: EntityID) {
            self.at = at
            self.id = id
        }

        /// Nil where the text is none that a page gave.
        package init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let at = Int64(parts[0]), let id = EntityID(parts[1]) else { return nil }
            self.init(at: Timestamp(microseconds: at), id: id)
        }

        package var text: String { "\(at.microseconds).\(id.text)" }
    }

    /// The newest entries first, of all projects and of the instance, or of one project.
    package func list(project: EntityID? = nil, after: Cursor? = nil, limit: Int) async throws -> Page<Record> {
        var statement = Statement()
        statement.append("SELECT id, at, actor, action, project_id, subject, details FROM audit_log WHERE true")
        if let project { statement.append(" AND project_id = \(statement.bind(project))") }
        if let after {
            statement.append(" AND (at, id) < (\(statement.bind(after.at)), \(statement.bind(after.id)))")
        }
        statement.append(" ORDER BY at DESC, id DESC LIMIT \(statement.bind(limit + 1))")
        let records = try await database.client.query(statement.query).map { row in
            Record(
                id: try row[0], at: try row[1],
                entry: Entry(
                    actor: try row[2], action: try row[3], project: try row[4], subject: try row[5],
                    details: try row[6]))
        }
        return Page(records, limit: limit, key: \.cursor.text)
    }
}
