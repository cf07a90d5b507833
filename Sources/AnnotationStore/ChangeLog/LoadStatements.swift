import AnnotationModel
import Digest
import Postgres
import SyncEngine

/// The statements of one load: parameters are alike in all of them.
///
/// `asked` are the named rows with aliases followed, `entities` these and the entities of conflicts among them, and
/// `wanted` the annotations concerned: named, at the ends of relations, below comments and reviews, possible twins.
/// The plain form, for pushes that name annotations only, leaves the rest out.
struct LoadStatements {
    let project: EntityID
    let kinds: [EntityKind]
    let ids: [EntityID]
    let reviewed: [EntityID]
    let twins: [TwinKey]
    let articles: [EntityID]
    let texts: [SHA256Digest]
    /// Whether anything but annotations is named.
    let isPlain: Bool
    private let bindings: PostgresBindings

    init(_ request: LoadRequest, project: EntityID) {
        self.project = project
        // In order, so that equal requests take equal locks in statements that sort nothing themselves.
        let rows = request.rows.sorted { ($0.kind.rawValue, $0.id) < ($1.kind.rawValue, $1.id) }
        reviewed = request.reviewed.sorted()
        kinds = rows.map(\.kind) + reviewed.map { _ in .annotation }
        ids = rows.map(\.id) + reviewed
        twins = Array(request.twins)
        articles = request.articles.sorted()
        texts = request.texts.sorted()
        isPlain = reviewed.isEmpty && kinds.allSatisfy { $0 == .annotation }
        bindings = ChangeLog.bindings(project, kinds, ids, twins.map(\.articleID), twins.map(\.hash))
    }

    private static let asked = """
        asked AS (
            SELECT w.kind,
                coalesce((SELECT x.id FROM aliases x WHERE x.project_id = $1 AND x.alias = w.id), w.id) AS id
            FROM unnest($2::text[], $3::uuid[]) AS w(kind, id)
        )
        """

    private static let twin = """
        SELECT t.id FROM unnest($4::uuid[], $5::bigint[]) AS w(article_id, hash)
        JOIN annotations t ON t.project_id = $1 AND t.article_id = w.article_id AND t.content_hash = w.hash
        WHERE t.deleted_at IS NULL
        """

    private static let plainHead = """
        WITH \(asked), entities AS (SELECT kind, id FROM asked), wanted AS (
            SELECT id FROM asked
            UNION \(twin)
        )
        """

    private static let fullHead = """
        WITH \(asked), entities AS (
            SELECT kind, id FROM asked
            UNION
            SELECT c.entity, c.entity_id FROM asked k
            JOIN conflicts c ON c.project_id = $1 AND c.id = k.id
            WHERE k.kind = 'conflict'
        ), wanted AS (
            SELECT id FROM entities WHERE kind = 'annotation'
            UNION
            SELECT e.id FROM entities k
            JOIN relations r ON r.project_id = $1 AND r.id = k.id
            CROSS JOIN LATERAL (VALUES (r.from_id), (r.to_id)) AS e(id)
            WHERE k.kind = 'relation'
            UNION
            SELECT c.annotation_id FROM entities k
            JOIN comments c ON c.project_id = $1 AND c.id = k.id
            WHERE k.kind = 'comment'
            UNION
            SELECT v.annotation_id FROM entities k
            JOIN reviews v ON v.project_id = $1 AND v.id = k.id
            WHERE k.kind = 'review'
            UNION \(twin)
        )
        """

    /// A statement behind either head. Made once: its text is the key by which a connection finds the prepared one.
    private struct Text {
        let plain: String
        let full: String

        init(plain: String, full: String) {
            self.plain = plainHead + "\n" + plain
            self.full = fullHead + "\n" + full
        }

        init(_ body: String) { self.init(plain: body, full: body) }
    }

    private func query(_ text: Text) -> PostgresQuery { query(sql: isPlain ? text.plain : text.full) }

    private func query(sql: String) -> PostgresQuery {
        PostgresQuery(unsafeSQL: sql, bindings: bindings)
    }

    /// One by one by the key, whatever the statistics say.
    var aliases: PostgresQuery {
        """
        SELECT w.alias, x.id
        FROM unnest(\(ids)) AS w(alias)
        CROSS JOIN LATERAL (
            SELECT t.id FROM aliases t WHERE t.project_id = \(project) AND t.alias = w.alias LIMIT 1
        ) x
        """
    }

    // MARK: Locks, kind by kind, each by id

    // The result is what is locked: a twin that appears between this statement and the next is not, and is left alone.
    var lockAnnotations: PostgresQuery { query(Self.lockAnnotationsText) }

