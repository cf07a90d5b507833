import Digest
package import JSONText

extension Span {
    package init(json: JSONValue, path: String) throws(RowError) {
        guard let object = json.objectValue else { throw RowError(path: path, message: "must be an object") }
        let reader = RowReader(object: object, path: path)
        let quote: Quote
        if let text = try reader.optionalString("quote") {
            quote = Quote.text(text).normalized
        } else if reader.value("quote_sha256") != nil {
            quote = .digest(try reader.digest("quote_sha256"))
        } else {
            throw reader.fail("quote", "is missing; the covered text is expected")
        }
        self.init(start: try reader.int("start"), end: try reader.int("end"), quote: quote)
    }

    package var json: JSONObject {
        var object: JSONObject = ["start": .number(Double(start)), "end": .number(Double(end))]
        switch quote {
        case .text(let text): object["quote"] = .string(text)
        case .digest(let digest): object["quote_sha256"] = .string(digest.hex)
        }
        return object
    }
}

extension Anchor {
    package init(json: JSONValue, path: String = "anchor") throws(RowError) {
        guard let object = json.objectValue else { throw RowError(path: path, message: "must be an object") }
        let reader = RowReader(object: object, path: path)
        var spans: [Span] = []
        for (index, span) in (try reader.array("spans") ?? []).enumerated() {
            spans.append(try Span(json: span, path: "\(path).spans[\(index)]"))
        }
        self.init(articleVersion: try reader.digest("article_version"), spans: spans)
    }

    package var json: JSONValue {
        .object([
            "article_version": .string(articleVersion.hex), "spans": .array(spans.map { .object($0.json) }),
        ])
    }
}

/// Attributes as a JSON object with sorted keys.
package func attributesJSON(_ attributes: Attributes) -> JSONValue {
    var object = JSONObject()
    for key in attributes.keys.sorted() { object[key] = attributes[key] }
    return .object(object)
}

extension Annotation {
    init(_ reader: RowReader) throws(RowError) {
        guard let anchor = reader.value("anchor") else { throw reader.fail("anchor", "is missing") }
        self.init(
            id: try reader.id("id"), articleID: try reader.id("article_id"), author: try reader.id("author"),
            layer: try reader.oneOf("layer"), label: try reader.string("label"),
            attributes: try reader.attributes("attributes"), anchor: try Anchor(json: anchor),
            state: try reader.optionalCase("state") ?? .draft, createdAt: try reader.time("created_at"),
            version: try reader.version())
    }

    var json: JSONObject {
        [
            "id": .string(id.text), "article_id": .string(articleID.text), "author": .string(author.text),
            "layer": .string(layer.rawValue), "label": .string(label), "attributes": attributesJSON(attributes),
            "anchor": anchor.json, "state": .string(state.rawValue), "created_at": .string(createdAt.text),
        ]
    }
}

extension Relation {
    init(_ reader: RowReader) throws(RowError) {
        self.init(
            id: try reader.id("id"), articleID: try reader.id("article_id"), author: try reader.id("author"),
            layer: try reader.oneOf("layer"), label: try reader.string("label"),
            attributes: try reader.attributes("attributes"), from: try reader.id("from"), to: try reader.id("to"),
            createdAt: try reader.time("created_at"), version: try reader.version())
    }

    var json: JSONObject {
        [
            "id": .string(id.text), "article_id": .string(articleID.text), "author": .string(author.text),
            "layer": .string(layer.rawValue), "label": .string(label), "attributes": attributesJSON(attributes),
            "from": .string(from.text), "to": .string(to.text), "created_at": .string(createdAt.text),
        ]
    }
}

extension Comment {
    init(_ reader: RowReader) throws(RowError) {
        self.init(
            id: try reader.id("id"), articleID: try reader.id("article_id"),
            annotationID: try reader.id("annotation_id"), author: try reader.id("author"),
            text: try reader.string("text"), createdAt: try reader.time("created_at"), version: try reader.version())
    }

    var json: JSONObject {
        [
            "id": .string(id.text), "article_id": .string(articleID.text), "annotation_id": .string(annotationID.text),
            "author": .string(author.text), "text": .string(text), "created_at": .string(createdAt.text),
        ]
    }
}

extension Review {
    init(_ reader: RowReader) throws(RowError) {
        self.init(
            id: try reader.id("id"), articleID: try reader.id("article_id"),
            annotationID: try reader.id("annotation_id"), reviewer: try reader.id("reviewer"),
            decision: try reader.oneOf("decision"), text: try reader.optionalString("text") ?? "",
            createdAt: try reader.time("created_at"), version: try reader.version())
    }

    var json: JSONObject {
        [
            "id": .string(id.text), "article_id": .string(articleID.text), "annotation_id": .string(annotationID.text),
            "reviewer": .string(reviewer.text), "decision": .string(decision.rawValue), "text": .string(text),
            "created_at": .string(createdAt.text),
        ]
    }
}

extension Assignment {
    init(_ reader: RowReader) throws(RowError) {
        self.init(
            id: try reader.id("id"), articleID: try reader.id("article_id"), user: try reader.id("user"),
            state: try reader.oneOf("state"), expiresAt: try reader.optionalTime("expires_at"),
            version: try reader.version())
    }

    var json: JSONObject {
        var object: JSONObject = [
            "id": .string(id.text), "article_id": .string(articleID.text), "user": .string(user.text),
            "state": .string(state.rawValue),
        ]
        object.set("expires_at", expiresAt?.text)
        return object
    }
}

extension ConflictSide {
    init(_ json: JSONObject?, path: String) throws(RowError) {
        guard let json else { throw RowError(path: path, message: "is missing") }
        let reader = RowReader(object: json, path: path)
        self.init(
            value: json["value"] ?? .null, by: try reader.id("by"), client: try reader.optionalID("client"),
            at: try reader.time("at"))
    }

    var json: JSONValue {
        var object: JSONObject = ["value": value, "by": .string(by.text), "at": .string(at.text)]
        object.set("client", client?.text)
        return .object(object)
    }
}

extension Conflict {
    init(_ reader: RowReader) throws(RowError) {
        self.init(
            id: try reader.id("id"), articleID: try reader.id("article_id"), entity: try reader.oneOf("entity"),
            entityID: try reader.id("entity_id"), field: try reader.string("field"),
            kept: try ConflictSide(try reader.object("kept"), path: "kept"),
            other: try ConflictSide(try reader.object("other"), path: "other"),
            state: try reader.oneOf("state"), choice: try reader.optionalCase("choice"),
            resolvedBy: try reader.optionalID("resolved_by"), version: try reader.version())
    }

    var json: JSONObject {
        var object: JSONObject = [
            "id": .string(id.text), "article_id": .string(articleID.text), "entity": .string(entity.rawValue),
            "entity_id": .string(entityID.text), "field": .string(field), "kept": kept.json, "other": other.json,
            "state": .string(state.rawValue),
        ]
        object.set("choice", choice?.rawValue)
        object.set("resolved_by", resolvedBy?.text)
        return object
    }
}
