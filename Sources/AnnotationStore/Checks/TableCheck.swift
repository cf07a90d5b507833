import AnnotationModel
import Postgres

/// What is asked of one table, page by page of its key. A question selects an id and a message for each row that is
/// wrong; `$1` is the project, and the page's keys lie in `($2, $3]`.
struct TableCheck {
    struct Question {
        var name: String
        var sql: String
    }

    var table: String
    var key = "id"
    /// Rows of a page.
    var page: Int64
    var questions: [Question]

    /// The last key of the next page, and how many rows it has.
    func pageQuery(_ project: EntityID, after: EntityID) -> PostgresQuery {
        // There is no max(uuid).
        PostgresQuery(
            unsafeSQL: """
                WITH page AS (
                    SELECT \(key) AS key FROM \(table) WHERE project_id = $1 AND \(key) > $2 ORDER BY \(key) LIMIT $3
                )
                SELECT (SELECT key FROM page ORDER BY key DESC LIMIT 1), (SELECT count(*) FROM page)
                """, bindings: ChangeLog.bindings(project, after, page))
    }

    func queries(_ project: EntityID, after: EntityID, upTo last: EntityID) -> [PostgresQuery] {
        questions.map { PostgresQuery(unsafeSQL: $0.sql, bindings: ChangeLog.bindings(project, after, last)) }
    }

    static let all = [
        articleVersions, articles, annotations, relations, comments, reviews, assignments, conflicts, progress,
    ]

    private static func page(_ key: String = "t.id") -> String { "t.project_id = $1 AND \(key) > $2 AND \(key) <= $3" }

    /// A version above the log's head, or one that no commit gives.
    private static func version(_ table: String) -> Question {
        Question(
            name: "version",
            sql: """
                SELECT t.id::text, format('its version %s is not between 1 and the head %s', t.version, l.head)
                FROM \(table) t JOIN project_log l ON l.project_id = t.project_id
                WHERE \(page()) AND t.version NOT BETWEEN 1 AND l.head
                """)
    }

    // MARK: Texts and quotes

    private static let articleVersions = TableCheck(
        table: "article_versions", page: 200,
        questions: [
            Question(
                name: "text",
                sql: """
                    SELECT t.id::text, CASE WHEN sha256(convert_to(t.text, 'UTF8')) <> t.sha256
                        THEN 'its text has another SHA-256'
                        ELSE format('its text has %s code points, not %s', char_length(t.text), t.length) END
                    FROM article_versions t
                    WHERE \(page()) AND (sha256(convert_to(t.text, 'UTF8')) <> t.sha256
                        OR char_length(t.text) <> t.length)
                    """),
            Question(
                name: "quote",
                sql: """
                    SELECT a.id::text, format('the span %s:%s does not cover what it quotes', s.start_offset, s.end_offset)
                    FROM article_versions t
                    JOIN annotations a ON a.project_id = $1 AND a.article_id = t.article_id
                        AND a.article_version = t.sha256 AND a.deleted_at IS NULL
                    JOIN spans s ON s.project_id = $1 AND s.annotation_id = a.id
                    CROSS JOIN LATERAL (
                        SELECT substring(t.text FROM s.start_offset + 1 FOR s.end_offset - s.start_offset) AS text
                    ) covered
                    WHERE \(page()) AND (s.end_offset > t.length
                        OR CASE WHEN s.quote IS NULL
                            THEN sha256(convert_to(covered.text, 'UTF8')) <> s.quote_sha256
                            ELSE covered.text <> s.quote END)
                    """),
            version("article_versions"),
        ])

    private static let articles = TableCheck(
        table: "articles", page: 2000,
        questions: [
            Question(
                name: "article-text",
                sql: """
                    SELECT t.id::text, 'its current text is no version of it, or has another length'
                    FROM articles t
                    LEFT JOIN article_versions v
                        ON v.project_id = t.project_id AND v.article_id = t.id AND v.sha256 = t.article_version
                    WHERE \(page()) AND v.length IS DISTINCT FROM t.length
                    """),
            version("articles"),
        ])

    // MARK: What was said

    private static let annotations = TableCheck(
        table: "annotations", page: 5000,
        questions: [
            Question(
                name: "annotation-text",
                sql: """
                    SELECT t.id::text, 'it stands on a text that is no version of its article'
                    FROM annotations t
                    LEFT JOIN article_versions v ON v.project_id = t.project_id AND v.article_id = t.article_id
                        AND v.sha256 = t.article_version
                    WHERE \(page()) AND v.id IS NULL
                    """),
            Question(
                name: "annotation-author",
                sql: """
                    SELECT t.id::text, 'its author was never a member'
                    FROM annotations t
                    LEFT JOIN members m ON m.project_id = t.project_id AND m.user_id = t.author_id
                    WHERE \(page()) AND m.user_id IS NULL
                    """),
            Question(
                name: "spans",
                sql: """
                    SELECT t.annotation_id::text, 'its spans overlap, or are not sorted, or one is missing'
                    FROM (
                        SELECT t.annotation_id, t.ordinal, t.start_offset,
                            row_number() OVER w - 1 AS place, lag(t.start_offset) OVER w AS previous_start,
                            lag(t.end_offset) OVER w AS previous_end
                        FROM spans t WHERE \(page("t.annotation_id"))
                        WINDOW w AS (PARTITION BY t.annotation_id ORDER BY t.ordinal)
                    ) t
                    WHERE t.ordinal <> t.place OR t.start_offset < t.previous_end OR t.start_offset = t.previous_start
                    GROUP BY t.annotation_id
                    """),
            version("annotations"),
        ])

