package import AnnotationModel
package import Digest
import Postgres

/// Logins by password.
package struct SessionStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package func create(user: EntityID, sha256: SHA256Digest, expiresAt: Timestamp) async throws -> EntityID {
        let id = database.ids.id()
        try await database.client.query(
            """
            INSERT INTO sessions (id, user_id, token_sha256, created_at, expires_at)
            VALUES (\(id), \(user), \(sha256), \(database.now()), \(expiresAt))
            """)
        return id
    }

    /// One query for session and user. A session may do all that its user may.
    package func identify(sha256: SHA256Digest) async throws -> TokenIdentity? {
        var statement = Statement()
        statement.append(
            """
            SELECT \(User.columns), \(TokenIdentity.sessionColumns)
            FROM sessions t JOIN users u ON u.id = t.user_id
            WHERE t.token_sha256 = \(statement.bind(sha256))
            """)
        guard let row = try await database.client.query(statement.query).first else { return nil }
        var reader = ColumnReader(row)
        return try TokenIdentity(&reader)
    }

    /// Whether a session that was shown before still holds, and its user is not disabled; nil: no such session.
    package func isValid(id: EntityID) async throws -> Bool? {
        try await database.client.query(
            """
            SELECT t.revoked_at IS NULL AND u.disabled_at IS NULL
                AND (t.expires_at IS NULL OR t.expires_at > \(database.now()))
            FROM sessions t JOIN users u ON u.id = t.user_id
            WHERE t.id = \(id)
            """
        ).decode(Bool.self).first
    }

    package func revoke(_ id: EntityID) async throws {
        try await database.client.query(
            "UPDATE sessions SET revoked_at = \(database.now()) WHERE id = \(id) AND revoked_at IS NULL")
    }

    /// Deletes what ended more than a day ago.
    package func prune() async throws {
        let yesterday = database.now().adding(seconds: -86_400)
        try await database.client.query("DELETE FROM sessions WHERE expires_at < \(yesterday)")
    }
}
