import AnnotationModel
import Digest
import JSONText
import Postgres
import SyncEngine

extension ColumnReader {
    /// Attributes; most have none.
    mutating func attributes() throws(PostgresError) -> Attributes {
        try next(StoredAttributes.self).values
    }
}

/// Reads rows of the kinds that stand in one table each, by the columns of that table as `t`.
enum RowColumns {
    /// The table, and the columns that `read` wants, in order.
    static func table(_ kind: EntityKind) -> String {
        switch kind {
        case .project: "projects"
        case .member: "members"
        case .label: "labels"
        case .article: "articles"
        case .articleVersion: "article_versions"
        case .annotation: "annotations"
        case .relation: "relations"
        case .comment: "comments"
        case .review: "reviews"
        case .assignment: "assignments"
        case .conflict: "conflicts"
        }
    }

    static func columns(_ kind: EntityKind) -> String {
        switch kind {
        case .project: "t.id, t.name, t.title, t.language, t.layers, t.visibility, t.access, t.version"
        // A member's name is the user's.
        case .member: "t.user_id, (SELECT u.name FROM users u WHERE u.id = t.user_id), t.role, t.version"
        case .label:
            """
            t.key, t.name, t.kind, t.color, t.shortcut, t.attributes, t.from_labels, t.to_labels, t.zero_width,
            t.retired, t.version
            """
        case .article: "t.id, t.external_id, t.metadata, t.article_version, t.length, t.version"
        case .articleVersion: "t.id, t.article_id, t.sha256, t.length, t.version"
        case .annotation: AnnotationRows.columns
        case .relation:
            """
            t.id, t.article_id, t.author_id, t.layer, t.label, t.attributes, t.from_id, t.to_id, t.created_at,
            t.version
            """
        case .comment: "t.id, t.article_id, t.annotation_id, t.author_id, t.text, t.created_at, t.version"
        case .review:
            "t.id, t.article_id, t.annotation_id, t.reviewer_id, t.decision, t.text, t.created_at, t.version"
        case .assignment: "t.id, t.article_id, t.user_id, t.state, t.expires_at, t.version"
        case .conflict:
            """
            t.id, t.article_id, t.entity, t.entity_id, t.field, t.kept, t.other, t.state, t.choice, t.resolved_by,
            t.version
            """
        }
    }

    /// Reads a row; the reader stands behind it then. Annotations, which have spans, are read by `AnnotationRows`.
    static func read(_ kind: EntityKind, _ reader: inout ColumnReader) throws -> Row {
        switch kind {
        case .project: return .project(try Project(&reader))
        case .member:
            return .member(
                Member(
                    id: try reader.next(), name: try reader.next(), role: try reader.next(),
                    version: try reader.next()))
        case .label:
            return .label(try LabelRow.decode(reader.row))
        case .article:
            return .article(
                Article(
                    id: try reader.next(), externalID: try reader.next(), metadata: try reader.next(),
                    articleVersion: try reader.next(), length: try reader.next(), version: try reader.next()))
        case .articleVersion:
            return .articleVersion(
                ArticleVersion(
                    id: try reader.next(), articleID: try reader.next(), sha256: try reader.next(),
                    length: try reader.next(), version: try reader.next()))
        case .annotation: preconditionFailure("annotations are read with their spans")
        case .relation:
            return .relation(
                Relation(
                    id: try reader.next(), articleID: try reader.next(), author: try reader.next(),
                    layer: try reader.next(), label: try reader.next(), attributes: try reader.attributes(),
                    from: try reader.next(), to: try reader.next(), createdAt: try reader.next(),
                    version: try reader.next()))
        case .comment:
            return .comment(
                Comment(
                    id: try reader.next(), articleID: try reader.next(), annotationID: try reader.next(),
                    author: try reader.next(), text: try reader.next(), createdAt: try reader.next(),
                    version: try reader.next()))
        case .review:
            return .review(
                Review(
                    id: try reader.next(), articleID: try reader.next(), annotationID: try reader.next(),
                    reviewer: try reader.next(), decision: try reader.next(), text: try reader.next(),
                    createdAt: try reader.next(), version: try reader.next()))
        case .assignment:
            return .assignment(
                Assignment(
                    id: try reader.next(), articleID: try reader.next(), user: try reader.next(),
                    state: try reader.next(), expiresAt: try reader.next(), version: try reader.next()))
        case .conflict:
            return .conflict(
                Conflict(
                    id: try reader.next(), articleID: try reader.next(), entity: try reader.next(),
                    entityID: try reader.next(), field: try reader.next(), kept: try side(&reader),
                    other: try side(&reader), state: try reader.next(), choice: try reader.next(),
                    resolvedBy: try reader.next(), version: try reader.next()))
        }
    }

    private static func side(_ reader: inout ColumnReader) throws -> ConflictSide {
        let text: TextBytes = try reader.next()
        do {
            guard let object = try JSONValue(parsing: text.bytes, options: .lenient).objectValue else {
                throw StoreError(.damaged, "a stored conflict's value is no object; run manicule verify")
            }
            let side = RowReader(object: object)
            return ConflictSide(
                value: object["value"] ?? .null, by: try side.id("by"), client: try side.optionalID("client"),
                at: try side.time("at"))
        } catch let error as RowError {
            throw StoreError(
                .damaged, "a stored conflict cannot be read: \(error.path) \(error.message); run manicule verify")
        }
    }
}

extension ConflictSide {
    /// The text that the database keeps.
    var stored: TextBytes {
        var object: JSONObject = ["value": value, "by": .string(by.text), "at": .string(at.text)]
        if let client { object["client"] = .string(client.text) }
        return TextBytes(object.canonicalBytes())
    }
}
