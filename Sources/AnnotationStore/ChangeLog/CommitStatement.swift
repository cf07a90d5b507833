import AnnotationModel
import Digest
import Postgres
import SyncEngine
import SyncProtocol

/// The one statement of a commit: every write hangs on the update of the counter row, which takes place only while the
/// epoch stands and no guard was raised since the plan's head was read. Kinds that are not written are not in its text.
///
/// `log` has `base`, the head before, and `head`, the one after.
struct CommitStatement {
    var statement = Statement()
    private var writeCount = 0
    let plan: WritePlan
    /// The log entry of each row: who sees the row stands there.
    let entries: [EntityKey: LogEntry]
    let now: Timestamp

    init(_ plan: WritePlan, _ head: LogHead, tag: Tag, client: EntityID?, raisesGuard: Bool, now: Timestamp) {
        self.plan = plan
        self.now = now
        entries = Dictionary(
            plan.entries.map { (EntityKey($0.entity, $0.id), $0) }, uniquingKeysWith: { _, last in last })
        beginLog(head, tag: tag, raisesGuard: raisesGuard)
        addEntries(tag: tag)
        addRows()
        addAliases()
        addResults(client: client)
        statement.append("\nSELECT base, head, head_tag FROM log")
    }

    private mutating func beginLog(_ head: LogHead, tag: Tag, raisesGuard: Bool) {
        // The order fixes $1 to $6.
        _ = statement.bind(head.project)
        let epoch = statement.bind(head.epoch)
        let read = statement.bind(head.head)
        let count = statement.bind(plan.changeCount)
        let mark = statement.bind(tag)
        let raises = statement.bind(raisesGuard)
        statement.append(
            """
            WITH log AS (
                UPDATE project_log SET
                    head = head + \(count),
                    head_tag = CASE WHEN \(count) > 0 THEN \(mark) ELSE head_tag END,
                    guard_seq = CASE WHEN \(raises) THEN head + \(count) ELSE guard_seq END
                WHERE project_id = $1 AND epoch = \(epoch) AND guard_seq <= \(read)
                RETURNING head - \(count) AS base, head, head_tag
            )
            """)
    }

    /// Adds a part that writes.
    mutating func add(_ sql: String) {
        writeCount += 1
        statement.append(", w\(writeCount) AS (\n    \(sql)\n)")
    }

    private mutating func addEntries(tag: Tag) {
        let entries = plan.entries
        guard !entries.isEmpty else { return }
        var batch = RowBatch("changes")
        batch.add("version", entries.map(\.offset), to: &statement)
        batch.add("kind", entries.map(\.kind), to: &statement)
        batch.add("entity", entries.map(\.entity), to: &statement)
        batch.add("entity_id", entries.map(\.id), to: &statement)
        batch.add("article_id", entries.map(\.articleID), to: &statement)
        batch.add("owner_id", entries.map(\.owner), to: &statement)
        batch.add("author_id", entries.map(\.author), to: &statement)
        batch.add("\"row\"", entries.map { $0.row.map { TextBytes($0.canonicalBytes) } }, to: &statement)
        batch.add("by_id", entries.map(\.by), to: &statement)
        batch.add("origin_client", entries.map(\.client), to: &statement)
        batch.add("origin_n", entries.map(\.n), to: &statement)
        add(
            """
            INSERT INTO changes (project_id, seq, tag, transaction_end, kind, entity, entity_id, article_id, owner_id,
                    author_id, "row", by_id, origin_client, origin_n)
                SELECT $1, log.base + r.version, log.head_tag, log.head, r.kind, r.entity, r.entity_id, r.article_id,
                    r.owner_id, r.author_id, r."row", r.by_id, r.origin_client, r.origin_n
                FROM \(batch.source)
            """)
    }

    private mutating func addAliases() {
        guard !plan.aliases.isEmpty else { return }
        var batch = RowBatch("aliases")
        batch.add("alias", plan.aliases.map(\.alias), to: &statement)
        batch.add("id", plan.aliases.map(\.id), to: &statement)
        add(batch.insert())
    }

    private mutating func addResults(client: EntityID?) {
        let results = plan.results.compactMap { result in (result.client ?? client).map { (client: $0, result: result) }
        }
        guard !results.isEmpty else { return }
        var batch = RowBatch("mutation_results")
        batch.add("client_id", results.map(\.client), to: &statement)
        batch.add("n", results.map(\.result.result.n), to: &statement)
        batch.add("sha256", results.map(\.result.digest), to: &statement)
        batch.add("result", results.map { TextBytes($0.result.result.storedBytes) }, to: &statement)
        batch.add("payload", results.map(\.result.payload), to: &statement)
        let now = statement.bind(now)
        add(batch.insert(constants: [("base_seq", "log.base"), ("created_at", "\(now)")]))

        let last = Dictionary(results.map { ($0.client, $0.result.result.n) }, uniquingKeysWith: { max($0, $1) })
        let clients = last.keys.sorted()
        let ids = statement.bind(clients)
        let numbers = statement.bind(clients.map { last[$0] ?? 0 })
        add(
            """
            UPDATE client_progress t SET last_mutation = r.n, seen_at = \(now)
                FROM log CROSS JOIN unnest(\(ids), \(numbers)) AS r(client_id, n)
                WHERE t.project_id = $1 AND t.client_id = r.client_id
            """)
    }
}
