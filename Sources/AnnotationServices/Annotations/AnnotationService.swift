package import AnnotationModel
package import AnnotationStore
import SyncProtocol

/// An annotation with what was remarked on it.
package struct AnnotationView: Sendable, Hashable {
    package var annotation: Annotation
    package var comments: [Comment]

    package init(annotation: Annotation, comments: [Comment]) {
        self.annotation = annotation
        self.comments = comments
    }
}

/// Reads what was said about articles: live rows that the viewer may see, in the order of their ids.
package struct AnnotationService: Sendable {
    private let store: RowStore

    init(database: Database) {
        store = RowStore(database)
    }

    package func list(
        _ access: ProjectAccess, _ filter: RowFilter = RowFilter(), after: EntityID? = nil, limit: Int
    ) async throws -> Page<AnnotationView> {
        let page = try await page(.annotation, access, filter, after: after, limit: limit)
        return Page(items: try await views(access, of: page.items), next: page.next)
    }

    package func show(_ access: ProjectAccess, id: EntityID) async throws -> AnnotationView {
        try access.require(.read)
        let found = try await store.annotation(id, project: access.project.id, sight: access.sight)
        guard let found, case .annotation(let annotation) = found.annotation else {
            throw Self.unknown(.annotation, id, access)
        }
        let comments = found.comments.compactMap { if case .comment(let comment) = $0 { comment } else { nil } }
        return AnnotationView(annotation: annotation, comments: comments)
    }

    package func relations(
        _ access: ProjectAccess, _ filter: RowFilter = RowFilter(), after: EntityID? = nil, limit: Int
    ) async throws -> Page<Relation> {
        try await page(.relation, access, filter, after: after, limit: limit).compactMap {
            if case .relation(let row) = $0 { row } else { nil }
        }
    }

    package func relation(_ access: ProjectAccess, id: EntityID) async throws -> Relation {
        guard case .relation(let row) = try await one(.relation, access, id) else {
            throw Self.unknown(.relation, id, access)
        }
        return row
    }

    package func comments(
        _ access: ProjectAccess, _ filter: RowFilter = RowFilter(), after: EntityID? = nil, limit: Int
    ) async throws -> Page<Comment> {
        try await page(.comment, access, filter, after: after, limit: limit).compactMap {
            if case .comment(let row) = $0 { row } else { nil }
        }
    }

    package func comment(_ access: ProjectAccess, id: EntityID) async throws -> Comment {
        guard case .comment(let row) = try await one(.comment, access, id) else {
            throw Self.unknown(.comment, id, access)
        }
        return row
    }

    package func reviews(
        _ access: ProjectAccess, _ filter: RowFilter = RowFilter(), after: EntityID? = nil, limit: Int
    ) async throws -> Page<Review> {
        try await page(.review, access, filter, after: after, limit: limit).compactMap {
            if case .review(let row) = $0 { row } else { nil }
        }
    }

    package func review(_ access: ProjectAccess, id: EntityID) async throws -> Review {
        guard case .review(let row) = try await one(.review, access, id) else {
            throw Self.unknown(.review, id, access)
        }
        return row
    }

    /// Open and resolved ones; whoever sees the entity sees its conflicts.
    package func conflicts(
        _ access: ProjectAccess, state: Conflict.State? = nil, article: EntityID? = nil, entity: EntityID? = nil,
        after: EntityID? = nil, limit: Int
    ) async throws -> Page<Conflict> {
        let filter = RowFilter(article: article, state: state, entity: entity)
        return try await page(.conflict, access, filter, after: after, limit: limit).compactMap {
            if case .conflict(let row) = $0 { row } else { nil }
        }
    }

    package func conflict(_ access: ProjectAccess, id: EntityID) async throws -> Conflict {
        guard case .conflict(let row) = try await one(.conflict, access, id) else {
            throw Self.unknown(.conflict, id, access)
        }
        return row
    }

    /// All annotations of one article.
    func all(_ access: ProjectAccess, article: EntityID) async throws -> [AnnotationView] {
        try access.require(.read)
        let rows = try await store.list(
            .annotation, project: access.project.id, sight: access.sight, filter: RowFilter(article: article),
            after: nil, limit: nil)
        return try await views(access, of: rows)
    }

    /// Annotations with the comments on them that the viewer sees.
    package func views(_ access: ProjectAccess, of rows: [Row]) async throws -> [AnnotationView] {
        guard !rows.isEmpty else { return [] }
        let found = try await store.list(
            .comment, project: access.project.id, sight: access.sight,
            filter: RowFilter(annotations: rows.map(\.id)), after: nil, limit: nil)
        var comments: [EntityID: [Comment]] = [:]
        for case .comment(let comment) in found { comments[comment.annotationID, default: []].append(comment) }
        return rows.compactMap { row in
            guard case .annotation(let annotation) = row else { return nil }
            return AnnotationView(annotation: annotation, comments: comments[annotation.id] ?? [])
        }
    }

    private func page(
        _ kind: EntityKind, _ access: ProjectAccess, _ filter: RowFilter, after: EntityID?, limit: Int
    ) async throws -> Page<Row> {
        try access.require(.read)
        let rows = try await store.list(
            kind, project: access.project.id, sight: access.sight, filter: filter, after: after, limit: limit + 1)
        return Page(rows, limit: limit, key: \.id.text)
    }

    private func one(_ kind: EntityKind, _ access: ProjectAccess, _ id: EntityID) async throws -> Row {
        try access.require(.read)
        let rows = try await store.list(
            kind, project: access.project.id, sight: access.sight, filter: RowFilter(id: id), after: nil, limit: 1)
        guard let row = rows.first else { throw Self.unknown(kind, id, access) }
        return row
    }

    static func unknown(_ kind: EntityKind, _ id: EntityID, _ access: ProjectAccess) -> Problem {
        .notFound("there is no \(kind.rawValue) \(id) in \(access.project.name)")
    }
}

extension Page {
    fileprivate func compactMap<Other: Sendable>(_ transform: (Item) -> Other?) -> Page<Other> {
        Page<Other>(items: items.compactMap(transform), next: next)
    }
}
