import AnnotationModel
import Digest
import Postgres
import SyncEngine
import SyncProtocol

extension CommitStatement {
    mutating func addRows() {
        var new: [EntityKind: [RowWrite]] = [:]
        var changed: [EntityKind: [RowWrite]] = [:]
        for write in plan.rows {
            if write.isNew {
                new[write.stored.row.kind, default: []].append(write)
            } else {
                changed[write.stored.row.kind, default: []].append(write)
            }
        }
        for kind in EntityKind.allCases {
            if let writes = new[kind] { addRows(writes, of: kind, areNew: true) }
            if let writes = changed[kind] { addRows(writes, of: kind, areNew: false) }
        }
    }

    private mutating func addRows(_ writes: [RowWrite], of kind: EntityKind, areNew: Bool) {
        switch kind {
        case .project: addProject(writes)
        case .member: addMembers(writes)
        case .label: addLabels(writes)
        case .article: addArticles(writes, areNew: areNew)
        case .articleVersion: addArticleVersions(writes)
        case .annotation: addAnnotations(writes, areNew: areNew)
        case .relation: addRelations(writes, areNew: areNew)
        case .comment: addComments(writes, areNew: areNew)
        case .review: addReviews(writes, areNew: areNew)
        case .assignment: addAssignments(writes, areNew: areNew)
        case .conflict: addConflicts(writes, areNew: areNew)
        }
    }

    private mutating func addPushed(_ batch: RowBatch, _ writes: [RowWrite], areNew: Bool) {
        var batch = batch
        batch.add("version", writes.map(\.offset), to: &statement)
        batch.add("history", writes.map(\.stored.historyText), to: &statement)
        batch.add("deleted_at", writes.map(\.stored.deleted?.at), to: &statement)
        batch.add("deleted_by", writes.map(\.stored.deleted?.by), to: &statement)
        batch.add("deleted_client", writes.map(\.stored.deleted?.client), to: &statement)
        add(areNew ? batch.insert() : batch.update())
    }

    private func owner(_ kind: EntityKind, _ id: EntityID) -> EntityID? { entries[EntityKey(kind, id)]?.owner }

    private mutating func addAnnotations(_ writes: [RowWrite], areNew: Bool) {
        let rows = writes.compactMap { if case .annotation(let row) = $0.stored.row { row } else { nil } }
        var batch = RowBatch("annotations")
        batch.add("id", rows.map(\.id), to: &statement)
        batch.add("article_id", rows.map(\.articleID), to: &statement)
        batch.add("author_id", rows.map(\.author), to: &statement)
        batch.add("layer", rows.map(\.layer), to: &statement)
        batch.add("label", rows.map(\.label), to: &statement)
        batch.add("attributes", rows.map { StoredAttributes($0.attributes) }, to: &statement)
        batch.add("article_version", rows.map(\.anchor.articleVersion), to: &statement)
        batch.add("state", rows.map(\.state), to: &statement)
        batch.add("content_hash", rows.map(\.contentHash), to: &statement)
        batch.add("created_at", rows.map(\.createdAt), to: &statement)
        addPushed(batch, writes, areNew: areNew)
        addSpans(of: rows, areNew: areNew)
    }

    private mutating func addSpans(of rows: [Annotation], areNew: Bool) {
        let spans = rows.flatMap { row in
            row.anchor.spans.enumerated().map { (id: row.id, ordinal: Int16($0.offset), span: $0.element) }
        }
        if !spans.isEmpty {
            var batch = RowBatch("spans")
            batch.add("annotation_id", spans.map(\.id), to: &statement)
            batch.add("ordinal", spans.map(\.ordinal), to: &statement)
            batch.add("start_offset", spans.map { Int32($0.span.start) }, to: &statement)
            batch.add("end_offset", spans.map { Int32($0.span.end) }, to: &statement)
            batch.add("quote", spans.map(\.span.quote.storedText), to: &statement)
            batch.add("quote_sha256", spans.map(\.span.quote.storedDigest), to: &statement)
            add(areNew ? batch.insert() : Self.changeSpans(batch))
        }
        guard !areNew else { return }
        let ids = statement.bind(rows.map(\.id))
        let counts = statement.bind(rows.map { Int32($0.anchor.spans.count) })
        add(
            """
            DELETE FROM spans t
                USING log CROSS JOIN unnest(\(ids), \(counts)) AS r(annotation_id, count)
                WHERE t.project_id = $1 AND t.annotation_id = r.annotation_id AND t.ordinal >= r.count
            """)
    }

    /// A span that stays as it is is not written. One key is never deleted and inserted in the same statement.
    private static func changeSpans(_ batch: RowBatch) -> String {
        """
        INSERT INTO spans AS t (project_id, \(batch.names.joined(separator: ", ")))
            SELECT $1, \(batch.names.map { "r.\($0)" }.joined(separator: ", "))
            FROM \(batch.source)
            LEFT JOIN spans s
                ON s.project_id = $1 AND s.annotation_id = r.annotation_id AND s.ordinal = r.ordinal
            WHERE s.ordinal IS NULL
                OR (s.start_offset, s.end_offset, s.quote, s.quote_sha256)
                    IS DISTINCT FROM (r.start_offset, r.end_offset, r.quote, r.quote_sha256)
            ON CONFLICT (project_id, annotation_id, ordinal) DO UPDATE SET
                start_offset = excluded.start_offset, end_offset = excluded.end_offset, quote = excluded.quote,
                quote_sha256 = excluded.quote_sha256
        """
    }

