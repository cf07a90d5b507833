#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A value that can be a parameter of a query, in PostgreSQL's binary format.
///
/// A type of your own usually passes on to one of the types here:
/// ```swift
/// extension UserID: PostgresCodable {
///     static var postgresType: PostgresType { .uuid }
///     static var postgresArrayType: PostgresType { .uuidArray }
///     func encode(into writer: inout PostgresWriter) { PostgresUUID(high: high, low: low).encode(into: &writer) }
///     static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> UserID {
///         let uuid = try PostgresUUID.decode(bytes, type: type)
///         return UserID(high: uuid.high, low: uuid.low)
///     }
/// }
/// ```
/// A `RawRepresentable` type gets everything from its raw value by declaring the conformance alone.
public protocol PostgresEncodable {
    /// The type that the parameter is declared as.
    static var postgresType: PostgresType { get }
    /// The type of an array of such values.
    static var postgresArrayType: PostgresType { get }
    /// True for what is sent as NULL.
    var isPostgresNull: Bool { get }
    /// Writes the value in PostgreSQL's binary format; not called for NULL. What cannot be sent is refused on the writer.
    func encode(into writer: inout PostgresWriter)
    /// Writes a whole array; the default is right for all types but bytes.
    static func encodeArray(_ values: [Self], into writer: inout PostgresWriter)
}

/// A value that can be read from a column in PostgreSQL's binary format.
public protocol PostgresDecodable {
    /// Makes the value from the bytes of a column of this type, or throws `PostgresError.decoding(…)`.
    static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Self
    /// The value of NULL; throws for all but optionals.
    static func decodeNull() throws(PostgresError) -> Self
    /// Makes a whole array; the default is right for all types but bytes.
    static func decodeArray(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> [Self]
}

/// A value that goes both ways.
public typealias PostgresCodable = PostgresEncodable & PostgresDecodable

extension PostgresEncodable {
    /// Only optionals are ever NULL.
    @inlinable public var isPostgresNull: Bool { false }
}

extension PostgresDecodable {
    /// Refuses NULL, as all but optionals do.
    @inlinable public static func decodeNull() throws(PostgresError) -> Self {
        throw PostgresError(.decodingFailed, "NULL where \(Self.self) was expected")
    }
}

extension PostgresError {
    /// The error of a column whose type or bytes do not fit.
    public static func decoding<T>(
        _ wanted: T.Type, from type: PostgresType, _ reason: String = "the column has another type"
    ) -> PostgresError {
        PostgresError(.decodingFailed, "cannot read \(wanted) from \(type): \(reason)")
    }
}

/// The bytes of parameters while they are being written.
public struct PostgresWriter: Sendable {
    /// What has been written.
    public internal(set) var bytes: [UInt8] = []
    /// Why the last value cannot be sent.
    public internal(set) var refusal: String?

    /// An empty writer.
    public init() {}

    /// Writes an integer in network byte order.
    @inlinable
    public mutating func write<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.bigEndian) { append($0) }
    }

    /// Writes bytes as they are.
    @inlinable
    public mutating func write(contentsOf bytes: some Sequence<UInt8>) { append(bytes) }

    /// Writes text in UTF-8. U+0000, which PostgreSQL cannot store, is refused.
    public mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            bytes.append(contentsOf: utf8)
            if let start = utf8.baseAddress, memchr(start, 0, utf8.count) != nil {
                refuse("text with U+0000, which PostgreSQL cannot store")
            }
        }
    }

    /// Makes the whole query fail before it is sent.
    public mutating func refuse(_ reason: String) { refusal = refusal ?? reason }

    @usableFromInline
    mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    @usableFromInline
    mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

    /// Writes a value behind its length, as arrays and COPY rows hold them.
    @inlinable
    public mutating func writeWithLength<T: PostgresEncodable>(_ value: T) {
        if value.isPostgresNull { return write(Int32(-1)) }
        let start = beginLength()
        value.encode(into: &self)
        endLength(start)
    }

    @usableFromInline
    mutating func beginLength() -> Int {
        write(Int32(0))
        return bytes.count
    }

    @usableFromInline
    mutating func endLength(_ start: Int) {
        let count = bytes.count - start
        guard count <= PostgresLimits.valueSize else { return refuse("a value of \(count) bytes, more than 256 MiB") }
        let length = UInt32(count)
        bytes[start - 4] = UInt8(truncatingIfNeeded: length >> 24)
        bytes[start - 3] = UInt8(truncatingIfNeeded: length >> 16)
        bytes[start - 2] = UInt8(truncatingIfNeeded: length >> 8)
        bytes[start - 1] = UInt8(truncatingIfNeeded: length)
    }
}

/// What PostgreSQL's protocol can carry.
enum PostgresLimits {
    /// Much less than the server's 1 GB, which it can only give back in text when there is room for the escapes too.
    static let valueSize = 0x1000_0000
    /// The server allocates at most 1 GB - 1 for a message, and ends the connection above.
    static let messageSize = 0x3fff_ffff - 8_192
    static let parameterCount = 65_535
}

extension RawSpan {
    /// An integer in network byte order. The offset must leave room for it.
    @inlinable
    public func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int = 0, as type: T.Type) -> T {
        T(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}
