package import AnnotationModel
package import Postgres
package import SyncEngine

/// A project with the place its log has come to.
package struct ProjectRecord: Sendable, Hashable {
    package var project: Project
    package var head: Int64
    package var epoch: EntityID
    package var createdAt: Timestamp
}

/// The projects of the instance.
package struct ProjectStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// Makes the project and the start of its log: `plan` puts the project's own row first, then members and labels.
    ///
    /// Throws `StoreError.conflict("name")` where the name is taken.
    package func create(
        _ project: Project, plan: WritePlan, by user: EntityID, log: ChangeLog, audit: AuditLog.Entry
    ) async throws -> ProjectRecord {
        let createdAt = database.now()
        let epoch = database.ids.id()
        do {
            return try await database.client.withTransaction(ChangeLog.transactionOptions) { transaction in
                try await transaction.pipeline([
                    """
                    INSERT INTO projects (id, name, title, language, layers, visibility, access, version, created_at)
                    VALUES (\(project.id), \(project.name), \(project.title), \(project.language), \(project.layers),
                        \(project.visibility), \(project.access), 0, \(createdAt))
                    """,
                    "INSERT INTO project_log (project_id, epoch) VALUES (\(project.id), \(epoch))",
                    audit.query(database),
                ])
                let opened = try await log.open(transaction, project: project.id, user: user, client: nil)
                let committed = try await log.commit(transaction, plan, opened: opened, raisesGuard: true)
                guard let committed else {
                    throw StoreError(.contention, "the project \(project.name) could not be written; try again")
                }
                var stored = project
                stored.version = committed.base + 1
                return ProjectRecord(project: stored, head: committed.head, epoch: epoch, createdAt: createdAt)
            }
        } catch let error as PostgresError where error.constraint == "projects_name_key" {
            throw StoreError(.conflict("name"), "there is a project \(project.name) already; choose another name")
        }
    }

    /// A project by its id, or else by its name, and what the user may do there. One query.
    package func find(
        _ reference: String, user: EntityID
    ) async throws -> (record: ProjectRecord, rights: ProjectRights)? {
        var statement = Statement()
        statement.append(
            """
            SELECT \(Self.columns), \(ProjectRights.columns)
            FROM projects p
            JOIN project_log l ON l.project_id = p.id
            LEFT JOIN users u ON u.id = \(statement.bind(user))
            LEFT JOIN members m ON m.project_id = p.id AND m.user_id = \(statement.bind(user))
            WHERE
            """)
        if let id = EntityID(reference) {
            statement.append(" p.id = \(statement.bind(id))")
        } else {
            statement.append(" p.name = \(statement.bind(reference))")
        }
        guard let row = try await database.client.query(statement.query).first else { return nil }
        var reader = ColumnReader(row)
        let record = try ProjectRecord(&reader)
        return (record, try ProjectRights(&reader))
    }

    /// By name, ordered by its bytes; those of which `member` is one, or all.
    package func list(member: EntityID?, after name: String?, limit: Int) async throws -> Page<ProjectRecord> {
        var statement = Statement()
        statement.append("SELECT \(Self.columns) FROM projects p JOIN project_log l ON l.project_id = p.id")
        if let member {
            statement.append(
                """
                 JOIN members m ON m.project_id = p.id AND m.user_id = \(statement.bind(member)) AND m.removed_at IS NULL
                """)
        }
        statement.append(
            " WHERE p.name > \(statement.bind(name ?? "")) ORDER BY p.name LIMIT \(statement.bind(limit + 1))")
        let rows = try await database.client.query(statement.query)
        let records = try rows.map { row in
            var reader = ColumnReader(row)
            return try ProjectRecord(&reader)
        }
        return Page(records, limit: limit, key: \.project.name)
    }

    /// Whether anything was ever annotated in a project.
    package func hasAnnotations(_ transaction: PostgresTransaction, project: EntityID) async throws -> Bool {
        let rows = try await transaction.query(
            "SELECT EXISTS (SELECT FROM annotations WHERE project_id = \(project))")
        return try rows.decode(Bool.self).first ?? false
    }

    static let columns = "\(Project.columns), l.head, l.epoch, p.created_at"
}

extension ProjectRecord {
    init(_ reader: inout ColumnReader) throws(PostgresError) {
        self.init(
            project: try Project(&reader), head: try reader.next(), epoch: try reader.next(),
            createdAt: try reader.next())
    }
}
