import AnnotationModel
import Digest
import Postgres
import SyncEngine
import SyncProtocol

/// One statement of a snapshot: the next rows of one kind.
///
/// The whole project goes by the rows' keys. A snapshot of some articles goes through these in portions, by article
/// and key, so that what it costs depends on those articles alone.
struct SnapshotStep {
    let project: EntityID
    let position: SnapshotPosition
    let limit: Int
    /// Nil: without texts.
    let textBytes: Int?
    /// Ascending; nil: the whole project.
    let scope: [EntityID]?
    let sight: Sight

    /// How many articles one statement looks at.
    private static let portion = 100

    private var kind: EntityKind { position.kind ?? .project }

    private var hasTexts: Bool { kind == .articleVersion && textBytes != nil }

    /// Whether the rows of the kind stand below articles, and those are gone through.
    private var isByArticle: Bool {
        scope != nil && kind != .project && kind != .member && kind != .label
    }

    /// The articles that this statement looks at.
    private var articles: ArraySlice<EntityID> {
        (scope ?? []).drop { article in position.article.map { article < $0 } ?? false }.prefix(Self.portion)
    }

    private var keyColumn: String {
        switch kind {
        case .member: "t.user_id"
        case .label: "t.key"
        default: "t.id"
        }
    }

    private var articleColumn: String { kind == .article ? "t.id" : "t.article_id" }

    // MARK: The statement

    /// Nil where no article is left.
    var query: PostgresQuery? {
        if isByArticle, articles.isEmpty { return nil }
        var statement = Statement()
        let projectColumn = kind == .project ? "t.id" : "t.project_id"
        let order = isByArticle && kind != .article ? "\(articleColumn), \(keyColumn)" : keyColumn
        let project = statement.bind(project)
        statement.append("SELECT t.* FROM \(RowColumns.table(kind)) t\n    WHERE \(projectColumn) = \(project)")
        statement.append(Self.isLive(kind))
        addRange(&statement)
        addSight(&statement)
        statement.append("\n    ORDER BY \(order) LIMIT \(statement.bind(limit))")

        var whole = Statement(bindings: statement.bindings)
        if hasTexts, let textBytes {
            // The size of a text is read without the text, so that what is over the limit is never fetched.
            whole.append(
                """
                SELECT \(RowColumns.columns(kind)), t.text FROM (
                    SELECT t.*, sum(octet_length(t.text)) OVER (ORDER BY \(order) ROWS UNBOUNDED PRECEDING) AS size
                    FROM (\(statement.text)) t
                ) t
                WHERE t.size - octet_length(t.text) < \(whole.bind(textBytes))
                """)
        } else if kind == .annotation {
            // By annotation, whatever the tables' statistics say: a merge would read the spans from the project's start.
            whole.append(
                """
                SELECT \(AnnotationRows.columns) FROM (\(statement.text)) t
                LEFT JOIN LATERAL (
                    SELECT * FROM spans s WHERE s.project_id = \(project) AND s.annotation_id = t.id OFFSET 0
                ) s ON true
                """)
        } else {
            whole.append("SELECT \(RowColumns.columns(kind)) FROM (\(statement.text)) t")
        }
        whole.append("\nORDER BY \(order)\(kind == .annotation ? ", s.ordinal" : "")")
        return whole.query
    }

    private static func isLive(_ kind: EntityKind) -> String {
        switch kind {
        case .member: " AND t.removed_at IS NULL"
        case .article, .annotation, .relation, .comment, .review, .assignment: " AND t.deleted_at IS NULL"
        case .project, .label, .articleVersion, .conflict: ""
        }
    }

    private func addRange(_ statement: inout Statement) {
        if isByArticle {
            statement.append(" AND \(articleColumn) = ANY (\(statement.bind(Array(articles))))")
            if kind != .article, let article = position.article, let key = position.key.flatMap({ EntityID($0) }) {
                let border = "(\(statement.bind(article)), \(statement.bind(key)))"
                statement.append(" AND (\(articleColumn), \(keyColumn)) > \(border)")
                return
            }
        }
        guard let key = position.key else { return }
        let bound = kind == .label ? statement.bind(key) : statement.bind(EntityID(key))
        statement.append(" AND \(keyColumn) > \(bound)")
    }

    private func addSight(_ statement: inout Statement) {
        switch kind {
        case .project, .member, .label: break
        case .article: sight.article("t.id", &statement)
        // An assignment and an article's text are shown to all who see the article.
        case .articleVersion, .assignment: sight.article("t.article_id", &statement)
        case .annotation, .relation:
            let owner = "(CASE WHEN t.layer = 'own' THEN t.author_id END)"
            sight.row(article: "t.article_id", owner: owner, author: owner, &statement)
        case .review:
            sight.row(article: "t.article_id", owner: "t.owner_id", author: "t.reviewer_id", &statement)
        case .comment, .conflict:
            sight.row(article: "t.article_id", owner: "t.owner_id", author: "t.author_id", &statement)
        }
    }

    // MARK: What it gives

    func read(_ rows: PostgresRows) throws -> (rows: [SnapshotRow], next: SnapshotPosition) {
        var read: [SnapshotRow] = []
        var last: Row?
        var textBytes = 0
        if kind == .annotation {
            for item in try AnnotationRows.read(rows) {
                read.append(SnapshotRow(.annotation(item.annotation)))
                last = .annotation(item.annotation)
            }
        } else {
            read.reserveCapacity(rows.count)
            for row in rows {
                var reader = ColumnReader(row)
                let value = try RowColumns.read(kind, &reader)
                var line = SnapshotRow(value)
                if hasTexts {
                    let text: TextBytes = try reader.next()
                    line.text = text.bytes
                    textBytes += text.bytes.count
                }
                read.append(line)
                last = value
            }
        }
        let isCut = read.count == limit || hasTexts && textBytes >= self.textBytes ?? .max
        return (read, next(after: last, isCut: isCut))
    }

    private func next(after last: Row?, isCut: Bool) -> SnapshotPosition {
        var next = position
        if isCut, let last {
            next.key = last.wireID
            next.article = isByArticle ? last.articleID : nil
        } else if isByArticle, let end = articles.last, let final = scope?.last, end < final {
            next.article = end
            next.key = kind == .article ? end.text : Self.largest.text
        } else {
            next.finishKind()
        }
        return next
    }

    /// Behind every key of an article.
    private static let largest = EntityID(high: .max, low: .max)
}

extension SnapshotRow {
    init(_ row: Row) {
        self.init(kind: row.kind, id: row.wireID, version: row.version, canonical: row.canonicalBytes)
    }
}
