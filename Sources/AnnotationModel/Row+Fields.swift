package import Digest
package import JSONText

extension Row {
    /// The names of the fields that merge separately: `attributes/KEY` for each attribute present.
    package var fieldNames: [String] {
        switch self {
        case .annotation(let row):
            ["anchor"] + row.attributes.keys.sorted().map { "attributes/\($0)" } + ["label", "state"]
        case .relation(let row): row.attributes.keys.sorted().map { "attributes/\($0)" } + ["label"]
        case .comment: ["text"]
        case .review: ["decision", "text"]
        case .assignment: ["state"]
        default: []
        }
    }

    /// The value of a field that merges separately; null for an attribute that is not there, nil for no such field.
    package func field(_ name: String) -> JSONValue? {
        switch self {
        case .annotation(let row):
            switch name {
            case "anchor": row.anchor.json
            case "label": .string(row.label)
            case "state": .string(row.state.rawValue)
            default: Self.attributeKey(name).map { row.attributes[$0] ?? .null }
            }
        case .relation(let row):
            switch name {
            case "label": .string(row.label)
            default: Self.attributeKey(name).map { row.attributes[$0] ?? .null }
            }
        case .comment(let row): name == "text" ? .string(row.text) : nil
        case .review(let row):
            switch name {
            case "decision": .string(row.decision.rawValue)
            case "text": .string(row.text)
            default: nil
            }
        case .assignment(let row): name == "state" ? .string(row.state.rawValue) : nil
        default: nil
        }
    }

    /// Sets a field that merges separately; null removes an attribute. Types are checked, rules are not.
    package mutating func setField(_ name: String, _ value: JSONValue) throws(RowError) {
        switch self {
        case .annotation(var row):
            switch name {
            case "anchor": row.anchor = try Anchor(json: value)
            case "label": row.label = try Self.text(value, name)
            case "state": row.state = try Self.enumerated(value, name)
            default: try Self.setAttribute(&row.attributes, name, value)
            }
            self = .annotation(row)
        case .relation(var row):
            switch name {
            case "label": row.label = try Self.text(value, name)
            default: try Self.setAttribute(&row.attributes, name, value)
            }
            self = .relation(row)
        case .comment(var row) where name == "text":
            row.text = try Self.text(value, name)
            self = .comment(row)
        case .review(var row) where name == "decision":
            row.decision = try Self.enumerated(value, name)
            self = .review(row)
        case .review(var row) where name == "text":
            row.text = try Self.text(value, name)
            self = .review(row)
        case .assignment(var row) where name == "state":
            row.state = try Self.enumerated(value, name)
            self = .assignment(row)
        default: throw RowError(path: name, message: "is no field of \(kind.rawValue) that can be set")
        }
    }

    /// The object of the separately merging fields, `attributes` whole: what a delete's `was` is the digest of.
    package var content: JSONObject {
        switch self {
        case .annotation(let row):
            [
                "anchor": row.anchor.json, "attributes": attributesJSON(row.attributes), "label": .string(row.label),
                "state": .string(row.state.rawValue),
            ]
        case .relation(let row): ["attributes": attributesJSON(row.attributes), "label": .string(row.label)]
        case .comment(let row): ["text": .string(row.text)]
        case .review(let row): ["decision": .string(row.decision.rawValue), "text": .string(row.text)]
        case .assignment(let row): ["state": .string(row.state.rawValue)]
        default: JSONObject()
        }
    }

    /// SHA-256 of the canonical JSON of `content`.
    package var contentDigest: SHA256Digest { SHA256.hash(canonicalContent) }

    /// The key of an `attributes/KEY` field name, nil for any other name or an invalid key.
    package static func attributeKey(_ field: String) -> String? {
        guard field.hasPrefix("attributes/") else { return nil }
        let key = String(field.dropFirst("attributes/".count))
        return LabelAttribute.isValidKey(key) ? key : nil
    }

    private static func text(_ value: JSONValue, _ name: String) throws(RowError) -> String {
        guard let text = value.stringValue else { throw RowError(path: name, message: "must be a string") }
        return text
    }

    private static func enumerated<Value: RawRepresentable & CaseIterable>(
        _ value: JSONValue, _ name: String
    ) throws(RowError) -> Value where Value.RawValue == String {
        guard let text = value.stringValue, let value = Value(rawValue: text) else {
            throw RowError(
                path: name, message: "must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    private static func setAttribute(
        _ attributes: inout Attributes, _ name: String, _ value: JSONValue
    ) throws(RowError) {
        guard let key = attributeKey(name) else { throw RowError(path: name, message: "is no field that can be set") }
        switch value {
        case .null: attributes[key] = nil
        case .string, .number, .bool: attributes[key] = value
        case .object, .array: throw RowError(path: name, message: "must be a string, a number or a boolean")
        }
    }
}

extension Row {
    /// Canonical JSON of `content`.
    package var canonicalContent: [UInt8] {
        guard case .annotation(let row) = self else { return JSONValue.object(content).canonicalBytes() }
        var writer = JSONWriter(reservingCapacity: 256)
        row.writeCanonicalContent(to: &writer)
        return writer.finish()
    }
}
