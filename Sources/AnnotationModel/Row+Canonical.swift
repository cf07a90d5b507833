import Digest
package import JSONText

// The rows that come by the million are written straight into bytes; that this gives what the generic way gives is
// held by a property test. Members stand in the order of their keys' bytes.

extension Row {
    /// Writes the row as the log stores it: canonical JSON without its `version`.
    package func writeCanonical(to writer: inout JSONWriter) {
        switch self {
        case .annotation(let row): row.writeCanonical(to: &writer)
        case .relation(let row): row.writeCanonical(to: &writer)
        case .comment(let row): row.writeCanonical(to: &writer)
        case .review(let row): row.writeCanonical(to: &writer)
        case .article(let row): row.writeCanonical(to: &writer)
        case .articleVersion(let row): row.writeCanonical(to: &writer)
        default: writer.canonical(.object(jsonWithoutVersion))
        }
    }

    /// Writes the row as it is shown and sent: canonical JSON with its `version`, as `json` has it.
    package func writeWithVersion(to writer: inout JSONWriter) {
        switch self {
        case .annotation(let row): row.writeCanonical(to: &writer, version: row.version)
        case .relation(let row): row.writeCanonical(to: &writer, version: row.version)
        case .comment(let row): row.writeCanonical(to: &writer, version: row.version)
        case .review(let row): row.writeCanonical(to: &writer, version: row.version)
        case .article(let row): row.writeCanonical(to: &writer, version: row.version)
        case .articleVersion(let row): row.writeCanonical(to: &writer, version: row.version)
        default: writer.canonical(.object(json))
        }
    }

    /// The row as the log stores it: canonical JSON without its `version`.
    package var canonicalBytes: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        writeCanonical(to: &writer)
        return writer.finish()
    }
}

extension JSONWriter {
    package mutating func id(_ id: EntityID) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: EntityID.textLength) { buffer in
            id.write(to: buffer)
            string(utf8: UnsafeBufferPointer(buffer))
        }
    }

    package mutating func time(_ time: Timestamp) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Timestamp.maximumTextLength) { buffer in
            let count = time.write(to: buffer)
            string(utf8: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(buffer)[..<count]))
        }
    }

    package mutating func member(_ key: String, _ value: EntityID) {
        self.key(key)
        id(value)
    }

    package mutating func member(_ key: String, _ value: Timestamp) {
        self.key(key)
        time(value)
    }

    /// Attributes, sorted by their keys' bytes.
    package mutating func member(_ key: String, _ attributes: Attributes) {
        self.key(key)
        beginObject()
        switch attributes.count {
        case 0: break
        case 1: for (key, value) in attributes { member(key, value) }
        default:
            for key in attributes.keys.map({ ExactString($0) }).sorted() {
                if let value = attributes[key.text] { member(key.text, value) }
            }
        }
        endObject()
    }
}

extension Anchor {
    package func writeCanonical(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("article_version", articleVersion.hex)
        writer.key("spans")
        writer.beginArray()
        for span in spans {
            writer.beginObject()
            writer.member("end", span.end)
            switch span.quote {
            case .text(let text): writer.member("quote", text)
            case .digest(let digest): writer.member("quote_sha256", digest.hex)
            }
            writer.member("start", span.start)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

extension Annotation {
    /// - Parameters:
    ///   - version: written where it is given.
    ///   - comments: those on the annotation, where it is shown with them.
    package func writeCanonical(to writer: inout JSONWriter, version: Int64? = nil, comments: [Comment]? = nil) {
        writer.beginObject()
        writer.key("anchor")
        anchor.writeCanonical(to: &writer)
        writer.member("article_id", articleID)
        writer.member("attributes", attributes)
        writer.member("author", author)
        if let comments {
            writer.key("comments")
            writer.array { writer in
                for comment in comments { comment.writeCanonical(to: &writer, version: comment.version) }
            }
        }
        writer.member("created_at", createdAt)
        writer.member("id", id)
        writer.member("label", label)
        writer.member("layer", layer.rawValue)
        writer.member("state", state.rawValue)
        if let version { writer.member("version", version) }
        writer.endObject()
    }

    /// The fields that merge separately, as `Row.content` has them.
    func writeCanonicalContent(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("anchor")
        anchor.writeCanonical(to: &writer)
        writer.member("attributes", attributes)
        writer.member("label", label)
        writer.member("state", state.rawValue)
        writer.endObject()
    }
}

extension Relation {
    package func writeCanonical(to writer: inout JSONWriter, version: Int64? = nil) {
        writer.beginObject()
        writer.member("article_id", articleID)
        writer.member("attributes", attributes)
        writer.member("author", author)
        writer.member("created_at", createdAt)
        writer.member("from", from)
        writer.member("id", id)
        writer.member("label", label)
        writer.member("layer", layer.rawValue)
        writer.member("to", to)
        if let version { writer.member("version", version) }
        writer.endObject()
    }
}

extension Comment {
    package func writeCanonical(to writer: inout JSONWriter, version: Int64? = nil) {
        writer.beginObject()
        writer.member("annotation_id", annotationID)
        writer.member("article_id", articleID)
        writer.member("author", author)
        writer.member("created_at", createdAt)
        writer.member("id", id)
        writer.member("text", text)
        if let version { writer.member("version", version) }
        writer.endObject()
    }
}

extension Review {
    package func writeCanonical(to writer: inout JSONWriter, version: Int64? = nil) {
        writer.beginObject()
        writer.member("annotation_id", annotationID)
        writer.member("article_id", articleID)
        writer.member("created_at", createdAt)
        writer.member("decision", decision.rawValue)
        writer.member("id", id)
        writer.member("reviewer", reviewer)
        writer.member("text", text)
        if let version { writer.member("version", version) }
        writer.endObject()
    }
}

extension Article {
    package func writeCanonical(to writer: inout JSONWriter, version: Int64? = nil) {
        writer.beginObject()
        writer.member("article_version", articleVersion.hex)
        writer.member("external_id", externalID)
        writer.member("id", id)
        writer.member("length", length)
        writer.key("metadata")
        writer.canonical(.object(metadata))
        if let version { writer.member("version", version) }
        writer.endObject()
    }
}

extension ArticleVersion {
    package func writeCanonical(to writer: inout JSONWriter, version: Int64? = nil) {
        writer.beginObject()
        writer.member("article_id", articleID)
        writer.member("id", id)
        writer.member("length", length)
        writer.member("sha256", sha256.hex)
        if let version { writer.member("version", version) }
        writer.endObject()
    }
}
