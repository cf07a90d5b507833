package import AnnotationModel
package import Digest
import Postgres

/// A token for scripts and clients. The secret itself is not stored.
package struct APIToken: Sendable, Hashable {
    package var id: EntityID
    package var userID: EntityID
    package var name: String
    package var scope: TokenScope
    /// The only project it opens; nil: all of its user's.
    package var project: EntityID?
    package var createdAt: Timestamp
    package var expiresAt: Timestamp?
    package var lastUsedAt: Timestamp?
    package var revokedAt: Timestamp?
}

/// What was presented, and whose it is; `isValid` is about the token, not about its user.
package struct TokenIdentity: Sendable, Hashable {
    package var tokenID: EntityID
    package var user: User
    package var scope: TokenScope
    package var project: EntityID?
    package var expiresAt: Timestamp?
    package var isRevoked: Bool
    /// Of a token, as it is written now and then; nil for a session.
    package var lastUsedAt: Timestamp?

    package func isValid(at now: Timestamp) -> Bool { !isRevoked && expiresAt.map { $0 > now } ?? true }
}

/// API tokens.
package struct TokenStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    package func create(
        user: EntityID, name: String, scope: TokenScope, project: EntityID?, expiresAt: Timestamp?,
        sha256: SHA256Digest, audit: AuditLog.Entry
    ) async throws -> APIToken {
        let token = APIToken(
            id: database.ids.id(), userID: user, name: name, scope: scope, project: project,
            createdAt: database.now(), expiresAt: expiresAt)
        let insert: PostgresQuery = """
            INSERT INTO api_tokens (id, user_id, name, token_sha256, scope, project_id, created_at, expires_at)
            VALUES (\(token.id), \(user), \(name), \(sha256), \(scope), \(project), \(token.createdAt), \(expiresAt))
            """
        _ = try await database.client.withConnection { try await $0.pipeline([insert, audit.query(database)]) }
        return token
    }

    /// A user's tokens, oldest first, revoked ones too.
    package func list(user: EntityID) async throws -> [APIToken] {
        let rows = try await database.client.query(
            """
            SELECT id, user_id, name, scope, project_id, created_at, expires_at, last_used_at, revoked_at
            FROM api_tokens WHERE user_id = \(user) ORDER BY id
            """)
        return try rows.map { try APIToken(row: $0) }
    }

    package func find(id: EntityID) async throws -> APIToken? {
        let rows = try await database.client.query(
            """
            SELECT id, user_id, name, scope, project_id, created_at, expires_at, last_used_at, revoked_at
            FROM api_tokens WHERE id = \(id)
            """)
        return try rows.first.map { try APIToken(row: $0) }
    }

    /// The first revocation stands. Nil: no such token.
    package func revoke(id: EntityID, audit: AuditLog.Entry) async throws -> APIToken? {
        try await database.client.withTransaction { transaction in
            let rows = try await transaction.query(
                """
                UPDATE api_tokens SET revoked_at = coalesce(revoked_at, \(database.now())) WHERE id = \(id)
                RETURNING id, user_id, name, scope, project_id, created_at, expires_at, last_used_at, revoked_at
                """)
            guard let row = rows.first else { return nil }
            try await transaction.commit(after: [audit.query(database)])
            return try APIToken(row: row)
        }
    }

    /// One query for token and user; when the token was last used is written at most once a minute.
    package func identify(sha256: SHA256Digest) async throws -> TokenIdentity? {
        let query = PostgresQuery(unsafeSQL: Self.identifySQL, bindings: ChangeLog.bindings(sha256))
        guard let row = try await database.client.query(query).first else { return nil }
        var reader = ColumnReader(row)
        let identity = try TokenIdentity(&reader)
        try await noteUse(of: identity)
        return identity
    }

    private static let identifySQL = """
        SELECT \(User.columns), \(TokenIdentity.tokenColumns)
        FROM api_tokens t JOIN users u ON u.id = t.user_id
        WHERE t.token_sha256 = $1
        """

    /// Whether a token that was shown before still holds, and its user is not disabled; nil: no such token.
    package func isValid(id: EntityID) async throws -> Bool? {
        try await database.client.query(
            """
            SELECT t.revoked_at IS NULL AND u.disabled_at IS NULL
                AND (t.expires_at IS NULL OR t.expires_at > \(database.now()))
            FROM api_tokens t JOIN users u ON u.id = t.user_id
            WHERE t.id = \(id)
            """
        ).decode(Bool.self).first
    }

    /// Writes that a valid token is in use, at most once a minute.
    func noteUse(of identity: TokenIdentity) async throws {
        let now = database.now()
        guard identity.isValid(at: now), identity.lastUsedAt.map({ $0 < now.adding(seconds: -60) }) ?? true else {
            return
        }
        try await touch(identity.tokenID, now)
    }

    private func touch(_ id: EntityID, _ now: Timestamp) async throws {
        do {
            try await database.client.query(
                """
                UPDATE api_tokens SET last_used_at = \(now)
                WHERE id = \(id) AND (last_used_at IS NULL OR last_used_at < \(now.adding(seconds: -60)))
                """)
        } catch let error as PostgresError where error.sqlState == .readOnlyTransaction {
            return  // a standby: the primary will see the token in use too
        }
    }
}

extension APIToken {
    init(row: PostgresRow) throws(PostgresError) {
        self.init(
            id: try row[0], userID: try row[1], name: try row[2], scope: try row[3],
            project: try row[4], createdAt: try row[5], expiresAt: try row[6],
            lastUsedAt: try row[7], revokedAt: try row[8])
    }
}

extension TokenIdentity {
    /// Behind the user's columns, with the token as `t`.
    static let tokenColumns = """
        t.id, t.scope, t.project_id, t.expires_at, t.revoked_at IS NOT NULL, t.last_used_at
        """
    /// The same of a session, which may do all that its user may.
    static let sessionColumns = """
        t.id, 'admin', NULL::uuid, t.expires_at, t.revoked_at IS NOT NULL, NULL::timestamptz
        """

    /// Reads the user's columns, and those of the token or session.
    init(_ reader: inout ColumnReader) throws(PostgresError) {
        let user = try User(row: reader.row, from: reader.column)
        reader.skip(5)
        self.init(
            tokenID: try reader.next(), user: user, scope: try reader.next(), project: try reader.next(),
            expiresAt: try reader.next(), isRevoked: try reader.next(), lastUsedAt: try reader.next())
    }
}
