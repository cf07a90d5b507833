import AnnotationModel
package import Digest
import Postgres

/// Looks up together what nearly every request asks first: whose token or session this is, and what its user may do in
/// the project of the path. One query.
package struct EntryStore: Sendable {
    /// What was shown.
    package enum Secret: Sendable { case token, session }

    /// Whose it is, and the project where there is one of that name or id.
    package struct Entry: Sendable {
        package var identity: TokenIdentity
        package var project: (record: ProjectRecord, rights: ProjectRights)?
    }

    private let database: Database

    package init(_ database: Database) { self.database = database }

    package func find(
        _ secret: Secret, sha256: SHA256Digest, project reference: String
    ) async throws -> Entry? {
        let query =
            if let id = EntityID(reference) {
                PostgresQuery(unsafeSQL: Self.byID[secret], bindings: ChangeLog.bindings(sha256, id))
            } else {
                PostgresQuery(unsafeSQL: Self.byName[secret], bindings: ChangeLog.bindings(sha256, reference))
            }
        guard let row = try await database.client.query(query).first else { return nil }
        var reader = ColumnReader(row)
        let identity = try TokenIdentity(&reader)
        if case .token = secret { try await TokenStore(database).noteUse(of: identity) }
        guard try reader.next(Bool.self) else { return Entry(identity: identity, project: nil) }
        let record = try ProjectRecord(&reader)
        return Entry(identity: identity, project: (record, try ProjectRights(&reader)))
    }

    // MARK: The statements, made once

    private struct Texts {
        let token: String
        let session: String

        subscript(secret: Secret) -> String {
            switch secret {
            case .token: token
            case .session: session
            }
        }
    }

    private static let byID = texts("p.id = $2")
    private static let byName = texts("p.name = $2")

    private static func texts(_ condition: String) -> Texts {
        func text(_ columns: String, _ table: String) -> String {
            """
            SELECT \(User.columns), \(columns), p.id IS NOT NULL, \(ProjectStore.columns), \(ProjectRights.columns)
            FROM \(table) t
            JOIN users u ON u.id = t.user_id
            LEFT JOIN projects p ON \(condition)
            LEFT JOIN project_log l ON l.project_id = p.id
            LEFT JOIN members m ON m.project_id = p.id AND m.user_id = u.id
            WHERE t.token_sha256 = $1
            """
        }
        return Texts(
            token: text(TokenIdentity.tokenColumns, "api_tokens"),
            session: text(TokenIdentity.sessionColumns, "sessions"))
    }
}