    private static let relations = TableCheck(
        table: "relations", page: 5000,
        questions: [
            Question(
                name: "relation-ends",
                sql: """
                    SELECT t.id::text, 'its ends are not both annotations of its article and layer'
                    FROM relations t
                    LEFT JOIN annotations f ON f.project_id = t.project_id AND f.id = t.from_id
                    LEFT JOIN annotations g ON g.project_id = t.project_id AND g.id = t.to_id
                    WHERE \(page()) AND (f.article_id, f.layer, g.article_id, g.layer)
                        IS DISTINCT FROM (t.article_id, t.layer, t.article_id, t.layer)
                    """),
            version("relations"),
        ])

    /// Whether a row stands on an annotation of its article, and has its owner from it.
    private static func parent(_ table: String) -> Question {
        Question(
            name: "\(table.dropLast())-annotation",
            sql: """
                SELECT t.id::text, 'its annotation is missing, of another article, or has another owner'
                FROM \(table) t
                LEFT JOIN annotations n ON n.project_id = t.project_id AND n.id = t.annotation_id
                WHERE \(page()) AND (n.article_id IS DISTINCT FROM t.article_id
                    OR t.owner_id IS DISTINCT FROM CASE WHEN n.layer = 'own' THEN n.author_id END)
                """)
    }

    private static let comments = TableCheck(
        table: "comments", page: 5000, questions: [parent("comments"), version("comments")])

    private static let reviews = TableCheck(
        table: "reviews", page: 5000,
        questions: [
            parent("reviews"),
            Question(
                name: "review-twice",
                sql: """
                    SELECT t.id::text, format('it is a second live review of the annotation %s by the same reviewer',
                        t.annotation_id)
                    FROM reviews t
                    WHERE \(page()) AND t.deleted_at IS NULL AND EXISTS (
                        SELECT FROM reviews o WHERE o.project_id = $1 AND o.annotation_id = t.annotation_id
                            AND o.reviewer_id = t.reviewer_id AND o.deleted_at IS NULL AND o.id < t.id)
                    """),
            version("reviews"),
        ])

    private static let assignments = TableCheck(
        table: "assignments", page: 5000,
        questions: [
            Question(
                name: "assignment-twice",
                sql: """
                    SELECT t.id::text, format('it is a second live assignment of the article %s to the same user',
                        t.article_id)
                    FROM assignments t
                    WHERE \(page()) AND t.deleted_at IS NULL AND EXISTS (
                        SELECT FROM assignments o WHERE o.project_id = $1 AND o.user_id = t.user_id
                            AND o.article_id = t.article_id AND o.deleted_at IS NULL AND o.id < t.id)
                    """),
            version("assignments"),
        ])

    private static let conflicts = TableCheck(
        table: "conflicts", page: 5000,
        questions: [
            Question(
                name: "conflict-entity",
                sql: """
                    SELECT t.id::text, format('the %s %s that it concerns is missing, or of another article', t.entity,
                        t.entity_id)
                    FROM conflicts t
                    WHERE \(page()) AND t.article_id IS DISTINCT FROM CASE t.entity
                        WHEN 'annotation' THEN (SELECT e.article_id FROM annotations e
                            WHERE e.project_id = $1 AND e.id = t.entity_id)
                        WHEN 'relation' THEN (SELECT e.article_id FROM relations e
                            WHERE e.project_id = $1 AND e.id = t.entity_id)
                        WHEN 'comment' THEN (SELECT e.article_id FROM comments e
                            WHERE e.project_id = $1 AND e.id = t.entity_id)
                        WHEN 'review' THEN (SELECT e.article_id FROM reviews e
                            WHERE e.project_id = $1 AND e.id = t.entity_id)
                        WHEN 'assignment' THEN (SELECT e.article_id FROM assignments e
                            WHERE e.project_id = $1 AND e.id = t.entity_id)
                        END
                    """),
            version("conflicts"),
        ])

    // MARK: Mutations

    private static let progress = TableCheck(
        table: "client_progress", key: "client_id", page: 20,
        questions: [
            Question(
                name: "results",
                sql: """
                    SELECT t.client_id::text, format(
                        'it has pushed %s mutations, but %s results are there, numbered from %s to %s',
                        t.last_mutation, r.count, coalesce(r.first, 0), coalesce(r.last, 0))
                    FROM client_progress t
                    CROSS JOIN LATERAL (
                        SELECT count(*) AS count, min(n) AS first, max(n) AS last FROM mutation_results r
                        WHERE r.project_id = $1 AND r.client_id = t.client_id
                    ) r
                    WHERE \(page("t.client_id")) AND (r.count, coalesce(r.first, 1), coalesce(r.last, 0))
                        IS DISTINCT FROM (t.last_mutation, 1::bigint, t.last_mutation)
                    """)
        ])
}
