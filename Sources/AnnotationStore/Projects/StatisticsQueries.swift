import AnnotationModel
import Postgres

/// The aggregates behind `Statistics`, each within what the viewer sees.
struct StatisticsQueries {
    let project: EntityID
    let sight: Sight

    /// Live, deleted, and the code points of the live ones.
    var articles: PostgresQuery {
        query(
            """
            SELECT count(*) FILTER (WHERE t.deleted_at IS NULL), count(*) FILTER (WHERE t.deleted_at IS NOT NULL),
                coalesce(sum(t.length) FILTER (WHERE t.deleted_at IS NULL), 0)::bigint
            FROM articles t
            WHERE t.project_id = $1
            """
        ) { sight.article("t.id", &$0) }
    }

    /// All, by label and by author: annotations, final ones among them, and articles that have one.
    var annotations: PostgresQuery {
        query(
            """
            WITH t AS (
                SELECT t.label, t.author_id, t.article_id, count(*) AS n,
                    count(*) FILTER (WHERE t.state = 'final') AS final
                \(Self.from("annotations"))
            """,
            """
             GROUP BY t.label, t.author_id, t.article_id
            )
            SELECT grouping(label, author_id), label, author_id, coalesce(sum(n), 0)::bigint,
                coalesce(sum(final), 0)::bigint, count(DISTINCT article_id)
            FROM t
            GROUP BY GROUPING SETS ((), (label), (author_id))
            """, seeLayer)
    }

    func progress(since: Timestamp) -> PostgresQuery {
        query(
            """
            SELECT to_char(t.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), count(*) \(Self.from("annotations"))
            """,
            " GROUP BY 1"
        ) { statement in
            statement.append(" AND t.created_at >= \(statement.bind(since))::timestamptz - interval '1 day'")
            seeLayer(&statement)
        }
    }

    var relations: PostgresQuery {
        query(
            "SELECT t.label, t.author_id, count(*) \(Self.from("relations", below: "from_id", "to_id"))",
            " GROUP BY t.label, t.author_id", seeLayer)
    }

    var comments: PostgresQuery {
        query(
            "SELECT t.author_id, count(*) \(Self.from("comments", below: "annotation_id"))", " GROUP BY t.author_id"
        ) { sight.row(article: "t.article_id", owner: "t.owner_id", author: "t.author_id", &$0) }
    }

    var reviews: PostgresQuery {
        query(
            "SELECT t.reviewer_id, t.decision, count(*) \(Self.from("reviews", below: "annotation_id"))",
            " GROUP BY t.reviewer_id, t.decision"
        ) { sight.row(article: "t.article_id", owner: "t.owner_id", author: "t.reviewer_id", &$0) }
    }

    var conflicts: PostgresQuery {
        query(
            """
            SELECT t.state, count(*) FROM conflicts t JOIN articles a \(Self.isLiveArticle)
            WHERE t.project_id = $1
            """, " GROUP BY t.state"
        ) { sight.row(article: "t.article_id", owner: "t.owner_id", author: "t.author_id", &$0) }
    }

    /// Who sees only the own layers gets only the own assignments.
    var assignments: PostgresQuery {
        query("SELECT t.state, count(*) \(Self.from("assignments"))", " GROUP BY t.state") { statement in
            sight.row(article: "t.article_id", owner: "t.user_id", author: "t.user_id", &statement)
        }
    }

    var people: PostgresQuery {
        query(
            """
            SELECT u.id, u.name FROM members m JOIN users u ON u.id = m.user_id WHERE m.project_id = $1
            """)
    }

    var labels: PostgresQuery {
        query("SELECT key FROM labels WHERE project_id = $1 ORDER BY position, key")
    }

    private static let isLiveArticle =
        "ON a.project_id = t.project_id AND a.id = t.article_id AND a.deleted_at IS NULL"

    /// Live rows `t` of live articles, and where they stand below annotations, of live ones.
    private static func from(_ table: String, below columns: String...) -> String {
        let parents = columns.enumerated().map { place, column in
            " JOIN annotations n\(place) ON n\(place).project_id = t.project_id AND n\(place).id = t.\(column)"
                + " AND n\(place).deleted_at IS NULL"
        }
        return "FROM \(table) t JOIN articles a \(isLiveArticle)\(parents.joined())"
            + " WHERE t.project_id = $1 AND t.deleted_at IS NULL"
    }

    private func seeLayer(_ statement: inout Statement) {
        let owner = "(CASE WHEN t.layer = 'own' THEN t.author_id END)"
        sight.row(article: "t.article_id", owner: owner, author: owner, &statement)
    }

    private func query(
        _ text: String, _ end: String = "", _ see: (inout Statement) -> Void = { _ in }
    ) -> PostgresQuery {
        var statement = Statement()
        _ = statement.bind(project)  // $1
        statement.append(text)
        see(&statement)
        statement.append(end)
        return statement.query
    }
}