    private static let lockAnnotationsText = Text(
        """
        SELECT t.id FROM annotations t
        WHERE t.project_id = $1 AND t.id = ANY (ARRAY(SELECT id FROM wanted))
        ORDER BY t.id FOR UPDATE OF t
        """)

    func lock(_ kind: EntityKind) -> PostgresQuery {
        query(
            sql: """
                \(Self.fullHead)
                SELECT t.id FROM \(RowColumns.table(kind)) t
                WHERE t.project_id = $1 AND t.id = ANY (ARRAY(\(named(kind))))
                ORDER BY t.id FOR UPDATE OF t
                """)
    }

    /// The ids of the rows of a kind that are concerned, but for annotations.
    private func named(_ kind: EntityKind) -> String {
        let named = "SELECT id FROM entities WHERE kind = '\(kind.rawValue)'"
        guard kind == .review, !reviewed.isEmpty else { return named }
        return """
            \(named)
            UNION
            SELECT v.id FROM reviews v
            WHERE v.project_id = $1 AND v.annotation_id = ANY (ARRAY(SELECT id FROM asked WHERE kind = 'annotation'))
            """
    }

    // MARK: Rows

    var annotations: PostgresQuery { query(Self.annotationsText) }

    private static let annotationsText = Text(
        """
        SELECT \(AnnotationRows.columns), \(HistoryColumns.columns)
        FROM annotations t \(AnnotationRows.spanJoin)
        WHERE t.project_id = $1 AND t.id = ANY (ARRAY(SELECT id FROM wanted))
        ORDER BY t.id, s.ordinal
        """)

    func rows(_ kind: EntityKind) -> PostgresQuery {
        query(
            sql: """
                \(Self.fullHead)
                SELECT \(RowColumns.columns(kind)), \(HistoryColumns.columns)
                FROM \(RowColumns.table(kind)) t
                WHERE t.project_id = $1 AND t.id = ANY (ARRAY(\(named(kind))))
                """)
    }

    /// The named ones, and the open ones of all rows.
    var conflicts: PostgresQuery { query(Self.conflictsText) }

    private static let conflictsText = Text(
        """
        SELECT \(RowColumns.columns(.conflict)) FROM conflicts t
        WHERE t.project_id = $1 AND t.state = 'open'
            AND t.entity_id = ANY (ARRAY(SELECT id FROM wanted UNION SELECT id FROM entities))
        UNION ALL
        SELECT \(RowColumns.columns(.conflict)) FROM conflicts t
        WHERE t.project_id = $1 AND t.id = ANY (ARRAY(SELECT id FROM asked WHERE kind = 'conflict'))
        """)

    private static let articlesOfAnnotations = """
        SELECT unnest($6::uuid[])
        UNION
        SELECT t.article_id FROM annotations t
        WHERE t.project_id = $1 AND t.id = ANY (ARRAY(SELECT id FROM wanted))
        """

    private static let allArticles = """
        \(articlesOfAnnotations)
        UNION
        SELECT t.article_id FROM asked k JOIN assignments t ON t.project_id = $1 AND t.id = k.id
        WHERE k.kind = 'assignment'
        UNION
        SELECT t.article_id FROM asked k JOIN conflicts t ON t.project_id = $1 AND t.id = k.id
        WHERE k.kind = 'conflict'
        """

    private static func textOfArticles(_ body: (_ articles: String) -> String) -> Text {
        Text(plain: body(articlesOfAnnotations), full: body(allArticles))
    }

    private func queryOfArticles(_ text: Text) -> PostgresQuery {
        var query = query(text)
        query.bindings.append(articles)
        return query
    }

    var articleRows: PostgresQuery { queryOfArticles(Self.articleRowsText) }

    private static let articleRowsText = textOfArticles { articles in
        """
        SELECT \(RowColumns.columns(.article)), t.deleted_at IS NOT NULL FROM articles t
        WHERE t.project_id = $1 AND t.id = ANY (ARRAY(\(articles)))
        """
    }

    var articleVersions: PostgresQuery { queryOfArticles(Self.articleVersionsText) }

    private static let articleVersionsText = textOfArticles { articles in
        """
        SELECT t.article_id, t.sha256 FROM article_versions t
        WHERE t.project_id = $1 AND t.article_id = ANY (ARRAY(\(articles)))
        """
    }

    /// Each text once, however many articles have it.
    var articleTexts: PostgresQuery {
        """
        SELECT w.sha256, v.text
        FROM unnest(\(texts)) AS w(sha256)
        CROSS JOIN LATERAL (
            SELECT t.text FROM article_versions t WHERE t.project_id = \(project) AND t.sha256 = w.sha256 LIMIT 1
        ) v
        """
    }
}
