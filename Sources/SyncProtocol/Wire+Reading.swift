package import AnnotationModel
package import JSONText

extension JSONReader.Options {
    /// For what a server of ours sends: members may be new, rows may be deep, and a large number in somebody's metadata
    /// is as exact as a Double is.
    static let wire = JSONReader.Options(maxDepth: 128, requiresExactNumbers: false)
}

// Pieces of the protocol's vocabulary, each read with an error that says what was expected.
extension JSONReader {
    mutating func readInt64() throws(JSONError) -> Int64 { Int64(try readInt()) }

    mutating func readID() throws(JSONError) -> EntityID {
        let place = self
        guard let id = EntityID(try readString()) else { throw place.invalid("a UUID was expected") }
        return id
    }

    mutating func readTag() throws(JSONError) -> Tag {
        let place = self
        guard let tag = Tag(try readString()) else { throw place.invalid("a tag of 16 hex digits was expected") }
        return tag
    }

    mutating func readCase<Value: RawRepresentable & CaseIterable>(
        _: Value.Type = Value.self
    ) throws(JSONError) -> Value where Value.RawValue == String {
        let place = self
        let text = try readString()
        guard let value = Value(rawValue: text) else {
            throw place.invalid(
                "“\(text.prefix(40))” where one of \(Value.allCases.map(\.rawValue).joined(separator: ", ")) was expected"
            )
        }
        return value
    }

    /// Null, or what `read` reads.
    mutating func readOptional<Value>(
        _ read: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value? {
        guard try peekKind() == .null else { return try read(&self) }
        try readNull()
        return nil
    }

    /// One value, cut out.
    mutating func readBytes() throws(JSONError) -> [UInt8] {
        let range = try readRaw()
        return Array(slice(range))
    }

    /// A member that must have been there.
    func required<Value>(_ value: Value?, _ key: String) throws(JSONError) -> Value {
        guard let value else { throw invalid("the member “\(key)” is missing") }
        return value
    }
}

extension Row {
    /// Reads a row that a server sent.
    package init(kind: EntityKind, parsing bytes: [UInt8]) throws(JSONError) {
        let reader = JSONReader(bytes, options: .wire)
        guard let object = try JSONValue(parsing: bytes, options: .wire).objectValue else {
            throw reader.invalid("a row must be an object")
        }
        do {
            try self.init(kind: kind, json: object)
        } catch {
            var wrong = reader.invalid("\(kind.rawValue): \(error.path) \(error.message)")
            wrong.path = [error.path]
            throw wrong
        }
    }
}
