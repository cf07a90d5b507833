import AnnotationModel
import Digest
import JSONText

/// Writes canonical JSONL: a header line, then a line per article.
///
/// Equal records give equal bytes: keys are sorted, as are labels by key, users by name, and annotations, comments,
/// relations and reviews by id; numbers have one form, lines end with LF, and neither seq nor version is in it. The
/// caller brings articles in the order of their external ids' bytes.
package struct ManiculeWriter: Sendable {
    /// The version of the format that is written, and the only one that is read.
    package static let version = 1

    package init() {}

    /// The first line: `{"labels": […], "manicule": 1, "project": {…}, "users": […]}`.
    package func header(_ header: HeaderRecord) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1024)
        writer.beginObject()
        writer.key("labels")
        writer.array { writer in
            for label in header.labels.sorted(by: { ExactString($0.key) < ExactString($1.key) }) {
                writer.canonical(.object(label.json))
            }
        }
        writer.member("manicule", Self.version)
        writer.key("project")
        writer.canonical(.object(header.settings.json))
        writer.member("users", Set(header.users.map { ExactString($0) }).sorted().map(\.text))
        writer.endObject()
        writer.endLine()
        return writer.finish()
    }

    /// One article's line.
    package func article(_ article: ArticleRecord) -> [UInt8] {
        let size = article.versions.reduce(512) { $0 + $1.text.utf8Length + 128 }
        var writer = JSONWriter(reservingCapacity: size + 512 * (article.annotations.count + article.relations.count))
        writer.beginObject()
        writer.key("annotations")
        writer.array { writer in
            for annotation in Self.sorted(article.annotations, by: \.id) { Self.write(annotation, to: &writer) }
        }
        writer.member("external_id", article.externalID)
        if let id = article.id { writer.member("id", id) }
        writer.key("metadata")
        writer.canonical(.object(article.metadata))
        writer.key("relations")
        writer.array { writer in
            for relation in Self.sorted(article.relations, by: \.id) { Self.write(relation, to: &writer) }
        }
        writer.key("reviews")
        writer.array { writer in
            for review in Self.sorted(article.reviews, by: \.id) { Self.write(review, to: &writer) }
        }
        writer.key("versions")
        writer.array { writer in
            for version in article.versions {
                writer.beginObject()
                writer.member("sha256", version.sha256.hex)
                writer.member("text", version.text.text)
                writer.endObject()
            }
        }
        writer.endObject()
        writer.endLine()
        return writer.finish()
    }

    private static func write(_ annotation: AnnotationRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("anchor")
        annotation.anchor.writeCanonical(to: &writer)
        writer.member("attributes", annotation.attributes)
        writer.memberIfPresent("author", annotation.author)
        writer.key("comments")
        writer.beginArray()
        for comment in sorted(annotation.comments, by: \.id) {
            writer.beginObject()
            writer.memberIfPresent("author", comment.author)
            if let createdAt = comment.createdAt { writer.member("created_at", createdAt) }
            writer.member("id", comment.id)
            writer.member("text", comment.text)
            writer.endObject()
        }
        writer.endArray()
        if let createdAt = annotation.createdAt { writer.member("created_at", createdAt) }
        writer.member("id", annotation.id)
        writer.member("label", annotation.label)
        writer.memberIfPresent("layer", annotation.layer?.rawValue)
        writer.member("state", annotation.state.rawValue)
        writer.endObject()
    }

    private static func write(_ relation: RelationRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("attributes", relation.attributes)
        writer.memberIfPresent("author", relation.author)
        if let createdAt = relation.createdAt { writer.member("created_at", createdAt) }
        writer.member("from", relation.from)
        writer.member("id", relation.id)
        writer.member("label", relation.label)
        writer.memberIfPresent("layer", relation.layer?.rawValue)
        writer.member("to", relation.to)
        writer.endObject()
    }

    private static func write(_ review: ReviewRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("annotation_id", review.annotationID)
        if let createdAt = review.createdAt { writer.member("created_at", createdAt) }
        writer.member("decision", review.decision.rawValue)
        writer.member("id", review.id)
        writer.memberIfPresent("reviewer", review.reviewer)
        writer.member("text", review.text)
        writer.endObject()
    }

    private static func sorted<Record>(_ records: [Record], by id: (Record) -> EntityID) -> [Record] {
        let isSorted = zip(records, records.dropFirst()).allSatisfy { id($0) < id($1) }
        return isSorted ? records : records.sorted { id($0) < id($1) }
    }
}

extension ProjectSettings {
    var json: JSONObject {
        var object = JSONObject()
        if let title { object["title"] = .string(title) }
        if let language { object["language"] = .string(language) }
        if let layers { object["layers"] = .string(layers.rawValue) }
        if let visibility { object["visibility"] = .string(visibility.rawValue) }
        if let access { object["access"] = .string(access.rawValue) }
        return object
    }
}
