import LibPQ

/// SQL with its parameters.
///
/// A literal with interpolation makes parameters, never text: `"SELECT name FROM users WHERE id = \(id)"` becomes
/// `… WHERE id = $1` and a value in binary. What varies in the SQL text itself, such as the name of a table, has to be
/// built by code and passed to `init(unsafeSQL:)`.
///
/// Sets of values go in as arrays: `WHERE id = ANY(\(ids))`, `SELECT * FROM unnest(\(ids), \(names))`.
public struct PostgresQuery: Sendable, ExpressibleByStringInterpolation {
    /// The text, with `$1`, `$2`, … for the parameters.
    public private(set) var sql: String
    /// The values of the parameters.
    public var bindings: PostgresBindings
    /// Whether the connection keeps it as a prepared statement. Worth it unless each call has another text.
    public var isPrepared = true

    /// A text without parameters.
    public init(stringLiteral value: String) {
        sql = value
        bindings = PostgresBindings()
    }

    /// A text whose interpolated values became parameters.
    public init(stringInterpolation interpolation: StringInterpolation) {
        sql = interpolation.sql
        bindings = interpolation.bindings
    }

    /// SQL that code put together, with its `$1`, `$2`, …. Whoever calls this answers for what is in the text.
    public init(unsafeSQL sql: String, bindings: PostgresBindings = PostgresBindings(), isPrepared: Bool = true) {
        self.sql = sql
        self.bindings = bindings
        self.isPrepared = isPrepared
    }

    /// The same query, sent without being kept as a prepared statement.
    public func unprepared() -> PostgresQuery {
        var query = self
        query.isPrepared = false
        return query
    }

    /// Collects the text and the values of a literal.
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var sql = ""
        @usableFromInline var bindings = PostgresBindings()

        /// Called by the compiler.
        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + interpolationCount * 3)
            bindings.reserveCapacity(interpolationCount)
        }

        /// Text of the program itself.
        public mutating func appendLiteral(_ literal: String) { sql += literal }

        /// A value becomes the next parameter.
        @inlinable
        public mutating func appendInterpolation<T: PostgresEncodable>(_ value: T) {
            appendPlaceholder(bindings.append(value))
        }

        /// The compiler warns of optionals in an interpolation, unless they are asked for.
        @inlinable
        public mutating func appendInterpolation<T: PostgresEncodable>(_ value: T?) {
            appendPlaceholder(bindings.append(value))
        }

        @usableFromInline
        mutating func appendPlaceholder(_ number: Int) {
            // The usual ones are made without an allocation or a conversion.
            switch number {
            case 1: sql += "$1"
            case 2: sql += "$2"
            case 3: sql += "$3"
            case 4: sql += "$4"
            default:
                sql += "$"
                sql += String(number)
            }
        }
    }
}

extension PostgresQuery: CustomStringConvertible {
    /// The text without the values.
    public var description: String { sql }
}

/// The values of a query's parameters.
public struct PostgresBindings: Sendable {
    private(set) var slots: [Parameters.Slot] = []
    /// Holds the values, one behind the other.
    @usableFromInline var writer = PostgresWriter()
    private(set) var refusal: String?

    /// No parameters.
    public init() {}

    /// How many there are.
    public var count: Int { slots.count }

    /// What libpq is given.
    var parameters: Parameters { Parameters(slots: slots, bytes: writer.bytes) }

    mutating func reserveCapacity(_ count: Int) {
        if count == 0 { return }
        slots.reserveCapacity(count)
        writer.bytes.reserveCapacity(count * 16)
    }

    /// Adds the next parameter, and gives its number, from 1.
    @inlinable
    @discardableResult
    public mutating func append<T: PostgresEncodable>(_ value: T) -> Int {
        if value.isPostgresNull { return appendNull(T.postgresType) }
        let start = writer.bytes.count
        value.encode(into: &writer)
        return endValue(T.postgresType, from: start)
    }

    @usableFromInline
    mutating func appendNull(_ type: PostgresType) -> Int {
        slots.append(.init(type: type.rawValue, offset: 0, count: -1))
        return count
    }

    @usableFromInline
    mutating func endValue(_ type: PostgresType, from start: Int) -> Int {
        let size = writer.bytes.count - start
        slots.append(.init(type: type.rawValue, offset: start, count: Int32(clamping: size)))
        if let reason = writer.refusal { refuse("parameter $\(count): \(reason)") }
        if size > PostgresLimits.valueSize { refuse("parameter $\(count): \(size) bytes, more than 256 MiB") }
        if writer.bytes.count > PostgresLimits.messageSize { refuse("the parameters are more than 1 GB together") }
        if count > PostgresLimits.parameterCount { refuse("more than 65,535 parameters; pass arrays instead") }
        return count
    }

    private mutating func refuse(_ reason: String) { refusal = refusal ?? reason }
}
