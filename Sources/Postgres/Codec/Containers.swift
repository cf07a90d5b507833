// The protocols say what their requirements mean; each conformance would only repeat it.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import FoundationEssentials

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { Wrapped.postgresType }
    @inlinable public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }
    @inlinable public var isPostgresNull: Bool { self?.isPostgresNull ?? true }
    @inlinable public func encode(into writer: inout PostgresWriter) { self?.encode(into: &writer) }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Wrapped? {
        try Wrapped.decode(bytes, type: type)
    }
    @inlinable public static func decodeNull() throws(PostgresError) -> Wrapped? { .none }
}

extension RawRepresentable where Self: PostgresEncodable, RawValue: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { RawValue.postgresType }
    @inlinable public static var postgresArrayType: PostgresType { RawValue.postgresArrayType }
    @inlinable public func encode(into writer: inout PostgresWriter) { rawValue.encode(into: &writer) }
}

extension RawRepresentable where Self: PostgresDecodable, RawValue: PostgresDecodable {
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Self {
        guard let value = Self(rawValue: try RawValue.decode(bytes, type: type)) else {
            throw .decoding(Self.self, from: type, "the stored value is none of its cases")
        }
        return value
    }
}

// MARK: Arrays of one dimension

extension Array: PostgresEncodable where Element: PostgresEncodable {
    @inlinable public static var postgresType: PostgresType { Element.postgresArrayType }
    @inlinable
    public static var postgresArrayType: PostgresType {
        Element.postgresArrayType == .bytea ? .byteaArray : .unspecified
    }
    @inlinable
    public func encode(into writer: inout PostgresWriter) { Element.encodeArray(self, into: &writer) }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> [Element] {
        try Element.decodeArray(bytes, type: type)
    }
}

extension PostgresEncodable {
    @inlinable
    public static func encodeArray(_ values: [Self], into writer: inout PostgresWriter) {
        if postgresArrayType == .unspecified { writer.refuse("an array of arrays") }
        writer.write(Int32(values.isEmpty ? 0 : 1))
        writer.write(Int32(values.contains(where: \.isPostgresNull) ? 1 : 0))
        writer.write(postgresType.rawValue)
        if values.isEmpty { return }
        guard let count = Int32(exactly: values.count) else {
            return writer.refuse("an array of \(values.count) values")
        }
        writer.write(count)
        writer.write(Int32(1))
        for value in values { writer.writeWithLength(value) }
    }
}

extension PostgresDecodable {
    @inlinable
    public static func decodeArray(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> [Self] {
        guard bytes.byteCount >= 12 else { throw .decoding([Self].self, from: type) }
        let dimensions = bytes.bigEndian(as: Int32.self)
        if dimensions == 0 { return [] }
        guard dimensions == 1, bytes.byteCount >= 20 else {
            throw .decoding([Self].self, from: type, "it has \(dimensions) dimensions")
        }
        let element = PostgresType(rawValue: bytes.bigEndian(at: 8, as: UInt32.self))
        let count = Int(bytes.bigEndian(at: 12, as: Int32.self))
        guard count >= 0, count <= bytes.byteCount / 4 else {
            throw .decoding([Self].self, from: type, "it is cut short")
        }
        var values: [Self] = []
        values.reserveCapacity(count)
        var offset = 20
        for _ in 0..<count {
            guard offset + 4 <= bytes.byteCount else { throw .decoding([Self].self, from: type, "it is cut short") }
            let length = Int(bytes.bigEndian(at: offset, as: Int32.self))
            offset += 4
            if length < 0 {
                values.append(try decodeNull())
                continue
            }
            guard length <= bytes.byteCount - offset else {
                throw .decoding([Self].self, from: type, "it is cut short")
            }
            values.append(try decode(bytes.extracting(offset..<offset + length), type: element))
            offset += length
        }
        return values
    }
}

// MARK: Bytes

/// A byte by itself is a `smallint`, but an array of bytes is a `bytea`.
extension UInt8: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .int2 }
    @inlinable public static var postgresArrayType: PostgresType { .bytea }
    @inlinable public func encode(into writer: inout PostgresWriter) { writer.write(Int16(self)) }
    @inlinable
    public static func encodeArray(_ values: [UInt8], into writer: inout PostgresWriter) {
        writer.write(contentsOf: values)
    }
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> UInt8 {
        try decodeInteger(bytes, type: type)
    }
    public static func decodeArray(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> [UInt8] {
        guard type == .bytea else { throw .decoding([UInt8].self, from: type) }
        return Array(copying: bytes)
    }
}

extension Data: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .bytea }
    @inlinable public static var postgresArrayType: PostgresType { .byteaArray }
    public func encode(into writer: inout PostgresWriter) { writer.write(contentsOf: self) }
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Data {
        guard type == .bytea else { throw .decoding(Data.self, from: type) }
        return Data(Array(copying: bytes))
    }
}
