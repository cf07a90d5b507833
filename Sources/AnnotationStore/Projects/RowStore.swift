package import AnnotationModel
import Postgres

/// Which rows of one kind are wanted; nil is any.
package struct RowFilter: Sendable, Hashable {
    package var id: EntityID?
    package var article: EntityID?
    /// Comments and reviews on these annotations, relations from or to one of them.
    package var annotations: [EntityID]?
    package var author: EntityID?
    package var label: String?
    /// Of conflicts.
    package var state: Conflict.State?
    /// Of annotations.
    package var annotationState: AnnotationState?
    /// Of annotations and relations.
    package var layer: Layer?
    /// Conflicts of this annotation, relation, ….
    package var entity: EntityID?

    package init(
        id: EntityID? = nil, article: EntityID? = nil, annotations: [EntityID]? = nil, author: EntityID? = nil,
        label: String? = nil, state: Conflict.State? = nil, annotationState: AnnotationState? = nil,
        layer: Layer? = nil, entity: EntityID? = nil
    ) {
        self.id = id
        self.article = article
        self.annotations = annotations
        self.author = author
        self.label = label
        self.state = state
        self.annotationState = annotationState
        self.layer = layer
        self.entity = entity
    }
}

/// Reads annotations, relations, comments, reviews and conflicts by id: live ones, within what a viewer sees.
package struct RowStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// Rows of one kind in the order of their ids, `limit` at most.
    package func list(
        _ kind: EntityKind, project: EntityID, sight: Sight, filter: RowFilter, after: EntityID?, limit: Int?
    ) async throws -> [Row] {
        let query = Self.query(kind, project: project, sight: sight, filter: filter, after: after, limit: limit)
        return try Self.rows(kind, try await database.client.query(query))
    }

    /// One annotation, and the comments on it: one round trip.
    package func annotation(
        _ id: EntityID, project: EntityID, sight: Sight
    ) async throws -> (annotation: Row, comments: [Row])? {
        let filters: [(EntityKind, RowFilter)] = [
            (.annotation, RowFilter(id: id)), (.comment, RowFilter(annotations: [id])),
        ]
        let queries = filters.map { kind, filter in
            Self.query(kind, project: project, sight: sight, filter: filter, after: nil, limit: nil)
        }
        let found = try await database.client.withConnection { try await $0.pipeline(queries) }
        guard let row = try Self.rows(.annotation, found[0]).first else { return nil }
        return (row, try Self.rows(.comment, found[1]))
    }

    private static func query(
        _ kind: EntityKind, project: EntityID, sight: Sight, filter: RowFilter, after: EntityID?, limit: Int?
    ) -> PostgresQuery {
        var statement = Statement()
        if kind == .annotation { statement.append("WITH t AS (\n") }
        statement.append("SELECT \(kind == .annotation ? "t.*" : RowColumns.columns(kind))")
        statement.append(" FROM \(RowColumns.table(kind)) t\n\(joins(kind))\n")
        statement.append("WHERE t.project_id = \(statement.bind(project))\(isLive(kind))")
        restrict(kind, filter, &statement)
        see(kind, sight, &statement)
        if let after { statement.append(" AND t.id > \(statement.bind(after))") }
        statement.append("\nORDER BY t.id")
        if let limit { statement.append(" LIMIT \(statement.bind(limit))") }
        guard kind == .annotation else { return statement.query }
        statement.append(
            ")\nSELECT \(AnnotationRows.columns) FROM t \(AnnotationRows.spanJoin) ORDER BY t.id, s.ordinal")
        return statement.query
    }

    private static func rows(_ kind: EntityKind, _ rows: PostgresRows) throws -> [Row] {
        guard kind == .annotation else {
            return try rows.map { row in
                var reader = ColumnReader(row)
                return try RowColumns.read(kind, &reader)
            }
        }
        return try AnnotationRows.read(rows).map { .annotation($0.annotation) }
    }

    private static func joins(_ kind: EntityKind) -> String {
        let article = "JOIN articles a ON a.project_id = t.project_id AND a.id = t.article_id AND a.deleted_at IS NULL"
        func annotation(_ name: String, _ column: String) -> String {
            "\nJOIN annotations \(name) ON \(name).project_id = t.project_id AND \(name).id = t.\(column)"
                + " AND \(name).deleted_at IS NULL"
        }
        return switch kind {
        case .relation: article + annotation("f", "from_id") + annotation("g", "to_id")
        case .comment, .review: article + annotation("n", "annotation_id")
        default: article
        }
    }

    /// Conflicts are never deleted: they close.
    private static func isLive(_ kind: EntityKind) -> String {
        kind == .conflict ? "" : " AND t.deleted_at IS NULL"
    }

    private static func restrict(_ kind: EntityKind, _ filter: RowFilter, _ statement: inout Statement) {
        if let id = filter.id { statement.append(" AND t.id = \(statement.bind(id))") }
        if let article = filter.article { statement.append(" AND t.article_id = \(statement.bind(article))") }
        if let author = filter.author {
            let column = kind == .review ? "reviewer_id" : "author_id"
            statement.append(" AND t.\(column) = \(statement.bind(author))")
        }
        switch kind {
        case .annotation, .relation:
            if let label = filter.label { statement.append(" AND t.label = \(statement.bind(label))") }
            if let layer = filter.layer { statement.append(" AND t.layer = \(statement.bind(layer))") }
            if kind == .annotation {
                if let state = filter.annotationState {
                    statement.append(" AND t.state = \(statement.bind(state))")
                }
            } else if let annotations = filter.annotations {
                // By the article, which has an index: both ends are on the relation's. $1 is the project.
                let ids = statement.bind(annotations)
                statement.append(
                    """
                     AND (t.from_id = ANY (\(ids)) OR t.to_id = ANY (\(ids))) AND t.article_id = ANY (ARRAY(
                        SELECT e.article_id FROM annotations e
                        WHERE e.project_id = $1 AND e.id = ANY (\(ids))))
                    """)
            }
        case .comment, .review:
            if let annotations = filter.annotations {
                // One alone is planned once: for an array PostgreSQL makes a new plan each time.
                statement.append(
                    annotations.count == 1
                        ? " AND t.annotation_id = \(statement.bind(annotations[0]))"
                        : " AND t.annotation_id = ANY (\(statement.bind(annotations)))")
            }
        case .conflict:
            if let state = filter.state { statement.append(" AND t.state = \(statement.bind(state))") }
            if let entity = filter.entity { statement.append(" AND t.entity_id = \(statement.bind(entity))") }
        default: break
        }
    }

    private static func see(_ kind: EntityKind, _ sight: Sight, _ statement: inout Statement) {
        let owner: String
        let author: String
        switch kind {
        case .annotation, .relation:
            owner = "(CASE WHEN t.layer = 'own' THEN t.author_id END)"
            author = owner
        case .review: (owner, author) = ("t.owner_id", "t.reviewer_id")
        default: (owner, author) = ("t.owner_id", "t.author_id")
        }
        sight.row(article: "t.article_id", owner: owner, author: author, &statement)
    }
}
