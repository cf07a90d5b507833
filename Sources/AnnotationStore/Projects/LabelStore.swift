package import AnnotationModel
import JSONText
package import Postgres

/// What may be said in a project.
package struct LabelStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// All labels, retired ones too, in the order in which they were declared.
    package func list(project: EntityID) async throws -> [Label] {
        let rows = try await database.client.query(
            """
            SELECT key, name, kind, color, shortcut, attributes, from_labels, to_labels, zero_width, retired, version
            FROM labels WHERE project_id = \(project) ORDER BY position, key
            """)
        return try rows.map { try LabelRow.decode($0) }
    }
}

/// Reads labels from rows that begin with `key, name, kind, color, shortcut, attributes, from_labels, to_labels,
/// zero_width, retired, version`.
package enum LabelRow {
    package static func decode(_ row: PostgresRow) throws -> Label {
        let key: String = try row[0]
        let attributes: PostgresJSON = try row[5]
        return Label(
            key: key, name: try row[1], kind: try row[2], color: try row[3],
            shortcut: try row[4], attributes: try read(attributes, of: key), from: try row[6],
            to: try row[7], zeroWidth: try row[8], retired: try row[9],
            version: try row[10])
    }

    private static func read(_ attributes: PostgresJSON, of key: String) throws -> [LabelAttribute] {
        if attributes.bytes.count == 2 { return [] }
        do {
            let value = try JSONValue(parsing: attributes.bytes)
            return try Label(RowReader(object: ["key": .string(key), "kind": "span", "attributes": value])).attributes
        } catch {
            throw StoreError(.damaged, "the stored attributes of the label \(key) cannot be read: \(error)")
        }
    }
}
