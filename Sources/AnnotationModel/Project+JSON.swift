import Digest
package import JSONText

extension Project {
    init(_ reader: RowReader) throws(RowError) {
        self.init(
            id: try reader.id("id"), name: try reader.string("name"),
            title: try reader.optionalString("title") ?? "", language: try reader.optionalString("language"),
            layers: try reader.oneOf("layers"), visibility: try reader.oneOf("visibility"),
            access: try reader.oneOf("access"), version: try reader.version())
    }

    var json: JSONObject {
        var object: JSONObject = [
            "id": .string(id.text), "name": .string(name), "title": .string(title),
            "layers": .string(layers.rawValue), "visibility": .string(visibility.rawValue),
            "access": .string(access.rawValue),
        ]
        object.set("language", language)
        return object
    }
}

extension Member {
    init(_ reader: RowReader) throws(RowError) {
        self.init(
            id: try reader.id("id"), name: try reader.string("name"), role: try reader.oneOf("role"),
            version: try reader.version())
    }

    var json: JSONObject {
        ["id": .string(id.text), "name": .string(name), "role": .string(role.rawValue)]
    }
}

extension Label {
    /// Reads a label from the wire or from a label file. Unknown attribute types are errors.
    package init(_ reader: RowReader) throws(RowError) {
        var attributes: [LabelAttribute] = []
        for (index, element) in (try reader.array("attributes") ?? []).enumerated() {
            let path = "attributes[\(index)]"
            guard let object = element.objectValue else { throw reader.fail(path, "must be an object") }
            let attribute = try LabelAttribute(RowReader(object: object, path: path))
            guard !attributes.contains(where: { $0.key == attribute.key }) else {
                throw reader.fail("\(path).key", "is there twice: \(attribute.key)")
            }
            attributes.append(attribute)
        }
        let key = try reader.string("key")
        guard !key.isEmpty else { throw reader.fail("key", "must not be empty") }
        self.init(
            key: key, name: try reader.optionalString("name"), kind: try reader.oneOf("kind"),
            color: try reader.optionalString("color"), shortcut: try reader.optionalString("shortcut"),
            attributes: attributes, from: try reader.strings("from"), to: try reader.strings("to"),
            zeroWidth: try reader.bool("zero_width", default: false),
            retired: try reader.bool("retired", default: false), version: try reader.version())
    }

    package var json: JSONObject {
        var object: JSONObject = [
            "key": .string(key), "name": .string(name), "kind": .string(kind.rawValue),
            "attributes": .array(attributes.map { .object($0.json) }), "retired": .bool(retired),
        ]
        object.set("color", color)
        object.set("shortcut", shortcut)
        if !from.isEmpty { object["from"] = .array(from.map { .string($0) }) }
        if !to.isEmpty { object["to"] = .array(to.map { .string($0) }) }
        if zeroWidth { object["zero_width"] = .bool(true) }
        return object
    }
}

extension LabelAttribute {
    init(_ reader: RowReader) throws(RowError) {
        let key = try reader.string("key")
        guard Self.isValidKey(key) else { throw reader.fail("key", "must be 1 to 64 of a-z, 0-9 and _") }
        let type: AttributeType
        switch try reader.optionalString("type") ?? "string" {
        case "string": type = .string
        case "number": type = .number
        case "boolean": type = .boolean
        case "choice":
            let values = try reader.strings("values")
            guard !values.isEmpty else { throw reader.fail("values", "must list at least one value") }
            type = .choice(values)
        default: throw reader.fail("type", "must be one of string, number, boolean, choice")
        }
        self.init(key: key, type: type)
    }

    var json: JSONObject {
        var object: JSONObject = ["key": .string(key), "type": .string(type.name)]
        if case .choice(let values) = type { object["values"] = .array(values.map { .string($0) }) }
        return object
    }
}

extension Article {
    init(_ reader: RowReader) throws(RowError) {
        self.init(
            id: try reader.id("id"), externalID: try reader.string("external_id"),
            metadata: try reader.object("metadata") ?? JSONObject(),
            articleVersion: try reader.digest("article_version"), length: try reader.int("length"),
            version: try reader.version())
    }

    var json: JSONObject {
        [
            "id": .string(id.text), "external_id": .string(externalID), "metadata": .object(metadata),
            "article_version": .string(articleVersion.hex), "length": .number(Double(length)),
        ]
    }
}

extension ArticleVersion {
    init(_ reader: RowReader) throws(RowError) {
        self.init(
            id: try reader.id("id"), articleID: try reader.id("article_id"), sha256: try reader.digest("sha256"),
            length: try reader.int("length"), version: try reader.version())
    }

    var json: JSONObject {
        [
            "id": .string(id.text), "article_id": .string(articleID.text), "sha256": .string(sha256.hex),
            "length": .number(Double(length)),
        ]
    }
}
