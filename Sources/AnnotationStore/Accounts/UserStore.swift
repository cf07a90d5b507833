package import AnnotationModel
import Postgres

/// The accounts of the instance.
package struct UserStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// Throws `StoreError.conflict("name")` where the name is taken. `audit` is written with it.
    @discardableResult
    package func add(
        name: String, passwordHash: String?, isAdmin: Bool, audit: AuditLog.Entry? = nil
    ) async throws -> User {
        let user = User(id: database.ids.id(), name: name, isAdmin: isAdmin, createdAt: database.now())
        let insert: PostgresQuery = """
            INSERT INTO users (id, name, password_hash, admin, created_at)
            VALUES (\(user.id), \(name), \(passwordHash), \(isAdmin), \(user.createdAt))
            """
        do {
            _ = try await database.client.withConnection { connection in
                try await connection.pipeline([insert] + [audit?.query(database)].compactMap { $0 })
            }
        } catch let error as PostgresError where error.constraint == "users_name_key" {
            throw StoreError(.conflict("name"), "there is a user \(name) already; choose another name")
        }
        return user
    }

    package func find(name: String) async throws -> User? {
        try await first("SELECT u.id, u.name, u.admin, u.disabled_at, u.created_at FROM users u WHERE u.name = \(name)")
    }

    package func find(id: EntityID) async throws -> User? {
        try await first("SELECT u.id, u.name, u.admin, u.disabled_at, u.created_at FROM users u WHERE u.id = \(id)")
    }

    /// By name, ordered by its bytes.
    package func list(after name: String?, limit: Int) async throws -> Page<User> {
        let rows = try await database.client.query(
            """
            SELECT u.id, u.name, u.admin, u.disabled_at, u.created_at FROM users u
            WHERE u.name > \(name ?? "")
            ORDER BY u.name
            LIMIT \(limit + 1)
            """)
        return Page(try rows.map { try User(row: $0) }, limit: limit, key: \.name)
    }

    /// The user and the hash of the password, which an account may lack.
    package func credentials(name: String) async throws -> (user: User, passwordHash: String?)? {
        let rows = try await database.client.query(
            """
            SELECT u.id, u.name, u.admin, u.disabled_at, u.created_at, u.password_hash FROM users u
            WHERE u.name = \(name)
            """)
        guard let row = rows.first else { return nil }
        return (try User(row: row), try row[5])
    }

    /// Disabling ends the user's sessions too; tokens work again once the account does.
    package func setDisabled(_ id: EntityID, _ flag: Bool, audit: AuditLog.Entry) async throws -> User? {
        try await change(
            id, audit: audit, endsSessions: flag,
            """
            UPDATE users u SET disabled_at = CASE WHEN \(flag) THEN coalesce(u.disabled_at, \(database.now())) END
            WHERE u.id = \(id)
            RETURNING u.id, u.name, u.admin, u.disabled_at, u.created_at
            """)
    }

    package func setAdmin(_ id: EntityID, _ flag: Bool, audit: AuditLog.Entry) async throws -> User? {
        try await change(
            id, audit: audit, endsSessions: false,
            """
            UPDATE users u SET admin = \(flag) WHERE u.id = \(id)
            RETURNING u.id, u.name, u.admin, u.disabled_at, u.created_at
            """)
    }

    /// Nil takes the password away. Sessions begun with the old one end, but for the one that is kept.
    package func setPassword(
        _ id: EntityID, hash: String?, keeping session: EntityID? = nil, audit: AuditLog.Entry
    ) async throws -> User? {
        try await change(
            id, audit: audit, endsSessions: true, keeping: session,
            """
            UPDATE users u SET password_hash = \(hash) WHERE u.id = \(id)
            RETURNING u.id, u.name, u.admin, u.disabled_at, u.created_at
            """)
    }

    /// Replaces the hash of the same password, made with other parameters.
    package func rehash(_ id: EntityID, from old: String, to new: String) async throws {
        try await database.client.query(
            "UPDATE users SET password_hash = \(new) WHERE id = \(id) AND password_hash = \(old)")
    }

    private func change(
        _ id: EntityID, audit: AuditLog.Entry, endsSessions: Bool, keeping session: EntityID? = nil,
        _ update: PostgresQuery
    ) async throws -> User? {
        try await database.client.withTransaction { transaction in
            guard let row = try await transaction.query(update).first else { return nil }
            var rest = [audit.query(database)]
            if endsSessions {
                rest.append(
                    """
                    UPDATE sessions SET revoked_at = \(database.now())
                    WHERE user_id = \(id) AND revoked_at IS NULL AND id IS DISTINCT FROM \(session)
                    """)
            }
            try await transaction.commit(after: rest)
            return try User(row: row)
        }
    }

    private func first(_ query: PostgresQuery) async throws -> User? {
        try await database.client.query(query).first.map { try User(row: $0) }
    }
}
