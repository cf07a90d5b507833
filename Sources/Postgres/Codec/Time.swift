// The protocols say what their requirements mean; each conformance would only repeat it.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import FoundationEssentials

/// A `timestamptz` to its full precision: microseconds since 1970-01-01 00:00 UTC.
public struct PostgresTimestamp: Hashable, Sendable, Comparable, PostgresCodable {
    public var microseconds: Int64

    @inlinable public init(microseconds: Int64) { self.microseconds = microseconds }

    /// PostgreSQL counts from 2000-01-01.
    @usableFromInline static let epoch: Int64 = 946_684_800_000_000

    public static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    @inlinable public static var postgresType: PostgresType { .timestamptz }
    @inlinable public static var postgresArrayType: PostgresType { .timestamptzArray }
    public func encode(into writer: inout PostgresWriter) {
        let (value, overflow) = microseconds.subtractingReportingOverflow(Self.epoch)
        // The largest and the smallest integer mean infinity to PostgreSQL.
        if overflow || value == .max || value == .min { writer.refuse("a time outside PostgreSQL's range") }
        writer.write(value)
    }
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> PostgresTimestamp {
        guard type == .timestamptz, bytes.byteCount == 8 else { throw .decoding(PostgresTimestamp.self, from: type) }
        let value = bytes.bigEndian(as: Int64.self)
        let (microseconds, overflow) = value.addingReportingOverflow(epoch)
        if overflow || value == .min {
            throw .decoding(PostgresTimestamp.self, from: type, "it is infinite or too far away")
        }
        return PostgresTimestamp(microseconds: microseconds)
    }
}

extension Date: PostgresCodable {
    @inlinable public static var postgresType: PostgresType { .timestamptz }
    @inlinable public static var postgresArrayType: PostgresType { .timestamptzArray }
    /// Rounded to microseconds, PostgreSQL's precision.
    public func encode(into writer: inout PostgresWriter) {
        let microseconds = (timeIntervalSinceReferenceDate * 1_000_000).rounded()
        guard let since2001 = Int64(exactly: microseconds), abs(microseconds) < 9e18 else {
            return writer.refuse("a date outside PostgreSQL's range")
        }
        writer.write(since2001 + Date.from2000To2001)
    }
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Date {
        guard type == .timestamptz, bytes.byteCount == 8 else { throw .decoding(Date.self, from: type) }
        let value = bytes.bigEndian(as: Int64.self)
        if value == .max || value == .min { throw .decoding(Date.self, from: type, "it is infinite or too far away") }
        return Date(timeIntervalSinceReferenceDate: Double(value - Date.from2000To2001) / 1_000_000)
    }
    private static let from2000To2001: Int64 = 31_622_400_000_000
}
