package import Digest
package import JSONText

/// Why a JSON object is no row: the member, and what was expected there.
package struct RowError: Error, Sendable, Hashable {
    package var path: String
    package var message: String

    package init(path: String, message: String) {
        self.path = path
        self.message = message
    }
}

extension Row {
    /// The row as a JSON object with its `version`; null members are left out.
    package var json: JSONObject {
        var object = jsonWithoutVersion
        object["version"] = .number(Double(version))
        return object
    }

    /// The row as the log stores it: the version is the seq, known only when it is written.
    package var jsonWithoutVersion: JSONObject {
        switch self {
        case .project(let row): row.json
        case .member(let row): row.json
        case .label(let row): row.json
        case .article(let row): row.json
        case .articleVersion(let row): row.json
        case .annotation(let row): row.json
        case .relation(let row): row.json
        case .comment(let row): row.json
        case .review(let row): row.json
        case .assignment(let row): row.json
        case .conflict(let row): row.json
        }
    }

    /// Reads a row off the wire. Unknown members are ignored: a newer server may add some.
    package init(kind: EntityKind, json: JSONObject) throws(RowError) {
        let reader = RowReader(object: json)
        self =
            switch kind {
            case .project: .project(try Project(reader))
            case .member: .member(try Member(reader))
            case .label: .label(try Label(reader))
            case .article: .article(try Article(reader))
            case .articleVersion: .articleVersion(try ArticleVersion(reader))
            case .annotation: .annotation(try Annotation(reader))
            case .relation: .relation(try Relation(reader))
            case .comment: .comment(try Comment(reader))
            case .review: .review(try Review(reader))
            case .assignment: .assignment(try Assignment(reader))
            case .conflict: .conflict(try Conflict(reader))
            }
    }
}

/// Reads the members of one JSON object, with the path for errors.
package struct RowReader {
    package let object: JSONObject
    package let path: String

    package init(object: JSONObject, path: String = "") {
        self.object = object
        self.path = path
    }

    package func fail(_ key: String, _ message: String) -> RowError {
        RowError(path: path.isEmpty ? key : "\(path).\(key)", message: message)
    }

    package func value(_ key: String) -> JSONValue? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    package func optionalString(_ key: String) throws(RowError) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.stringValue else { throw fail(key, "must be a string") }
        return text
    }

    package func string(_ key: String) throws(RowError) -> String {
        guard let text = try optionalString(key) else { throw fail(key, "is missing; a string is expected") }
        return text
    }

    package func optionalInt(_ key: String) throws(RowError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.intValue else { throw fail(key, "must be an integer within ±2^53") }
        return number
    }

    package func int(_ key: String) throws(RowError) -> Int {
        guard let number = try optionalInt(key) else { throw fail(key, "is missing; an integer is expected") }
        return number
    }

    package func version() throws(RowError) -> Int64 { Int64(try optionalInt("version") ?? 0) }

    package func bool(_ key: String, default standard: Bool) throws(RowError) -> Bool {
        guard let value = value(key) else { return standard }
        guard let flag = value.boolValue else { throw fail(key, "must be true or false") }
        return flag
    }

    package func optionalID(_ key: String) throws(RowError) -> EntityID? {
        guard let text = try optionalString(key) else { return nil }
        guard let id = EntityID(text) else { throw fail(key, "must be a UUID") }
        return id
    }

    package func id(_ key: String) throws(RowError) -> EntityID {
        guard let id = try optionalID(key) else { throw fail(key, "is missing; a UUID is expected") }
        return id
    }

    package func digest(_ key: String) throws(RowError) -> SHA256Digest {
        guard let digest = SHA256Digest(hex: try string(key)) else {
            throw fail(key, "must be a SHA-256 in lower-case hex")
        }
        return digest
    }

    package func optionalTime(_ key: String) throws(RowError) -> Timestamp? {
        guard let text = try optionalString(key) else { return nil }
        guard let time = Timestamp(text) else { throw fail(key, "must be an RFC 3339 time") }
        return time
    }

    package func time(_ key: String) throws(RowError) -> Timestamp {
        guard let time = try optionalTime(key) else { throw fail(key, "is missing; an RFC 3339 time is expected") }
        return time
    }

    package func optionalCase<Value: RawRepresentable & CaseIterable>(
        _ key: String, _: Value.Type = Value.self
    ) throws(RowError) -> Value? where Value.RawValue == String {
        guard let text = try optionalString(key) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw fail(key, "must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    package func oneOf<Value: RawRepresentable & CaseIterable>(
        _ key: String, _: Value.Type = Value.self
    ) throws(RowError) -> Value where Value.RawValue == String {
        guard let value: Value = try optionalCase(key) else { throw fail(key, "is missing") }
        return value
    }

    package func object(_ key: String) throws(RowError) -> JSONObject? {
        guard let value = value(key) else { return nil }
        guard let object = value.objectValue else { throw fail(key, "must be an object") }
        return object
    }

    package func array(_ key: String) throws(RowError) -> [JSONValue]? {
        guard let value = value(key) else { return nil }
        guard let array = value.arrayValue else { throw fail(key, "must be an array") }
        return array
    }

    package func strings(_ key: String) throws(RowError) -> [String] {
        var strings: [String] = []
        for element in try array(key) ?? [] {
            guard let text = element.stringValue else { throw fail(key, "must be an array of strings") }
            strings.append(text)
        }
        return strings
    }

    /// Attributes: scalars by key. A null value is left out.
    package func attributes(_ key: String) throws(RowError) -> Attributes {
        var attributes: Attributes = [:]
        for (name, value) in try object(key)?.members ?? [] where !value.isNull {
            switch value {
            case .object, .array: throw fail("\(key).\(name)", "must be a string, a number or a boolean")
            default: attributes[name] = value
            }
        }
        return attributes
    }
}

extension JSONObject {
    /// Sets a string member unless it is nil.
    mutating func set(_ key: String, _ text: String?) {
        if let text { self[key] = .string(text) }
    }
}
