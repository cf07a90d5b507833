package import AnnotationModel
package import JSONText
package import Postgres

/// A `jsonb` object. `json` columns are read too.
extension JSONObject: PostgresCodable {
    package static var postgresType: PostgresType { .jsonb }
    package static var postgresArrayType: PostgresType { .jsonbArray }
    package func encode(into writer: inout PostgresWriter) {
        writer.write(UInt8(1))
        writer.write(contentsOf: canonicalBytes())
    }
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> JSONObject {
        let text: [UInt8]
        switch type {
        case .jsonb: text = try PostgresJSONB.decode(bytes, type: type).bytes
        case .json, .text: text = try PostgresJSON.decode(bytes, type: type).bytes
        default: throw .decoding(JSONObject.self, from: type)
        }
        // "{}" is by far the most frequent one.
        if text.count == 2 { return JSONObject() }
        do {
            // Lenient: jsonb writes 1e300 with all its digits, and metadata can be deep.
            guard let object = try JSONValue(parsing: text, options: .lenient).objectValue else {
                throw PostgresError.decoding(JSONObject.self, from: type, "it holds no object")
            }
            return object
        } catch let error as PostgresError {
            throw error
        } catch {
            throw .decoding(JSONObject.self, from: type, "it cannot be read: \(error)")
        }
    }
}

/// Attributes as a `jsonb` object of scalars. (A dictionary itself cannot conform: it is public, its values are not.)
package struct StoredAttributes: Sendable, Hashable, PostgresCodable {
    package var values: Attributes

    package init(_ values: Attributes) { self.values = values }

    package static var postgresType: PostgresType { .jsonb }
    package static var postgresArrayType: PostgresType { .jsonbArray }
    package func encode(into writer: inout PostgresWriter) {
        JSONObject(values.lazy.map { ($0.key, $0.value) }).encode(into: &writer)
    }
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> StoredAttributes {
        var values: Attributes = [:]
        for (key, value) in try JSONObject.decode(bytes, type: type) { values[key] = value }
        return StoredAttributes(values)
    }
}
