package import AnnotationModel
import Postgres
package import SyncEngine
package import SyncProtocol

/// A piece of the log, and who reads it.
package struct Pull: Sendable {
    package var head: LogHead
    /// The tag at `since`: another than the client's, and its history is another. Nil at 0, and where it is not known.
    package var tagAtSince: Tag?
    package var records: [LogRecord]
    package var project: Project
    /// Read after the records, never before: what a right newly taken away hid is not shown.
    package var rights: ProjectRights
}

extension ChangeLog {
    /// The log's head and the records after `since`: whole transactions, as many as the limits allow, one at least.
    ///
    /// One statement, and a second only where the first transaction alone is over the limits. Nothing is read where
    /// `since` is below the horizon or above the head.
    ///
    /// - Parameters:
    ///   - limit: how many records to look at.
    ///   - bytes: how many bytes of rows to read.
    package func records(
        project: EntityID, after since: Int64, limit: Int, bytes: Int
    ) async throws -> (head: LogHead, tagAtSince: Tag?, records: [LogRecord]) {
        let rows = try await database.client.query(
            Self.recordsQuery(project, since, limit: Self.scan(limit, bytes), bytes: bytes))
        let read = try Self.read(rows, project, since)
        let records = try await whole(read.records, project, since)
        return (read.head, read.tagAtSince, records)
    }

    /// The same with the user's rights, in one round trip. Nil where there is no such project.
    package func pull(
        project: EntityID, user: EntityID, after since: Int64, limit: Int, bytes: Int
    ) async throws -> Pull? {
        let results = try await database.client.withConnection { connection in
            try await connection.pipeline([
                Self.recordsQuery(project, since, limit: Self.scan(limit, bytes), bytes: bytes),
                Self.userRightsQuery(project, user),
            ])
        }
        guard let row = results[1].first else { return nil }
        var reader = ColumnReader(row)
        let settings = try Project(&reader)
        let rights = try ProjectRights(&reader)
        let read = try Self.read(results[0], project, since)
        return Pull(
            head: read.head, tagAtSince: read.tagAtSince, records: try await whole(read.records, project, since),
            project: settings, rights: rights)
    }

    /// A user's rights in a project, its settings, and the log's head, as of now. Nil where there is no such project.
    ///
    /// Always ask the primary: a standby may not have heard yet.
    package func rights(
        project: EntityID, user: EntityID
    ) async throws -> (project: Project, rights: ProjectRights, head: LogHead)? {
        let rows = try await database.client.query(Self.userRightsQuery(project, user))
        guard let row = rows.first else { return nil }
        var reader = ColumnReader(row)
        return (try Project(&reader), try ProjectRights(&reader), try LogHead(&reader))
    }

    private static let userRightsSQL = """
        SELECT \(Project.columns), \(ProjectRights.columns), \(LogHead.columns)
        FROM projects p
        JOIN project_log l ON l.project_id = p.id
        LEFT JOIN users u ON u.id = $2
        LEFT JOIN members m ON m.project_id = p.id AND m.user_id = $2
        WHERE p.id = $1
        """

    static func userRightsQuery(_ project: EntityID, _ user: EntityID) -> PostgresQuery {
        PostgresQuery(unsafeSQL: userRightsSQL, bindings: bindings(project, user))
    }

    // MARK: Records

    /// Rows are seldom below 256 bytes: more than this many would be looked at for their size only.
    private static func scan(_ limit: Int, _ bytes: Int) -> Int { min(max(1, limit), max(1000, bytes / 256)) }

    private static let recordColumns = """
        c.seq, c.tag, c.transaction_end, c.kind, c.entity, c.entity_id, c.article_id, c.owner_id, c.author_id, c."row",
        c.by_id, c.origin_client, c.origin_n
        """

