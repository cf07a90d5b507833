package import AnnotationModel
package import Digest
import JSONText
package import Postgres

/// Reads a whole project for an export: everything live, an article with all that was said about it at a time, in the
/// order of the external ids' bytes. All calls belong in one `snapshot` transaction.
package struct ExportReader {
    private let transaction: PostgresTransaction
    private let project: EntityID

    package init(_ transaction: PostgresTransaction, project: EntityID) {
        self.transaction = transaction
        self.project = project
    }

    /// What stands before the articles.
    package struct Head: Sendable {
        package var project: Project
        package var head: Int64
        package var labels: [Label]
        /// The names of all who wrote something that is exported, by id.
        package var people: [EntityID: String]
        package var articleCount: Int
    }

    package func head() async throws -> Head? {
        let results = try await transaction.pipeline([
            """
            SELECT p.id, p.name, p.title, p.language, p.layers, p.visibility, p.access, p.version, l.head,
                   (SELECT count(*) FROM articles AS a WHERE a.project_id = p.id AND a.deleted_at IS NULL)
            FROM projects AS p JOIN project_log AS l ON l.project_id = p.id WHERE p.id = \(project)
            """,
            """
            SELECT key, name, kind, color, shortcut, attributes, from_labels, to_labels, zero_width, retired, version
            FROM labels WHERE project_id = \(project)
            """,
            """
            SELECT u.id, u.name FROM users AS u WHERE u.id IN (
                SELECT n.author_id FROM annotations AS n
                    JOIN articles AS a ON a.project_id = n.project_id AND a.id = n.article_id
                    WHERE n.project_id = \(project) AND n.deleted_at IS NULL AND a.deleted_at IS NULL
                UNION SELECT c.author_id FROM comments AS c
                    JOIN annotations AS n ON n.project_id = c.project_id AND n.id = c.annotation_id
                    JOIN articles AS a ON a.project_id = n.project_id AND a.id = n.article_id
                    WHERE c.project_id = \(project) AND c.deleted_at IS NULL AND n.deleted_at IS NULL
                        AND a.deleted_at IS NULL
                UNION SELECT v.reviewer_id FROM reviews AS v
                    JOIN annotations AS n ON n.project_id = v.project_id AND n.id = v.annotation_id
                    JOIN articles AS a ON a.project_id = n.project_id AND a.id = n.article_id
                    WHERE v.project_id = \(project) AND v.deleted_at IS NULL AND n.deleted_at IS NULL
                        AND a.deleted_at IS NULL
                UNION SELECT r.author_id FROM relations AS r
                    JOIN articles AS a ON a.project_id = r.project_id AND a.id = r.article_id
                    WHERE r.project_id = \(project) AND r.deleted_at IS NULL AND a.deleted_at IS NULL)
            """,
        ])
        guard let row = results[0].first else { return nil }
        let (id, name, title, language, layers, visibility, access, version, head, count) = try row.decode(
            (EntityID, String, String, String?, LayerMode, Visibility, Access, Int64, Int64, Int64).self)
        var people: [EntityID: String] = [:]
        for row in results[2] {
            let (id, name) = try row.decode((EntityID, String).self)
            people[id] = name
        }
        return Head(
            project: Project(
                id: id, name: name, title: title, language: language, layers: layers, visibility: visibility,
                access: access, version: version),
            head: head, labels: try results[1].map { try LabelRow.decode($0) }, people: people,
            articleCount: Int(count))
    }

    /// One article with everything below it.
    package struct Item: Sendable {
        package var article: Article
        /// Oldest first.
        package var texts: [(sha256: SHA256Digest, text: String)] = []
        package var annotations: [Annotation] = []
        package var comments: [Comment] = []
        package var relations: [Relation] = []
        package var reviews: [Review] = []
    }

    /// The next articles after an external id; empty at the end.
    package func items(after externalID: String?, limit: Int) async throws -> [Item] {
        let articles = try await transaction.query(
            """
            SELECT id, external_id, metadata, article_version, length, version FROM articles
            WHERE project_id = \(project) AND deleted_at IS NULL AND external_id COLLATE "C" > \(externalID ?? "")
            ORDER BY external_id COLLATE "C" LIMIT \(limit)
            """)
        var items: [Item] = []
        var places: [EntityID: Int] = [:]
        for row in articles {
            let (id, externalID, metadata, digest, length, version) = try row.decode(
                (EntityID, String, JSONObject, SHA256Digest, Int, Int64).self)
            places[id] = items.count
            items.append(
                Item(
                    article: Article(
                        id: id, externalID: externalID, metadata: metadata, articleVersion: digest, length: length,
                        version: version)))
        }
        guard !items.isEmpty else { return [] }
        try await fill(&items, places)
        return items
    }

    private func fill(_ items: inout [Item], _ places: [EntityID: Int]) async throws {
        let ids = items.map(\.article.id)
        let results = try await transaction.pipeline([
            """
            SELECT article_id, sha256, text FROM article_versions
            WHERE project_id = \(project) AND article_id = ANY(\(ids)) ORDER BY version
            """,
            """
            SELECT s.annotation_id, s.start_offset, s.end_offset, s.quote, s.quote_sha256 FROM annotations AS n
            JOIN spans AS s ON s.project_id = n.project_id AND s.annotation_id = n.id
            WHERE n.project_id = \(project) AND n.article_id = ANY(\(ids)) AND n.deleted_at IS NULL
            ORDER BY s.annotation_id, s.ordinal
            """,
            """
            SELECT id, article_id, author_id, layer, label, attributes, article_version, state, created_at, version
            FROM annotations
            WHERE project_id = \(project) AND article_id = ANY(\(ids)) AND deleted_at IS NULL ORDER BY id
            """,
            """
            SELECT c.id, c.article_id, c.annotation_id, c.author_id, c.text, c.created_at, c.version FROM comments AS c
            JOIN annotations AS n ON n.project_id = c.project_id AND n.id = c.annotation_id
            WHERE c.project_id = \(project) AND c.article_id = ANY(\(ids)) AND c.deleted_at IS NULL
                AND n.deleted_at IS NULL
            ORDER BY c.id
            """,
            """
            SELECT r.id, r.article_id, r.author_id, r.layer, r.label, r.attributes, r.from_id, r.to_id, r.created_at,
                   r.version
            FROM relations AS r
            JOIN annotations AS f ON f.project_id = r.project_id AND f.id = r.from_id
            JOIN annotations AS t ON t.project_id = r.project_id AND t.id = r.to_id
            WHERE r.project_id = \(project) AND r.article_id = ANY(\(ids)) AND r.deleted_at IS NULL
                AND f.deleted_at IS NULL AND t.deleted_at IS NULL
            ORDER BY r.id
            """,
            """
            SELECT v.id, v.article_id, v.annotation_id, v.reviewer_id, v.decision, v.text, v.created_at, v.version
            FROM reviews AS v
            JOIN annotations AS n ON n.project_id = v.project_id AND n.id = v.annotation_id
            WHERE v.project_id = \(project) AND v.article_id = ANY(\(ids)) AND v.deleted_at IS NULL
                AND n.deleted_at IS NULL
            ORDER BY v.id
            """,
        ])
        for row in results[0] {
            let (article, sha256, text) = try row.decode((EntityID, SHA256Digest, String).self)
            if let place = places[article] { items[place].texts.append((sha256, text)) }
        }
        var spans: [EntityID: [Span]] = [:]
        for row in results[1] {
            let (id, start, end, quote, digest) = try row.decode(
                (EntityID, Int, Int, String?, SHA256Digest?).self)
            let quoted = digest.map { Quote.digest($0) } ?? .text(quote ?? "")
            spans[id, default: []].append(Span(start: start, end: end, quote: quoted))
        }
        for row in results[2] {
            let (id, article, author, layer, label, attributes, text, state, createdAt, version) = try row.decode(
                (
                    EntityID, EntityID, EntityID, Layer, String, JSONObject, SHA256Digest, AnnotationState, Timestamp,
                    Int64
                ).self)
            guard let place = places[article] else { continue }
            items[place].annotations.append(
                Annotation(
                    id: id, articleID: article, author: author, layer: layer, label: label,
                    attributes: Dictionary(attributes.members.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }),
                    anchor: Anchor(articleVersion: text, spans: spans[id] ?? []), state: state, createdAt: createdAt,
                    version: version))
        }
        for row in results[3] {
            let (id, article, annotation, author, text, createdAt, version) = try row.decode(
                (EntityID, EntityID, EntityID, EntityID, String, Timestamp, Int64).self)
            guard let place = places[article] else { continue }
            items[place].comments.append(
                Comment(
                    id: id, articleID: article, annotationID: annotation, author: author, text: text,
                    createdAt: createdAt, version: version))
        }
        for row in results[4] {
            let (id, article, author, layer, label, attributes, from, to, createdAt, version) = try row.decode(
                (EntityID, EntityID, EntityID, Layer, String, JSONObject, EntityID, EntityID, Timestamp, Int64).self)
            guard let place = places[article] else { continue }
            items[place].relations.append(
                Relation(
                    id: id, articleID: article, author: author, layer: layer, label: label,
                    attributes: Dictionary(attributes.members.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }),
                    from: from, to: to, createdAt: createdAt, version: version))
        }
        for row in results[5] {
            let (id, article, annotation, reviewer, decision, text, createdAt, version) = try row.decode(
                (EntityID, EntityID, EntityID, EntityID, ReviewDecision, String, Timestamp, Int64).self)
            guard let place = places[article] else { continue }
            items[place].reviews.append(
                Review(
                    id: id, articleID: article, annotationID: annotation, reviewer: reviewer, decision: decision,
                    text: text, createdAt: createdAt, version: version))
        }
    }
}
