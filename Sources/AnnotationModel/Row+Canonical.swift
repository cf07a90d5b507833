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
    package func writeCanonical(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("anchor")
        anchor.writeCanonical(to: &writer)
        writer.member("article_id", articleID)
        writer.member("attributes", attributes)
        writer.member("author", author)
        writer.member("created_at", createdAt)
        writer.member("id", id)
        writer.member("label", label)
        writer.member("layer", layer.rawValue)
        writer.member("state", state.rawValue)
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
    package func writeCanonical(to writer: inout JSONWriter) {
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
        writer.endObject()
    }
}

extension Comment {
    package func writeCanonical(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("annotation_id", annotationID)
        writer.member("article_id", articleID)
        writer.member("author", author)
        writer.member("created_at", createdAt)
        writer.member("id", id)
        writer.member("text", text)
        writer.endObject()
    }
}

extension Review {
    package func writeCanonical(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("annotation_id", annotationID)
        writer.member("article_id", articleID)
        writer.member("created_at", createdAt)
        writer.member("decision", decision.rawValue)
        writer.member("id", id)
        writer.member("reviewer", reviewer)
        writer.member("text", text)
        writer.endObject()
    }
}

extension Article {
    package func writeCanonical(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("article_version", articleVersion.hex)
        writer.member("external_id", externalID)
        writer.member("id", id)
        writer.member("length", length)
        writer.key("metadata")
        writer.canonical(.object(metadata))
        writer.endObject()
    }
}

extension ArticleVersion {
    package func writeCanonical(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("article_id", articleID)
        writer.member("id", id)
        writer.member("length", length)
        writer.member("sha256", sha256.hex)
        writer.endObject()
    }
}
