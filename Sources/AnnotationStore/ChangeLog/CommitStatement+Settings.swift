import AnnotationModel
import Digest
import JSONText
import Postgres
import SyncEngine

// What administrators and imports write.
extension CommitStatement {
    mutating func addProject(_ writes: [RowWrite]) {
        for write in writes {
            guard case .project(let row) = write.stored.row else { continue }
            let name = statement.bind(row.name)
            let title = statement.bind(row.title)
            let language = statement.bind(row.language)
            let layers = statement.bind(row.layers)
            let visibility = statement.bind(row.visibility)
            let access = statement.bind(row.access)
            let offset = statement.bind(write.offset)
            add(
                """
                UPDATE projects t SET name = \(name), title = \(title), language = \(language), layers = \(layers),
                        visibility = \(visibility), access = \(access), version = log.base + \(offset)
                    FROM log WHERE t.id = $1
                """)
        }
    }

    /// A removed member keeps its row, and takes it up again when added again.
    mutating func addMembers(_ writes: [RowWrite]) {
        var batch = RowBatch("members")
        batch.add("user_id", writes.map(\.stored.row.id), to: &statement)
        batch.add(
            "role",
            writes.compactMap { if case .member(let row) = $0.stored.row { row.role } else { nil } }, to: &statement)
        batch.add("removed_at", writes.map(\.stored.deleted?.at), to: &statement)
        batch.add("version", writes.map(\.offset), to: &statement)
        add(batch.upsert(key: "user_id"))
    }

    /// New labels come behind those that are there.
    mutating func addLabels(_ writes: [RowWrite]) {
        let rows = writes.compactMap { if case .label(let row) = $0.stored.row { row } else { nil } }
        var batch = RowBatch("labels")
        batch.add("key", rows.map(\.key), to: &statement)
        batch.add("position", rows.indices.map { Int32($0 + 1) }, to: &statement)
        batch.add("name", rows.map(\.name), to: &statement)
        batch.add("kind", rows.map(\.kind), to: &statement)
        batch.add("color", rows.map(\.color), to: &statement)
        batch.add("shortcut", rows.map(\.shortcut), to: &statement)
        batch.add(
            "attributes",
            rows.map { PostgresJSON(bytes: ($0.json["attributes"] ?? .array([])).canonicalBytes()) }, to: &statement)
        batch.add("from_labels", rows.map { Self.json($0.from) }, to: &statement)
        batch.add("to_labels", rows.map { Self.json($0.to) }, to: &statement)
        batch.add("zero_width", rows.map(\.zeroWidth), to: &statement)
        batch.add("retired", rows.map(\.retired), to: &statement)
        batch.add("version", writes.map(\.offset), to: &statement)
        let changes = batch.names.filter { $0 != "key" && $0 != "position" }.map { "\($0) = excluded.\($0)" }
        add(
            """
            INSERT INTO labels (project_id, \(batch.names.joined(separator: ", ")))
                SELECT $1, r.key,
                    r.position + (SELECT coalesce(max(l.position), 0) FROM labels l WHERE l.project_id = $1),
                    r.name, r.kind, r.color, r.shortcut, r.attributes,
                    ARRAY(SELECT json_array_elements_text(r.from_labels)),
                    ARRAY(SELECT json_array_elements_text(r.to_labels)), r.zero_width, r.retired,
                    log.base + r.version
                FROM \(batch.source)
                ON CONFLICT (project_id, key) DO UPDATE SET \(changes.joined(separator: ", "))
            """)
    }

    private static func json(_ keys: [String]) -> PostgresJSON {
        PostgresJSON(bytes: JSONValue.array(keys.map { .string($0) }).canonicalBytes())
    }

    mutating func addArticles(_ writes: [RowWrite], areNew: Bool) {
        let rows = writes.compactMap { if case .article(let row) = $0.stored.row { row } else { nil } }
        var batch = RowBatch("articles")
        batch.add("id", rows.map(\.id), to: &statement)
        batch.add("external_id", rows.map(\.externalID), to: &statement)
        batch.add("metadata", rows.map(\.metadata), to: &statement)
        batch.add("article_version", rows.map(\.articleVersion), to: &statement)
        batch.add("length", rows.map { Int32($0.length) }, to: &statement)
        batch.add("version", writes.map(\.offset), to: &statement)
        if areNew { batch.add("created_at", writes.map(\.stored.history.created.at), to: &statement) }
        batch.add("deleted_at", writes.map(\.stored.deleted?.at), to: &statement)
        batch.add("deleted_by", writes.map(\.stored.deleted?.by), to: &statement)
        add(areNew ? batch.insert() : batch.update())
    }

    /// Versions never change once they are there.
    mutating func addArticleVersions(_ writes: [RowWrite]) {
        let rows = writes.compactMap { if case .articleVersion(let row) = $0.stored.row { row } else { nil } }
        var batch = RowBatch("article_versions")
        batch.add("id", rows.map(\.id), to: &statement)
        batch.add("article_id", rows.map(\.articleID), to: &statement)
        batch.add("sha256", rows.map(\.sha256), to: &statement)
        batch.add("length", rows.map { Int32($0.length) }, to: &statement)
        batch.add("text", rows.map { plan.texts[$0.sha256] }, to: &statement)
        batch.add("version", writes.map(\.offset), to: &statement)
        add(batch.insert())
    }
}
