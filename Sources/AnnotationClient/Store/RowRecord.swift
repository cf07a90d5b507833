import AnnotationModel
import GRDB
import JSONText
import SyncEngine
import SyncProtocol

/// A row as the tables `rows`, `overlay` and `staging` hold it: `json` is its canonical form without version and text.
struct RowRecord: Sendable {
    var kind: EntityKind
    var id: String
    var articleID: String?
    var parentID: String?
    var name: String?
    var version: Int64
    var isDeleted: Bool
    var json: String

    enum Table: String {
        case rows, overlay, staging
    }

    /// A row as it came over the wire.
    init(_ kind: EntityKind, wire: JSONObject, version: Int64) {
        var stored = wire
        stored["version"] = nil
        if kind == .articleVersion { stored["text"] = nil }
        self.kind = kind
        id = wire[kind == .label ? "key" : "id"]?.stringValue ?? ""
        articleID = kind == .article ? id : wire["article_id"]?.stringValue
        parentID = wire["annotation_id"]?.stringValue
        name =
            switch kind {
            case .article: wire["external_id"]?.stringValue
            case .articleVersion: wire["sha256"]?.stringValue
            default: wire["name"]?.stringValue
            }
        self.version = version
        isDeleted = false
        json = String(decoding: stored.canonicalBytes(), as: UTF8.self)
    }

    init(_ local: LocalRow) {
        self.init(local.row.kind, wire: local.row.jsonWithoutVersion, version: local.row.version)
        isDeleted = local.isDeleted
    }

    init(_ row: SQLRow) throws {
        guard let kind = EntityKind(rawValue: row["kind"]) else {
            throw ClientError(.environment, "no_database", "the clone's file holds a row of an unknown kind")
        }
        self.kind = kind
        id = row["id"]
        articleID = row["article_id"]
        parentID = row["parent_id"]
        name = row["name"]
        version = row["version"]
        isDeleted = row["deleted"]
        json = row["json"]
    }

    /// The row, read.
    func local() throws(ClientError) -> LocalRow {
        do throws(JSONError) {
            var row = try AnnotationModel.Row(kind: kind, parsing: Array(json.utf8))
            row.version = version
            return LocalRow(row: row, isDeleted: isDeleted)
        } catch {
            throw ClientError(
                .environment, "no_database",
                "the clone's file holds an unreadable \(kind.rawValue) \(id): sync repairs it",
                detail: "\(error)")
        }
    }
}

extension Database {
    /// Stores a row unless the table has one of the same or a newer version; true when it was stored.
    @discardableResult
    func store(_ record: RowRecord, in table: RowRecord.Table, ifNewer: Bool = true) throws -> Bool {
        try cachedStatement(
            sql: """
                INSERT INTO \(table.rawValue) (kind, id, article_id, parent_id, name, version, deleted, json)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (kind, id) DO UPDATE SET article_id = excluded.article_id, parent_id = excluded.parent_id,
                  name = excluded.name, version = excluded.version, deleted = excluded.deleted, json = excluded.json
                \(ifNewer ? "WHERE excluded.version > \(table.rawValue).version" : "")
                """
        ).execute(
            arguments: [
                record.kind.rawValue, record.id, record.articleID, record.parentID, record.name, record.version,
                record.isDeleted, record.json,
            ])
        return changesCount > 0
    }

    /// Marks a row as deleted by the change `version`, unless it is newer. The row stays, so that an older image does
    /// not bring it back, and so that what was deleted can be seen in a conflict.
    func markDeleted(_ kind: EntityKind, _ id: String, version: Int64, in table: RowRecord.Table) throws {
        try cachedStatement(
            sql: "UPDATE \(table.rawValue) SET deleted = 1, version = ? WHERE kind = ? AND id = ? AND version < ?"
        ).execute(arguments: [version, kind.rawValue, id, version])
    }

    func record(_ kind: EntityKind, _ id: String, in table: RowRecord.Table) throws -> RowRecord? {
        try SQLRow.fetchOne(
            cachedStatement(sql: "SELECT * FROM \(table.rawValue) WHERE kind = ? AND id = ?"),
            arguments: [kind.rawValue, id]
        ).map { try RowRecord($0) }
    }
}
