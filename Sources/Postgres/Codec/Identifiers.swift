// The protocols say what their requirements mean; each conformance would only repeat it.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import FoundationEssentials

/// The 16 bytes of a `uuid`, as two integers in network byte order.
public struct PostgresUUID: Hashable, Sendable, PostgresCodable {
    public var high: UInt64
    public var low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    @inlinable public static var postgresType: PostgresType { .uuid }
    @inlinable public static var postgresArrayType: PostgresType { .uuidArray }
    @inlinable
    public func encode(into writer: inout PostgresWriter) {
        writer.write(high)
        writer.write(low)
    }
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> PostgresUUID {
        guard type == .uuid, bytes.byteCount == 16 else { throw .decoding(PostgresUUID.self, from: type) }
        return PostgresUUID(high: bytes.bigEndian(as: UInt64.self), low: bytes.bigEndian(at: 8, as: UInt64.self))
    }
}

extension UUID: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .uuid }
    @inlinable public static var postgresArrayType: PostgresType { .uuidArray }
    @inlinable
    public func encode(into writer: inout PostgresWriter) {
        withUnsafeBytes(of: uuid) { writer.write(contentsOf: $0) }
    }
    @inlinable
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> UUID {
        guard type == .uuid, bytes.byteCount == 16 else { throw .decoding(UUID.self, from: type) }
        return UUID(uuid: bytes.unsafeLoadUnaligned(as: uuid_t.self))
    }
}
