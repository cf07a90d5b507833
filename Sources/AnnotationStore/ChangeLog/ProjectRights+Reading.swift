import AnnotationModel
import Postgres

extension ProjectRights {
    /// The columns behind `read`, for a query with the project as `p`, the user as `u` and the membership as `m`.
    ///
    /// A subquery reads the assignments only where they decide something.
    static let columns = """
        m.role, m.removed_at IS NOT NULL, coalesce(u.admin AND u.disabled_at IS NULL, false),
        CASE WHEN m.role = 'annotator' AND m.removed_at IS NULL
                AND (p.access = 'assigned' OR p.visibility = 'after_done')
            THEN ARRAY(
                SELECT s.article_id FROM assignments s
                WHERE s.project_id = p.id AND s.user_id = m.user_id AND s.deleted_at IS NULL)
        END,
        CASE WHEN m.role = 'annotator' AND m.removed_at IS NULL AND p.visibility = 'after_done'
            THEN ARRAY(
                SELECT s.article_id FROM assignments s
                WHERE s.project_id = p.id AND s.user_id = m.user_id AND s.deleted_at IS NULL AND s.state = 'done')
        END
        """

    init(_ reader: inout ColumnReader) throws(PostgresError) {
        let role: Role? = try reader.next()
        isRemoved = try reader.next() && role != nil
        self.role = isRemoved ? nil : role
        isAdmin = try reader.next()
        assigned = Set(try reader.next([EntityID]?.self) ?? [])
        done = Set(try reader.next([EntityID]?.self) ?? [])
    }
}

extension Project {
    /// The columns behind `read`, for a query with the project as `p`.
    static let columns = "p.id, p.name, p.title, p.language, p.layers, p.visibility, p.access, p.version"

    init(_ reader: inout ColumnReader) throws(PostgresError) {
        self.init(
            id: try reader.next(), name: try reader.next(), title: try reader.next(), language: try reader.next(),
            layers: try reader.next(), visibility: try reader.next(), access: try reader.next(),
            version: try reader.next())
    }
}

extension LogHead {
    /// The columns behind `read`, for a query with the counter row as `l`.
    static let columns = "l.project_id, l.epoch, l.head, l.head_tag, l.guard_seq, l.horizon, l.horizon_tag"

    init(_ reader: inout ColumnReader) throws(PostgresError) {
        self.init(
            project: try reader.next(), epoch: try reader.next(), head: try reader.next(), headTag: try reader.next(),
            guardSeq: try reader.next(), horizon: try reader.next(), horizonTag: try reader.next())
    }
}
