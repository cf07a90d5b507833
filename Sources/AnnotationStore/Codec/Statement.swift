import Postgres

/// SQL that grows piece by piece, each value becoming a parameter.
struct Statement {
    private(set) var text = ""
    private(set) var bindings: PostgresBindings

    init(bindings: PostgresBindings = PostgresBindings()) { self.bindings = bindings }

    /// Adds a value, and gives its place in the text: `$3`.
    mutating func bind(_ value: some PostgresEncodable) -> String { "$\(bindings.append(value))" }

    mutating func append(_ text: String) { self.text += text }

    var query: PostgresQuery { PostgresQuery(unsafeSQL: text, bindings: bindings) }
}

/// Reads the columns of a row one after the other.
struct ColumnReader {
    let row: PostgresRow
    private(set) var column = 0

    init(_ row: PostgresRow, from column: Int = 0) {
        self.row = row
        self.column = column
    }

    mutating func next<Value: PostgresDecodable>(_: Value.Type = Value.self) throws(PostgresError) -> Value {
        let value = try row.decode(Value.self, at: column)
        column += 1
        return value
    }

    mutating func skip(_ columns: Int) { column += columns }
}