    private mutating func addRelations(_ writes: [RowWrite], areNew: Bool) {
        let rows = writes.compactMap { if case .relation(let row) = $0.stored.row { row } else { nil } }
        var batch = RowBatch("relations")
        batch.add("id", rows.map(\.id), to: &statement)
        batch.add("article_id", rows.map(\.articleID), to: &statement)
        batch.add("author_id", rows.map(\.author), to: &statement)
        batch.add("layer", rows.map(\.layer), to: &statement)
        batch.add("label", rows.map(\.label), to: &statement)
        batch.add("attributes", rows.map { StoredAttributes($0.attributes) }, to: &statement)
        batch.add("from_id", rows.map(\.from), to: &statement)
        batch.add("to_id", rows.map(\.to), to: &statement)
        batch.add("created_at", rows.map(\.createdAt), to: &statement)
        addPushed(batch, writes, areNew: areNew)
    }

    private mutating func addComments(_ writes: [RowWrite], areNew: Bool) {
        let rows = writes.compactMap { if case .comment(let row) = $0.stored.row { row } else { nil } }
        var batch = RowBatch("comments")
        batch.add("id", rows.map(\.id), to: &statement)
        batch.add("article_id", rows.map(\.articleID), to: &statement)
        batch.add("annotation_id", rows.map(\.annotationID), to: &statement)
        batch.add("owner_id", rows.map { owner(.comment, $0.id) }, to: &statement)
        batch.add("author_id", rows.map(\.author), to: &statement)
        batch.add("text", rows.map(\.text), to: &statement)
        batch.add("created_at", rows.map(\.createdAt), to: &statement)
        addPushed(batch, writes, areNew: areNew)
    }

    private mutating func addReviews(_ writes: [RowWrite], areNew: Bool) {
        let rows = writes.compactMap { if case .review(let row) = $0.stored.row { row } else { nil } }
        var batch = RowBatch("reviews")
        batch.add("id", rows.map(\.id), to: &statement)
        batch.add("article_id", rows.map(\.articleID), to: &statement)
        batch.add("annotation_id", rows.map(\.annotationID), to: &statement)
        batch.add("owner_id", rows.map { owner(.review, $0.id) }, to: &statement)
        batch.add("reviewer_id", rows.map(\.reviewer), to: &statement)
        batch.add("decision", rows.map(\.decision), to: &statement)
        batch.add("text", rows.map(\.text), to: &statement)
        batch.add("created_at", rows.map(\.createdAt), to: &statement)
        addPushed(batch, writes, areNew: areNew)
    }

    private mutating func addAssignments(_ writes: [RowWrite], areNew: Bool) {
        let rows = writes.compactMap { if case .assignment(let row) = $0.stored.row { row } else { nil } }
        var batch = RowBatch("assignments")
        batch.add("id", rows.map(\.id), to: &statement)
        batch.add("article_id", rows.map(\.articleID), to: &statement)
        batch.add("user_id", rows.map(\.user), to: &statement)
        batch.add("state", rows.map(\.state), to: &statement)
        batch.add("expires_at", rows.map(\.expiresAt), to: &statement)
        addPushed(batch, writes, areNew: areNew)
    }

    private mutating func addConflicts(_ writes: [RowWrite], areNew: Bool) {
        let rows = writes.compactMap { if case .conflict(let row) = $0.stored.row { row } else { nil } }
        var batch = RowBatch("conflicts")
        batch.add("id", rows.map(\.id), to: &statement)
        batch.add("article_id", rows.map(\.articleID), to: &statement)
        batch.add("owner_id", rows.map { owner(.conflict, $0.id) }, to: &statement)
        batch.add("author_id", rows.map { entries[EntityKey(.conflict, $0.id)]?.author }, to: &statement)
        batch.add("entity", rows.map(\.entity), to: &statement)
        batch.add("entity_id", rows.map(\.entityID), to: &statement)
        batch.add("field", rows.map(\.field), to: &statement)
        batch.add("kept", rows.map(\.kept.stored), to: &statement)
        batch.add("other", rows.map(\.other.stored), to: &statement)
        batch.add("state", rows.map(\.state), to: &statement)
        batch.add("choice", rows.map(\.choice), to: &statement)
        batch.add("resolved_by", rows.map(\.resolvedBy), to: &statement)
        batch.add("version", writes.map(\.offset), to: &statement)
        add(areNew ? batch.insert() : batch.update())
    }
}

extension StoredRow {
    /// What the column `history` holds.
    var historyText: TextBytes? { history.text(author: row.author ?? .nobody, createdAt: row.createdAt) }
}

extension Quote {
    var storedText: String? { if case .text(let text) = self { text } else { nil } }
    var storedDigest: SHA256Digest? { if case .digest(let digest) = self { digest } else { nil } }
}
