import AnnotationModel
import Digest
package import Postgres
package import SyncEngine

extension ChangeLog {
    /// Step 2 of a push, one round trip: locks the rows concerned, kind by kind in the order of their ids, then reads all
    /// that the request says. What is read is never older than what was locked.
    ///
    /// - Parameter extending: what an earlier load in the same transaction gave; what is read now is added to it.
    package func load(
        _ tx: PostgresTransaction, _ opened: OpenedLog, _ request: LoadRequest, extending earlier: ProjectState? = nil
    ) async throws -> ProjectState {
        var state =
            earlier
            ?? ProjectState(
                project: opened.project, epoch: opened.head.epoch, head: opened.head.head, labels: opened.labels)
        let statements = LoadStatements(request, project: opened.head.project)
        let others: [EntityKind] = statements.isPlain ? [] : [.relation, .comment, .review, .assignment]

        var queries = [statements.aliases, statements.lockAnnotations]
        queries += others.map { statements.lock($0) }
        queries.append(statements.annotations)
        queries += others.map { statements.rows($0) }
        queries += [statements.conflicts, statements.articleRows, statements.articleVersions]
        if !statements.texts.isEmpty { queries.append(statements.articleTexts) }
        var results = try await tx.pipeline(queries)[...]

        for row in results.removeFirst() {
            let (alias, id) = try row.decode((EntityID, EntityID).self)
            state.aliases[alias] = id
        }
        let locked = Set(try results.removeFirst().decode(EntityID.self))
        results.removeFirst(others.count)
        try addAnnotations(results.removeFirst(), locked: locked, request, to: &state)
        for kind in others { try addRows(kind, results.removeFirst(), to: &state) }
        try addConflicts(results.removeFirst(), to: &state)
        for row in results.removeFirst() {
            var reader = ColumnReader(row)
            guard case .article(let article) = try RowColumns.read(.article, &reader) else { continue }
            state.articles[article.id] = ArticleState(article: article, isDeleted: try reader.next())
        }
        for row in results.removeFirst() {
            let (articleID, sha256) = try row.decode((EntityID, SHA256Digest).self)
            state.articleVersions.insert(ArticleVersionKey(articleID: articleID, sha256: sha256))
        }
        if let texts = results.first {
            for row in texts {
                let (sha256, text) = try row.decode((SHA256Digest, String).self)
                state.texts[sha256] = ArticleText(text)
            }
        }
        return state
    }

    private func addAnnotations(
        _ rows: PostgresRows, locked: Set<EntityID>, _ request: LoadRequest, to state: inout ProjectState
    ) throws {
        for key in request.twins where state.twins[key] == nil { state.twins[key] = [] }
        for item in try AnnotationRows.read(rows) {
            let annotation = item.annotation
            var reader = ColumnReader(item.row, from: AnnotationRows.columnCount)
            let (history, deleted) = try HistoryColumns.read(
                &reader, author: annotation.author, createdAt: annotation.createdAt)
            state.rows[EntityKey(.annotation, annotation.id)] = StoredRow(
                row: .annotation(annotation), history: history, deleted: deleted)
            let twin = TwinKey(articleID: annotation.articleID, hash: item.contentHash)
            if deleted == nil, locked.contains(annotation.id), request.twins.contains(twin),
                state.twins[twin]?.contains(annotation.id) != true
            {
                state.twins[twin, default: []].append(annotation.id)
            }
        }
    }

    private func addRows(_ kind: EntityKind, _ rows: PostgresRows, to state: inout ProjectState) throws {
        for row in rows {
            var reader = ColumnReader(row)
            let value = try RowColumns.read(kind, &reader)
            let (history, deleted) = try HistoryColumns.read(
                &reader, author: value.author ?? .nobody, createdAt: value.createdAt)
            let key = EntityKey(kind, value.id)
            state.rows[key] = StoredRow(row: value, history: history, deleted: deleted)
            if case .review(let review) = value, deleted == nil { state.reviews[review.annotationID] = review.id }
        }
    }

    private func addConflicts(_ rows: PostgresRows, to state: inout ProjectState) throws {
        for row in rows {
            var reader = ColumnReader(row)
            guard case .conflict(let conflict) = try RowColumns.read(.conflict, &reader) else { continue }
            let key = EntityKey(.conflict, conflict.id)
            let isKnown = state.rows[key] != nil
            let kept = conflict.kept
            state.rows[key] = StoredRow(
                row: .conflict(conflict),
                history: RowHistory(created: Stamp(by: kept.by, client: kept.client, at: kept.at)))
            guard !isKnown, conflict.state == .open else { continue }
            state.openConflicts[EntityKey(conflict.entity, conflict.entityID), default: []].append(conflict.id)
        }
    }
}

extension Row {
    /// When the row was made, where it says so; the beginning of time otherwise.
    var createdAt: Timestamp {
        switch self {
        case .annotation(let row): row.createdAt
        case .relation(let row): row.createdAt
        case .comment(let row): row.createdAt
        case .review(let row): row.createdAt
        case .assignment, .conflict, .project, .member, .label, .article, .articleVersion: Timestamp(microseconds: 0)
        }
    }
}