    // Head and records in one statement, as a row each: joined to the head, the records would be copied twice more,
    // which takes three times as long. `octet_length` reads a size without the value, so that what is over the limit is
    // never fetched; the running sum is only made where the whole is over it. The first record always comes.
    private static let recordsSQL = """
        SELECT \(LogHead.columns), (SELECT s.tag FROM changes s WHERE s.project_id = $1 AND s.seq = $2),
            NULL::bigint, NULL::bigint, NULL::bigint, NULL::text, NULL::text, NULL::uuid, NULL::uuid, NULL::uuid,
            NULL::uuid, NULL::text, NULL::uuid, NULL::uuid, NULL::bigint
        FROM project_log l
        WHERE l.project_id = $1
        UNION ALL (
            SELECT NULL::uuid, NULL::uuid, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint,
                NULL::bigint, \(recordColumns)
            FROM changes c
            WHERE c.project_id = $1 AND c.seq > $2 AND c.seq <= (
                SELECT CASE WHEN n.total <= $4 THEN n.last ELSE (
                    SELECT max(s.seq) FROM (
                        SELECT s.seq, row_number() OVER w AS nth, sum(s.size) OVER w AS size FROM (\(sizes)) s
                        WINDOW w AS (ORDER BY s.seq ROWS UNBOUNDED PRECEDING)
                    ) s
                    WHERE s.nth = 1 OR s.size <= $4
                ) END
                FROM (SELECT max(s.seq) AS last, sum(s.size) AS total FROM (\(sizes)) s) n
            ) AND EXISTS (
                SELECT FROM project_log l WHERE l.project_id = $1 AND $2 BETWEEN l.horizon AND l.head
            )
            ORDER BY c.seq
        )
        """

    private static let sizes = """
        SELECT c.seq, coalesce(octet_length(c."row"), 0) AS size FROM changes c
        WHERE c.project_id = $1 AND c.seq > $2 ORDER BY c.seq LIMIT $3
        """

    private static func recordsQuery(
        _ project: EntityID, _ since: Int64, limit: Int, bytes: Int
    ) -> PostgresQuery {
        PostgresQuery(unsafeSQL: recordsSQL, bindings: bindings(project, since, limit, bytes))
    }

    private static func read(
        _ rows: PostgresRows, _ project: EntityID, _ since: Int64
    ) throws -> (head: LogHead, tagAtSince: Tag?, records: [LogRecord]) {
        var head: LogHead?
        var tag: Tag?
        var records: [LogRecord] = []
        records.reserveCapacity(max(0, rows.count - 1))
        for row in rows {
            guard head == nil, try row.decode(EntityID?.self, at: 0) != nil else {
                records.append(try record(row, from: 8))
                continue
            }
            var reader = ColumnReader(row)
            let read = try LogHead(&reader)
            tag = try reader.next() ?? (since == read.horizon ? read.horizonTag : nil)
            head = read
        }
        guard let head else { throw StoreError.noProject(project) }
        return (head, tag, records)
    }

    private static func record(_ row: PostgresRow, from column: Int) throws -> LogRecord {
        var reader = ColumnReader(row, from: column)
        var record = LogRecord(
            seq: try reader.next(), tag: try reader.next(), transactionEnd: try reader.next(),
            kind: try reader.next(), entity: try reader.next(), id: try reader.next(), articleID: try reader.next(),
            owner: try reader.next(), author: try reader.next(), row: try reader.next(TextBytes?.self)?.bytes,
            by: try reader.next(), originClient: try reader.next(), originN: try reader.next())
        if record.by == .nobody { record.by = nil }
        return record
    }

    /// Cuts back to the last whole transaction. Where not even the first one is whole, it is read for itself.
    private func whole(_ records: [LogRecord], _ project: EntityID, _ since: Int64) async throws -> [LogRecord] {
        guard let first = records.first else { return [] }
        if let end = records.lastIndex(where: { $0.seq == $0.transactionEnd }) { return Array(records[...end]) }
        let rows = try await database.client.query(
            PostgresQuery(
                unsafeSQL: """
                    SELECT \(Self.recordColumns) FROM changes c
                    WHERE c.project_id = $1 AND c.seq > $2 AND c.seq <= $3
                    ORDER BY c.seq
                    """, bindings: Self.bindings(project, since, first.transactionEnd)))
        return try rows.map { try Self.record($0, from: 0) }
    }
}
