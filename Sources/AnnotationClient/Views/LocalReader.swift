import AnnotationModel
import GRDB
import JSONText
import SyncEngine

/// Reads the local view: the server's rows with pending work on top, and of those what is live.
struct LocalReader {
    let db: Database
    let references: References
    private let names: [EntityID: String]

    init(_ db: Database) throws {
        guard try db.meta(.quarantined) == nil else {
            throw ClientError(
                .refused, "not_found",
                "the project was not there for you at the last sync: only what you made is kept here")
        }
        self.db = db
        references = References(db: db)
        var names: [EntityID: String] = [:]
        for row in try SQLRow.fetchAll(db, sql: "SELECT id, name FROM rows WHERE kind = 'member'") {
            if let id = EntityID(row["id"] as String), let name: String = row["name"] { names[id] = name }
        }
        self.names = names
    }

    /// A user's name; one that was never a member here stays an id.
    func name(_ user: EntityID) -> String { names[user] ?? user.text }

    // MARK: What applies to everything

    func project() throws -> Project {
        let id = try db.requiredMetaID(.projectID)
        guard case .project(let project) = try db.record(.project, id.text, in: .rows)?.local().row else {
            throw ClientError(
                .environment, "incomplete", "the clone was interrupted before it was complete: take it again, or sync")
        }
        return project
    }

    func labels() throws -> [Label] {
        try rows("kind = 'label' AND deleted = 0").compactMap { record, _ in
            guard case .label(let label) = try record.local().row else { return nil }
            return label
        }.sorted { ExactString($0.key) < ExactString($1.key) }
    }

    func role() throws -> Role? {
        let user = try db.requiredMetaID(.userID)
        guard let record = try db.record(.member, user.text, in: .rows), !record.isDeleted,
            case .member(let member) = try record.local().row
        else { return nil }
        return member.role
    }

    func rules() throws -> ClientRules {
        let user = try db.requiredMetaID(.userID)
        let project = try project()
        // An instance's admin need not be a member, and may do what a manager may.
        let role = try role() ?? .manager
        let labels = Dictionary(try labels().map { ($0.key, $0) }) { first, _ in first }
        return ClientRules(project: project, user: user, role: role, labels: labels)
    }

    // MARK: Lists

    private func rows(_ condition: String, _ arguments: StatementArguments = []) throws -> [(
        RowRecord, isPending: Bool
    )] {
        try SQLRow.fetchAll(db, sql: "SELECT * FROM local WHERE \(condition)", arguments: arguments)
            .map { (try RowRecord($0), $0["pending"]) }
    }

    func articles() throws -> [ArticleItem] {
        let sql = """
            SELECT *, (SELECT count(*) FROM local AS one
              WHERE one.article_id = local.id AND one.kind = 'annotation' AND one.deleted = 0) AS marked
            FROM local WHERE kind = 'article' AND deleted = 0 ORDER BY name
            """
        return try SQLRow.fetchAll(db, sql: sql).map { row in
            ArticleItem(article: try RowRecord(row).article(), annotationCount: row["marked"])
        }
    }

    /// Live annotations, by article and place.
    func annotations(_ article: EntityID? = nil) throws -> [AnnotationItem] {
        var comments: [EntityID: [CommentItem]] = [:]
        for (record, isPending) in try rows(Self.below("comment", article), Self.arguments(article)) {
            let item = try comment(record, isPending)
            comments[item.comment.annotationID, default: []].append(item)
        }
        return try rows(Self.below("annotation", article), Self.arguments(article))
            .map { try annotation($0, $1, comments: comments) }
            .sorted { Self.order($0.annotation) < Self.order($1.annotation) }
    }

    /// Live relations between live annotations.
    func relations(_ article: EntityID? = nil) throws -> [RelationItem] {
        let condition =
            Self.below("relation", article) + """
                 AND (SELECT count(*) FROM local AS stop WHERE stop.kind = 'annotation' AND stop.deleted = 0
                      AND stop.id IN (local.json ->> 'from', local.json ->> 'to'))
                   = CASE WHEN local.json ->> 'from' = local.json ->> 'to' THEN 1 ELSE 2 END
                """
        return try rows(condition, Self.arguments(article)).map { try relation($0, $1) }
            .sorted { $0.relation.id < $1.relation.id }
    }

