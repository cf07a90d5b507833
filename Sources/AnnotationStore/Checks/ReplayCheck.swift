import AnnotationModel
import Postgres
import SyncEngine
import SyncProtocol

/// Compares the rows of one project with its log, both ways. A row's version is the seq of its last entry, so that
/// either side finds its other by a key, and nothing has to be sorted or held.
struct ReplayCheck {
    let database: Database
    let project: EntityID

    private static let rowPage = 1000
    private static let logPage: Int64 = 10_000

    // MARK: From the rows to the log

    /// Every row above the horizon stands in the log at its version, byte for byte as it is rebuilt from its table.
    func compareRows(_ observer: CheckObserver) async throws -> Int {
        var count = 0
        for kind in SnapshotPosition.kinds {
            var key: String?
            var done: Int64 = 0
            repeat {
                try Task.checkCancellation()
                let page = try await compareRows(kind, after: key)
                for finding in page.findings { try await observer.found(finding) }
                count += page.findings.count
                done += Int64(page.rows)
                key = page.last
                try await observer.progress(
                    CheckProgress(project: project, table: RowColumns.table(kind), done: done))
            } while key != nil
        }
        return count
    }

    private func compareRows(
        _ kind: EntityKind, after key: String?
    ) async throws -> (findings: [Finding], rows: Int, last: String?) {
        let rows = try await database.client.query(pageQuery(kind, after: key))
        var findings: [Finding] = []
        var last: String?
        var count = 0
        func compare(_ row: Row, _ reader: ColumnReader, hash: Int64?) throws {
            var reader = reader
            let entry = try Entry(&reader)
            count += 1
            last = row.wireID
            if let problem = entry.problem(row) {
                findings.append(
                    Finding(
                        check: problem.check, project: project, id: row.wireID,
                        message: "\(kind.rawValue): \(problem.message)"))
            }
            if case .annotation(let annotation) = row, annotation.contentHash != hash {
                findings.append(
                    Finding(
                        check: "content-hash", project: project, id: row.wireID,
                        message: "its content hash is not that of its content"))
            }
        }
        if kind == .annotation {
            for item in try AnnotationRows.read(rows) {
                let reader = ColumnReader(item.row, from: AnnotationRows.columnCount)
                try compare(.annotation(item.annotation), reader, hash: item.contentHash)
            }
        } else {
            for row in rows {
                var reader = ColumnReader(row)
                let value = try RowColumns.read(kind, &reader)
                try compare(value, ColumnReader(row, from: row.columnCount - Entry.columnCount), hash: nil)
            }
        }
        return (findings, count, count < Self.rowPage ? nil : last)
    }

    private func pageQuery(_ kind: EntityKind, after key: String?) -> PostgresQuery {
        var statement = Statement()
        let column =
            switch kind {
            case .member: "t.user_id"
            case .label: "t.key"
            default: "t.id"
            }
        let project = statement.bind(project)
        statement.append("SELECT \(RowColumns.columns(kind)), \(Self.isDeleted(kind)), \(Entry.columns)\nFROM (")
        statement.append(
            "SELECT * FROM \(RowColumns.table(kind)) t WHERE t.\(kind == .project ? "id" : "project_id") = \(project)")
        if let key {
            statement.append(
                " AND \(column) > \(kind == .label ? statement.bind(key) : statement.bind(EntityID(key)))")
        }
        statement.append(" ORDER BY \(column) LIMIT \(Self.rowPage)) t\n")
        if kind == .annotation { statement.append(AnnotationRows.spanJoin) }
        statement.append(
            """

            JOIN project_log l ON l.project_id = \(project)
            LEFT JOIN changes c ON c.project_id = \(project) AND c.seq = t.version
            ORDER BY \(column)\(kind == .annotation ? ", s.ordinal" : "")
            """)
        return statement.query
    }

    private static func isDeleted(_ kind: EntityKind) -> String {
        switch kind {
        case .member: "t.removed_at IS NOT NULL"
        case .article, .annotation, .relation, .comment, .review, .assignment: "t.deleted_at IS NOT NULL"
        case .project, .label, .articleVersion, .conflict: "false"
        }
    }

    /// What stands in the log at a row's version.
    private struct Entry {
        static let columns = #"l.horizon, l.head, c.kind, c.entity, c.entity_id, c."row""#
        /// With the one before: whether the row is deleted.
        static let columnCount = 7

        let isDeleted: Bool
        let horizon: Int64
        let head: Int64
        let kind: ChangeEntry.Kind?
        let entity: EntityKind?
        let id: EntityID?
        let row: TextBytes?

        init(_ reader: inout ColumnReader) throws {
            isDeleted = try reader.next()
            horizon = try reader.next()
            head = try reader.next()
            kind = try reader.next()
            entity = try reader.next()
            id = try reader.next()
            row = try reader.next()
        }

