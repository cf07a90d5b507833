// The protocols say what their requirements mean; each conformance would only repeat it.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

extension String: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .text }
    @inlinable public static var postgresArrayType: PostgresType { .textArray }
    @inlinable public func encode(into writer: inout PostgresWriter) { writer.write(self) }

    /// Reads the text types, enumerations of a schema, and `json`.
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> String {
        switch type {
        case .text, .varchar, .bpchar, .name, .unknown, .char, .json: break
        default: guard type.isUserDefined else { throw .decoding(String.self, from: type) }
        }
        guard let text = bytes.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw .notUTF8(String.self, from: type)
        }
        return text
    }
}

extension PostgresError {
    /// Only a database without an encoding (`SQL_ASCII`) can hold such bytes.
    static func notUTF8<T>(_ wanted: T.Type, from type: PostgresType) -> PostgresError {
        .decoding(wanted, from: type, "the bytes are not UTF-8")
    }
}

extension RawSpan {
    /// Whether the bytes are well-formed UTF-8. ASCII, the usual case, is looked at eight bytes at a time.
    var isUTF8: Bool {
        withUnsafeBytes { bytes in
            var index = 0
            while index + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if word & 0x8080_8080_8080_8080 != 0 { break }
                index += 8
            }
            while index < bytes.count, bytes[index] < 0x80 { index += 1 }
            if index == bytes.count { return true }
            return String(validating: UnsafeRawBufferPointer(rebasing: bytes[index...]), as: UTF8.self) != nil
        }
    }
}

/// The text of a `json` value.
public struct PostgresJSON: Hashable, Sendable, PostgresCodable {
    public var bytes: [UInt8]
    public init(bytes: [UInt8]) { self.bytes = bytes }
    public init(_ text: String) { bytes = Array(text.utf8) }
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    public static var postgresType: PostgresType { .json }
    public static var postgresArrayType: PostgresType { .jsonArray }
    public func encode(into writer: inout PostgresWriter) {
        if bytes.contains(0) { writer.refuse("JSON with a zero byte") }
        writer.write(contentsOf: bytes)
    }
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> PostgresJSON {
        guard type == .json || type == .text else { throw .decoding(PostgresJSON.self, from: type) }
        guard bytes.isUTF8 else { throw .notUTF8(PostgresJSON.self, from: type) }
        return PostgresJSON(bytes: Array(copying: bytes))
    }
}

/// The text of a `jsonb` value. PostgreSQL keeps neither the order of keys nor white space, and refuses `\u0000`.
public struct PostgresJSONB: Hashable, Sendable, PostgresCodable {
    public var bytes: [UInt8]
    public init(bytes: [UInt8]) { self.bytes = bytes }
    public init(_ text: String) { bytes = Array(text.utf8) }
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    public static var postgresType: PostgresType { .jsonb }
    public static var postgresArrayType: PostgresType { .jsonbArray }
    /// The binary format is a version, 1, and the text.
    public func encode(into writer: inout PostgresWriter) {
        if bytes.contains(0) { writer.refuse("JSON with a zero byte") }
        writer.write(UInt8(1))
        writer.write(contentsOf: bytes)
    }
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> PostgresJSONB {
        guard type == .jsonb else { throw .decoding(PostgresJSONB.self, from: type) }
        guard bytes.byteCount > 0, bytes.bigEndian(as: UInt8.self) == 1 else {
            throw .decoding(PostgresJSONB.self, from: type, "an unknown version of its binary format")
        }
        guard bytes.isUTF8 else { throw .notUTF8(PostgresJSONB.self, from: type) }
        return PostgresJSONB(bytes: Array(copying: bytes, from: 1))
    }
}

extension Array where Element == UInt8 {
    init(copying bytes: RawSpan, from start: Int = 0) {
        self = bytes.withUnsafeBytes { Array(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }
}
