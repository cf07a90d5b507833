// The protocols say what their requirements mean; each conformance would only repeat it.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

extension FixedWidthInteger where Self: BitwiseCopyable {
    /// Reads any of the integer types that fits.
    @inlinable
    static func decodeInteger(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Self {
        let value: Int64
        switch (type, bytes.byteCount) {
        case (.int8, 8): value = bytes.bigEndian(as: Int64.self)
        case (.int4, 4): value = Int64(bytes.bigEndian(as: Int32.self))
        case (.int2, 2): value = Int64(bytes.bigEndian(as: Int16.self))
        case (.oid, 4): value = Int64(bytes.bigEndian(as: UInt32.self))
        default: throw .decoding(Self.self, from: type)
        }
        guard let exact = Self(exactly: value) else {
            throw .decoding(Self.self, from: type, "the number does not fit")
        }
        return exact
    }
}

extension Int: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .int8 }
    @inlinable public static var postgresArrayType: PostgresType { .int8Array }
    @inlinable public func encode(into writer: inout PostgresWriter) { writer.write(Int64(self)) }
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Int {
        try decodeInteger(bytes, type: type)
    }
}

extension Int64: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .int8 }
    @inlinable public static var postgresArrayType: PostgresType { .int8Array }
    @inlinable public func encode(into writer: inout PostgresWriter) { writer.write(self) }
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Int64 {
        try decodeInteger(bytes, type: type)
    }
}

extension Int32: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .int4 }
    @inlinable public static var postgresArrayType: PostgresType { .int4Array }
    @inlinable public func encode(into writer: inout PostgresWriter) { writer.write(self) }
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Int32 {
        try decodeInteger(bytes, type: type)
    }
}

extension Int16: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .int2 }
    @inlinable public static var postgresArrayType: PostgresType { .int2Array }
    @inlinable public func encode(into writer: inout PostgresWriter) { writer.write(self) }
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Int16 {
        try decodeInteger(bytes, type: type)
    }
}

extension Bool: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .bool }
    @inlinable public static var postgresArrayType: PostgresType { .boolArray }
    @inlinable public func encode(into writer: inout PostgresWriter) { writer.write(UInt8(self ? 1 : 0)) }
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Bool {
        guard type == .bool, bytes.byteCount == 1 else { throw .decoding(Bool.self, from: type) }
        return bytes.bigEndian(as: UInt8.self) != 0
    }
}

extension Double: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .float8 }
    @inlinable public static var postgresArrayType: PostgresType { .float8Array }
    @inlinable public func encode(into writer: inout PostgresWriter) { writer.write(bitPattern) }
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Double {
        switch (type, bytes.byteCount) {
        case (.float8, 8): Double(bitPattern: bytes.bigEndian(as: UInt64.self))
        case (.float4, 4): Double(Float(bitPattern: bytes.bigEndian(as: UInt32.self)))
        default: throw .decoding(Double.self, from: type)
        }
    }
}

extension Float: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .float4 }
    @inlinable public static var postgresArrayType: PostgresType { .float4Array }
    @inlinable public func encode(into writer: inout PostgresWriter) { writer.write(bitPattern) }
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Float {
        guard type == .float4, bytes.byteCount == 4 else { throw .decoding(Float.self, from: type) }
        return Float(bitPattern: bytes.bigEndian(as: UInt32.self))
    }
}
