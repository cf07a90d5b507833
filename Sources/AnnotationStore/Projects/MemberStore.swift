package import AnnotationModel
package import Postgres

/// Who belongs to a project.
package struct MemberStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// The members by name, without those who were removed.
    package func list(project: EntityID) async throws -> [Member] {
        let rows = try await database.client.query(
            """
            SELECT t.user_id, u.name, t.role, t.version
            FROM members t JOIN users u ON u.id = t.user_id
            WHERE t.project_id = \(project) AND t.removed_at IS NULL
            ORDER BY u.name
            """)
        return try rows.decode((EntityID, String, Role, Int64).self).map { id, name, role, version in
            Member(id: id, name: name, role: role, version: version)
        }
    }

    /// All who are or were members, by name.
    package func everybody(project: EntityID) async throws -> [(id: EntityID, name: String)] {
        try await database.client.query(
            """
            SELECT t.user_id, u.name FROM members t JOIN users u ON u.id = t.user_id
            WHERE t.project_id = \(project) ORDER BY u.name
            """
        ).decode((EntityID, String).self).map { (id: $0.0, name: $0.1) }
    }

    /// One member, also a removed one, as it stands within a transaction.
    package func find(
        _ transaction: PostgresTransaction, project: EntityID, user: EntityID
    ) async throws -> (member: Member, isRemoved: Bool)? {
        let rows = try await transaction.query(
            """
            SELECT t.user_id, u.name, t.role, t.version, t.removed_at IS NOT NULL
            FROM members t JOIN users u ON u.id = t.user_id
            WHERE t.project_id = \(project) AND t.user_id = \(user)
            """)
        guard let row = rows.first else { return nil }
        let (id, name, role, version, isRemoved) = try row.decode((EntityID, String, Role, Int64, Bool).self)
        return (Member(id: id, name: name, role: role, version: version), isRemoved)
    }
}
