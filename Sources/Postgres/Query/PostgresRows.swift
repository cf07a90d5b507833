import LibPQ

/// The rows of one result. They keep libpq's memory, and read from it when a column is decoded.
public struct PostgresRows: Sendable, RandomAccessCollection {
    let result: ResultHandle?

    init(_ result: ResultHandle?) { self.result = result }

    /// Rows count from 0.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { result?.rowCount ?? 0 }

    /// The row at this place, which must exist.
    public subscript(position: Int) -> PostgresRow {
        precondition(position >= 0 && position < endIndex, "row \(position) of \(endIndex)")
        guard let result else { preconditionFailure("a result without rows") }
        return PostgresRow(result: result, index: position)
    }

    /// The rows that the statement inserted, changed, deleted or gave.
    public var affectedRows: Int { result?.affectedRows ?? 0 }

    /// What the server calls the statement's kind, such as `COMMIT` or `INSERT 0 1`.
    var commandTag: String { result?.commandTag ?? "" }

    /// The names of the columns.
    public var columns: [String] {
        guard let result else { return [] }
        return (0..<result.columnCount).map { result.name(ofColumn: $0) }
    }

    /// The only column of all rows.
    @inlinable
    public func decode<T: PostgresDecodable>(_ type: T.Type) throws(PostgresError) -> [T] {
        var values: [T] = []
        values.reserveCapacity(count)
        for row in self { values.append(try row.decode(type)) }
        return values
    }

    /// All columns of all rows, in order: `for (id, name) in try rows.decode((UUID, String).self)`.
    @inlinable
    public func decode<each T: PostgresDecodable>(_ types: (repeat each T).Type) throws(PostgresError) -> [(
        repeat each T
    )] {
        var values: [(repeat each T)] = []
        values.reserveCapacity(count)
        for row in self { values.append(try row.decode(types)) }
        return values
    }
}

/// One row of a result.
public struct PostgresRow: Sendable {
    let result: ResultHandle
    /// Its place among the rows, from 0.
    public let index: Int

    init(result: ResultHandle, index: Int) {
        self.result = result
        self.index = index
    }

    /// The number of columns.
    public var columnCount: Int { result.columnCount }

    /// A column by its place, from 0.
    @inlinable
    public func decode<T: PostgresDecodable>(_ type: T.Type, at column: Int) throws(PostgresError) -> T {
        let value = try value(at: column)
        do {
            guard let bytes = value.bytes else { return try T.decodeNull() }
            // libpq's memory stays as long as the row is there.
            return try withExtendedLifetime(self) { () throws(PostgresError) -> T in
                try T.decode(bytes.bytes, type: value.type)
            }
        } catch {
            throw naming(column, in: error)
        }
    }

    /// A value as it lies in libpq's memory; without bytes it is NULL.
    @usableFromInline
    struct RawValue {
        @usableFromInline let bytes: UnsafeRawBufferPointer?
        @usableFromInline let type: PostgresType

        init(bytes: UnsafeRawBufferPointer?, type: PostgresType) {
            self.bytes = bytes
            self.type = type
        }
    }

    @usableFromInline
    func value(at column: Int) throws(PostgresError) -> RawValue {
        guard column >= 0, column < result.columnCount else {
            throw PostgresError(.decodingFailed, "column \(column) of a result with \(result.columnCount)")
        }
        return RawValue(
            bytes: result.value(row: index, column: column),
            type: PostgresType(rawValue: result.type(ofColumn: column)))
    }

    @usableFromInline
    func naming(_ column: Int, in error: PostgresError) -> PostgresError {
        var error = error
        error.column = result.name(ofColumn: column)
        error.message += " (column \(column), \(result.name(ofColumn: column)))"
        return error
    }

    /// A column by its name.
    public func decode<T: PostgresDecodable>(_ type: T.Type, named name: String) throws(PostgresError) -> T {
        guard let column = result.column(named: name) else {
            throw PostgresError(.decodingFailed, "the result has no column \(name)")
        }
        return try decode(type, at: column)
    }

    /// `let name: String = try row["name"]`
    public subscript<T: PostgresDecodable>(name: String) -> T {
        get throws(PostgresError) { try decode(T.self, named: name) }
    }

    /// `let name: String = try row[1]`
    @inlinable
    public subscript<T: PostgresDecodable>(column: Int) -> T {
        get throws(PostgresError) { try decode(T.self, at: column) }
    }

    /// The only column.
    @inlinable
    public func decode<T: PostgresDecodable>(_ type: T.Type) throws(PostgresError) -> T {
        try check(columns: 1)
        return try decode(type, at: 0)
    }

    /// All columns, in order: `let (id, name) = try row.decode((UUID, String).self)`.
    @inlinable
    public func decode<each T: PostgresDecodable>(_ types: (repeat each T).Type) throws(PostgresError) -> (
        repeat each T
    ) {
        var wanted = 0
        for _ in repeat (each T).self { wanted += 1 }
        try check(columns: wanted)
        var column = -1
        func next() -> Int {
            column += 1
            return column
        }
        return (repeat try decode((each T).self, at: next()))
    }

    @usableFromInline
    func check(columns: Int) throws(PostgresError) {
        guard columns != result.columnCount else { return }
        throw PostgresError(
            .decodingFailed, "the result has \(result.columnCount) columns where \(columns) were asked for")
    }
}