        func problem(_ row: Row) -> (check: String, message: String)? {
            guard row.version > horizon else { return nil }
            guard row.version <= head else {
                return ("replay-version", "its version \(row.version) is above the head \(head)")
            }
            guard let kind, let entity, let id else {
                return ("replay-missing", "the log has no entry at its version \(row.version)")
            }
            guard entity == row.kind, id == row.id else {
                return ("replay-missing", "the entry at its version \(row.version) is of \(entity.rawValue) \(id.text)")
            }
            guard (kind == .del) == isDeleted else {
                return (
                    "replay-differs", isDeleted ? "it is deleted, but not in the log" : "it is deleted in the log only"
                )
            }
            if let image = self.row, image.bytes != row.canonicalBytes {
                return ("replay-differs", "it is not what the log has at its version \(row.version)")
            }
            return nil
        }
    }

    // MARK: From the log to the rows

    /// Every entity in the log has a row, and none is older than its last entry.
    func compareLog(_ observer: CheckObserver) async throws -> Int {
        var count = 0
        var seq: Int64 = 0
        while true {
            try Task.checkCancellation()
            // One snapshot for the page and the labels, whose ids only we can make.
            let results = try await database.client.withTransaction(.snapshot) { tx in
                try await tx.pipeline([
                    """
                    SELECT count(*), max(seq) FROM (
                        SELECT seq FROM changes WHERE project_id = \(project) AND seq > \(seq)
                        ORDER BY seq LIMIT \(Self.logPage)) c
                    """,
                    staleQuery(after: seq),
                    """
                    SELECT entity_id, max(seq) FROM (
                        SELECT seq, entity, entity_id FROM changes WHERE project_id = \(project) AND seq > \(seq)
                        ORDER BY seq LIMIT \(Self.logPage)) c
                    WHERE entity = 'label' GROUP BY entity_id
                    """,
                    "SELECT key, version FROM labels WHERE project_id = \(project)",
                ])
            }
            guard let (size, last) = try results[0].decode((Int64, Int64?).self).first, size > 0, let last else {
                break
            }
            var findings: [Finding] = []
            for (entity, id, at, version) in try results[1].decode((EntityKind, EntityID, Int64, Int64?).self) {
                findings.append(stale(entity, id, at: at, version: version))
            }
            let labels = Dictionary(
                try results[3].decode((String, Int64).self).map { (Label.id(forKey: $0.0), $0.1) },
                uniquingKeysWith: { first, _ in first })
            for (id, at) in try results[2].decode((EntityID, Int64).self) where labels[id] ?? 0 < at {
                findings.append(stale(.label, id, at: at, version: labels[id]))
            }
            for finding in findings { try await observer.found(finding) }
            count += findings.count
            // Retention may have taken the start away: pages go by seq, not by number.
            seq = max(last, seq)
            try await observer.progress(CheckProgress(project: project, table: "changes", done: seq))
        }
        return count
    }

    private func stale(_ entity: EntityKind, _ id: EntityID, at seq: Int64, version: Int64?) -> Finding {
        let message = version.map { "the row has the version \($0), but changed at \(seq)" } ?? "it is in no table"
        return Finding(
            check: "replay-row", project: project, id: id.text, message: "\(entity.rawValue): \(message)")
    }

    private func staleQuery(after seq: Int64) -> PostgresQuery {
        let tables: [EntityKind] = [
            .article, .articleVersion, .annotation, .relation, .comment, .review, .assignment, .conflict,
        ]
        let cases = tables.map { kind in
            """
            WHEN '\(kind.rawValue)' THEN (SELECT t.version FROM \(RowColumns.table(kind)) t
                        WHERE t.project_id = $1 AND t.id = c.entity_id)
            """
        }
        return PostgresQuery(
            unsafeSQL: """
                SELECT c.entity, c.entity_id, c.seq, c.version FROM (
                    SELECT c.seq, c.entity, c.entity_id, CASE c.entity
                        WHEN 'project' THEN (SELECT t.version FROM projects t WHERE t.id = $1 AND t.id = c.entity_id)
                        WHEN 'member' THEN (SELECT t.version FROM members t
                            WHERE t.project_id = $1 AND t.user_id = c.entity_id)
                        \(cases.joined(separator: "\n        "))
                        END AS version
                    FROM (
                        SELECT seq, entity, entity_id FROM changes WHERE project_id = $1 AND seq > $2
                        ORDER BY seq LIMIT $3
                    ) c
                ) c
                WHERE c.entity <> 'label' AND (c.version IS NULL OR c.version < c.seq)
                """, bindings: ChangeLog.bindings(project, seq, Self.logPage))
    }
}
