// The constants are named after the server's own types.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// A type of PostgreSQL, by its OID. The built-in ones have fixed OIDs.
public struct PostgresType: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    public let rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
    public var description: String { "type \(rawValue)" }
    @inlinable
    public static func == (left: PostgresType, right: PostgresType) -> Bool { left.rawValue == right.rawValue }

    /// Left to the server to find out.
    @inlinable public static var unspecified: PostgresType { PostgresType(rawValue: 0) }
    @inlinable public static var bool: PostgresType { PostgresType(rawValue: 16) }
    @inlinable public static var bytea: PostgresType { PostgresType(rawValue: 17) }
    @inlinable public static var char: PostgresType { PostgresType(rawValue: 18) }
    @inlinable public static var name: PostgresType { PostgresType(rawValue: 19) }
    @inlinable public static var int8: PostgresType { PostgresType(rawValue: 20) }
    @inlinable public static var int2: PostgresType { PostgresType(rawValue: 21) }
    @inlinable public static var int4: PostgresType { PostgresType(rawValue: 23) }
    @inlinable public static var text: PostgresType { PostgresType(rawValue: 25) }
    @inlinable public static var oid: PostgresType { PostgresType(rawValue: 26) }
    @inlinable public static var json: PostgresType { PostgresType(rawValue: 114) }
    @inlinable public static var float4: PostgresType { PostgresType(rawValue: 700) }
    @inlinable public static var float8: PostgresType { PostgresType(rawValue: 701) }
    @inlinable public static var unknown: PostgresType { PostgresType(rawValue: 705) }
    @inlinable public static var bpchar: PostgresType { PostgresType(rawValue: 1042) }
    @inlinable public static var varchar: PostgresType { PostgresType(rawValue: 1043) }
    @inlinable public static var timestamp: PostgresType { PostgresType(rawValue: 1114) }
    @inlinable public static var timestamptz: PostgresType { PostgresType(rawValue: 1184) }
    @inlinable public static var uuid: PostgresType { PostgresType(rawValue: 2950) }
    @inlinable public static var jsonb: PostgresType { PostgresType(rawValue: 3802) }

    @inlinable public static var jsonArray: PostgresType { PostgresType(rawValue: 199) }
    @inlinable public static var boolArray: PostgresType { PostgresType(rawValue: 1000) }
    @inlinable public static var byteaArray: PostgresType { PostgresType(rawValue: 1001) }
    @inlinable public static var int2Array: PostgresType { PostgresType(rawValue: 1005) }
    @inlinable public static var int4Array: PostgresType { PostgresType(rawValue: 1007) }
    @inlinable public static var textArray: PostgresType { PostgresType(rawValue: 1009) }
    @inlinable public static var int8Array: PostgresType { PostgresType(rawValue: 1016) }
    @inlinable public static var float4Array: PostgresType { PostgresType(rawValue: 1021) }
    @inlinable public static var float8Array: PostgresType { PostgresType(rawValue: 1022) }
    @inlinable public static var timestamptzArray: PostgresType { PostgresType(rawValue: 1185) }
    @inlinable public static var uuidArray: PostgresType { PostgresType(rawValue: 2951) }
    @inlinable public static var jsonbArray: PostgresType { PostgresType(rawValue: 3807) }

    /// Types that a schema defines, enumerations and domains among them, have OIDs from here on.
    var isUserDefined: Bool { rawValue >= 16_384 }
}
