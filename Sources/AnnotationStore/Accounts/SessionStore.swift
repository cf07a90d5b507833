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
        let rows = try await database.client.query(
            """
            SELECT u.id, u.name, u.admin, u.disabled_at, u.created_at, s.id, s.expires_at, s.revoked_at IS NOT NULL
            FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.token_sha256 = \(sha256)
            """)
        guard let row = rows.first else { return nil }
        return TokenIdentity(
            tokenID: try row[5], user: try User(row: row), scope: .admin, project: nil,
            expiresAt: try row[6], isRevoked: try row[7])
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
