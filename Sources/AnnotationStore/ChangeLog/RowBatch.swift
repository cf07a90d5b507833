import Postgres

/// The rows that one transaction writes to one table, column by column: each column is one array parameter.
///
/// A column named `version` holds offsets from the head before the transaction; the statement makes versions of them.
struct RowBatch {
    let table: String
    private(set) var names: [String] = []
    private var parameters: [String] = []

    init(_ table: String) { self.table = table }

    /// Adds a column. `type` is that of the array's elements.
    mutating func add<Value: PostgresEncodable>(
        _ name: String, _ values: [Value], to statement: inout Statement
    ) {
        names.append(name)
        parameters.append(statement.bind(values))
    }

    /// `FROM log, unnest(…) AS r(…)`
    var source: String {
        "log CROSS JOIN unnest(\(parameters.joined(separator: ", "))) AS r(\(names.joined(separator: ", ")))"
    }

    private func value(_ name: String) -> String { name == "version" ? "log.base + r.version" : "r.\(name)" }

    /// Plain inserts; `constants` are further columns with an expression over `log`.
    func insert(constants: [(name: String, value: String)] = []) -> String {
        let columns = ["project_id"] + constants.map(\.name) + names
        let values = ["$1"] + constants.map(\.value) + names.map { value($0) }
        return """
            INSERT INTO \(table) (\(columns.joined(separator: ", ")))
                SELECT \(values.joined(separator: ", ")) FROM \(source)
            """
    }

    /// Inserts that change what is there by the same key.
    func upsert(key: String) -> String {
        let changes = names.filter { $0 != key }.map { "\($0) = excluded.\($0)" }
        return """
            \(insert())
                ON CONFLICT (project_id, \(key)) DO UPDATE SET \(changes.joined(separator: ", "))
            """
    }

    /// Updates by id of all columns but those that are only written once.
    func update(except once: Set<String> = []) -> String {
        let changes = names.filter { $0 != "id" && !once.contains($0) }.map { "\($0) = \(value($0))" }
        return """
            UPDATE \(table) t SET \(changes.joined(separator: ", "))
                FROM \(source)
                WHERE t.project_id = $1 AND t.id = r.id
            """
    }
}