    func conflicts(includingResolved: Bool) throws -> [ConflictItem] {
        let state = includingResolved ? "" : " AND json ->> 'state' = 'open'"
        return try rows(Self.below("conflict", nil) + state).map { try conflict($0, $1) }
            .sorted { $0.conflict.id < $1.conflict.id }
    }

    /// A row is live while it is not deleted and its article is there; the annotation of a comment too.
    private static func below(_ kind: String, _ article: EntityID?) -> String {
        var condition = "kind = '\(kind)' AND deleted = 0"
        if article != nil {
            condition += " AND article_id = :article"
        } else {
            condition += " AND article_id IN (SELECT id FROM local WHERE kind = 'article' AND deleted = 0)"
        }
        if kind == "comment" {
            condition += " AND parent_id IN (SELECT id FROM local WHERE kind = 'annotation' AND deleted = 0)"
        }
        return condition
    }

    private static func arguments(_ article: EntityID?) -> StatementArguments {
        article.map { ["article": $0.text] } ?? StatementArguments()
    }

    private static func order(_ row: Annotation) -> (EntityID, Int, Int, EntityID) {
        (row.articleID, row.anchor.spans.first?.start ?? -1, -(row.anchor.spans.last?.end ?? 0), row.id)
    }

    // MARK: One row

    func annotation(
        _ record: RowRecord, _ isPending: Bool, comments: [EntityID: [CommentItem]]
    ) throws -> AnnotationItem {
        guard case .annotation(let row) = try record.local().row else { throw RowRecord.unexpected(record) }
        let own = (comments[row.id] ?? []).sorted { $0.comment.id < $1.comment.id }
        return AnnotationItem(
            annotation: row, author: name(row.author), comments: own,
            isPending: isPending || own.contains { $0.isPending })
    }

    func annotation(_ id: EntityID) throws -> AnnotationItem? {
        guard let (record, isPending) = try one(.annotation, id) else { return nil }
        let comments = try rows("kind = 'comment' AND deleted = 0 AND parent_id = ?", [id.text])
            .map { try comment($0, $1) }
        return try annotation(record, isPending, comments: [id: comments])
    }

    func relation(_ record: RowRecord, _ isPending: Bool) throws -> RelationItem {
        guard case .relation(let row) = try record.local().row else { throw RowRecord.unexpected(record) }
        return RelationItem(relation: row, author: name(row.author), isPending: isPending)
    }

    func comment(_ record: RowRecord, _ isPending: Bool) throws -> CommentItem {
        guard case .comment(let row) = try record.local().row else { throw RowRecord.unexpected(record) }
        return CommentItem(comment: row, author: name(row.author), isPending: isPending)
    }

    func conflict(_ record: RowRecord, _ isPending: Bool) throws -> ConflictItem {
        guard case .conflict(let row) = try record.local().row else { throw RowRecord.unexpected(record) }
        let clients = [try db.metaID(.clientID), try db.metaID(.forkedFrom)].compactMap { $0 }
        return ConflictItem(
            conflict: row, keptBy: name(row.kept.by), otherBy: name(row.other.by),
            mine: row.mine(user: try db.requiredMetaID(.userID), clients: Set(clients)), isPending: isPending)
    }

    /// A live row as it is shown.
    func item(_ kind: EntityKind, _ id: EntityID) throws -> EntityItem? {
        switch kind {
        case .annotation: return try annotation(id).map { .annotation($0) }
        case .relation: return try one(.relation, id).map { .relation(try relation($0.0, $0.isPending)) }
        case .comment: return try one(.comment, id).map { .comment(try comment($0.0, $0.isPending)) }
        default: return nil
        }
    }

    func one(_ kind: EntityKind, _ id: EntityID) throws -> (RowRecord, isPending: Bool)? {
        try rows("kind = ? AND id = ?", [kind.rawValue, id.text]).first
    }
}
