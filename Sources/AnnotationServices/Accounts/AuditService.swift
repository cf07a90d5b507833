import AnnotationModel
package import AnnotationStore
import SyncProtocol

/// Reads what administrators and managers did, newest first.
package struct AuditService: Sendable {
    private let log: AuditLog

    init(database: Database) { log = AuditLog(database) }

    /// Everything, for administrators.
    package func list(
        after: String? = nil, limit: Int, by principal: Principal
    ) async throws -> Page<AuditLog.Record> {
        try principal.requireAdmin()
        return try await log.list(after: try Self.cursor(after), limit: limit)
    }

    /// What was done in one project, for its managers.
    package func list(
        _ access: ProjectAccess, after: String? = nil, limit: Int
    ) async throws -> Page<AuditLog.Record> {
        try access.requireManager()
        return try await log.list(project: access.project.id, after: try Self.cursor(after), limit: limit)
    }

    private static func cursor(_ text: String?) throws(Problem) -> AuditLog.Cursor? {
        guard let text else { return nil }
        guard let cursor = AuditLog.Cursor(text) else {
            throw .malformed("after must be the “next” of a page of this list")
        }
        return cursor
    }
}
