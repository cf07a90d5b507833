package import AnnotationModel
import Postgres

/// Which rows of one kind are wanted; nil is any.
package struct RowFilter: Sendable, Hashable {
    package var id: EntityID?
    package var article: EntityID?
    /// Comments and reviews on these annotations.
    package var annotations: [EntityID]?
    package var author: EntityID?
    package var label: String?
    package var state: Conflict.State?

    package init(
        id: EntityID? = nil, article: EntityID? = nil, annotations: [EntityID]? = nil, author: EntityID? = nil,
        label: String? = nil, state: Conflict.State? = nil
    ) {
        self.id = id
        self.article = article
        self.annotations = annotations
        self.author = author
        self.label = label
        self.state = state
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
        var statement = Statement()
        if kind == .annotation { statement.append("WITH t AS (\n") }
        statement.append("SELECT \(kind == .annotation ? "t.*" : RowColumns.columns(kind))")
        statement.append(" FROM \(RowColumns.table(kind)) t\n\(Self.joins(kind))\n")
        statement.append("WHERE t.project_id = \(statement.bind(project))\(Self.isLive(kind))")
        Self.restrict(kind, filter, &statement)
        Self.see(kind, sight, &statement)
        if let after { statement.append(" AND t.id > \(statement.bind(after))") }
        statement.append("\nORDER BY t.id")
        if let limit { statement.append(" LIMIT \(statement.bind(limit))") }
        guard kind == .annotation else {
            return try await database.client.query(statement.query).map { row in
                var reader = ColumnReader(row)
                return try RowColumns.read(kind, &reader)
            }
        }
        statement.append(
            ")\nSELECT \(AnnotationRows.columns) FROM t \(AnnotationRows.spanJoin) ORDER BY t.id, s.ordinal")
        let rows = try await database.client.query(statement.query)
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
        case .comment, .review:
            if let annotations = filter.annotations {
                statement.append(" AND t.annotation_id = ANY (\(statement.bind(annotations)))")
            }
        case .conflict:
            if let state = filter.state { statement.append(" AND t.state = \(statement.bind(state))") }
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
