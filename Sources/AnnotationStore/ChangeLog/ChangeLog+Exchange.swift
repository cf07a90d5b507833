package import AnnotationModel
import Postgres
package import SyncProtocol

/// What an exchange is checked against before anything of it is applied.
package struct ExchangeStart: Sendable {
    package var head: LogHead
    /// The tag at the client's `since`; nil at 0 and where it is not known.
    package var tagAtSince: Tag?
    /// Whose client it is; nil: never registered.
    package var clientOwner: EntityID?
    /// The last mutation of the client that the project knows; 0 before the first.
    package var lastMutation: Int64
}

extension ChangeLog {
    /// The log's head and the client's place in it, in one statement. Nil where there is no such project.
    package func exchangeStart(
        project: EntityID, client: EntityID, since: Int64
    ) async throws -> ExchangeStart? {
        let rows = try await database.client.query(
            PostgresQuery(unsafeSQL: Self.exchangeStartSQL, bindings: Self.bindings(project, client, since)))
        guard let row = rows.first else { return nil }
        var reader = ColumnReader(row)
        let head = try LogHead(&reader)
        let tag: Tag? = try reader.next() ?? (since == head.horizon ? head.horizonTag : nil)
        return ExchangeStart(
            head: head, tagAtSince: tag, clientOwner: try reader.next(), lastMutation: try reader.next())
    }

    private static let exchangeStartSQL = """
        SELECT \(LogHead.columns), (SELECT s.tag FROM changes s WHERE s.project_id = $1 AND s.seq = $3),
            c.user_id, coalesce(g.last_mutation, 0)
        FROM project_log l
        LEFT JOIN clients c ON c.id = $2
        LEFT JOIN client_progress g ON g.project_id = $1 AND g.client_id = $2
        WHERE l.project_id = $1
        """

    /// The ids of a project's articles, deleted ones too, at most so many.
    package func articleIDs(project: EntityID, limit: Int) async throws -> [EntityID] {
        try await database.client.query(
            "SELECT id FROM articles WHERE project_id = \(project) ORDER BY id LIMIT \(limit)"
        ).decode(EntityID.self)
    }
}
