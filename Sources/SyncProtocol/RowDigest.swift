package import AnnotationModel
package import Digest
package import JSONText

/// The digest over a set of rows, by which replicas check that they missed nothing: an article's live rows, or the rows
/// of one snapshot response.
///
/// SHA-256 over the lines `entity SP id SP version SP hash LF`, sorted bytewise, where `hash` is the first 16 hex digits
/// of the SHA-256 of the row as the log stores it: canonical JSON without `version` (which the line names itself) and
/// without the `text` of a snapshot. A reader of the wire takes both members out; all others stay, unknown ones too.
/// The rows may come in any order. Takes 40 bytes a row until it is finished.
package struct RowDigest: Sendable {
    private struct Line: Sendable {
        var kind: UInt8
        var id: EntityID
        var version: Int64
        var hash: UInt64
    }

    private var lines: [Line] = []
    /// Labels have keys for ids: they are few, and kept as their lines.
    private var labels: [[UInt8]] = []

    package init() {}

    package var count: Int { lines.count + labels.count }

    /// Adds a row by its stored bytes.
    package mutating func add(_ entity: EntityKind, id: String, version: Int64, stored row: [UInt8]) {
        let hash = SHA256.hash(row).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        if let uuid = EntityID(id), let kind = Self.order.firstIndex(of: entity) {
            lines.append(Line(kind: UInt8(kind), id: uuid, version: version, hash: hash))
        } else {
            labels.append(Self.text(entity, id, version, hash))
        }
    }

    package mutating func add(_ row: Row) {
        add(row.kind, id: row.wireID, version: row.version, stored: row.canonicalBytes)
    }

    /// Adds a row as it came over the wire: with its version, and perhaps with a text.
    package mutating func add(_ entity: EntityKind, wire row: JSONObject) {
        var stored = row
        stored["version"] = nil
        if entity == .articleVersion { stored["text"] = nil }
        add(
            entity, id: row[entity == .label ? "key" : "id"]?.stringValue ?? "",
            version: Int64(row["version"]?.intValue ?? 0), stored: stored.canonicalBytes())
    }

    package func finalize() -> SHA256Digest {
        var hasher = SHA256.Hasher()
        var texts = labels.sorted { $0.lexicographicallyPrecedes($1) }[...]
        for line in lines.sorted(by: Self.precedes) {
            let text = Self.text(Self.order[Int(line.kind)], line.id.text, line.version, line.hash)
            while let label = texts.first, label.lexicographicallyPrecedes(text) {
                hasher.update(label)
                texts.removeFirst()
            }
            hasher.update(text)
        }
        for label in texts { hasher.update(label) }
        return hasher.finalize()
    }

    /// The kinds as their lines sort.
    private static let order = EntityKind.allCases.sorted {
        "\($0.rawValue) ".utf8.lexicographicallyPrecedes("\($1.rawValue) ".utf8)
    }

    private static func precedes(_ left: Line, _ right: Line) -> Bool {
        if left.kind != right.kind { return left.kind < right.kind }
        if left.id != right.id { return left.id < right.id }
        // The same row twice: 10 sorts before 9, as text does.
        return text(.annotation, "", left.version, left.hash)
            .lexicographicallyPrecedes(text(.annotation, "", right.version, right.hash))
    }

    private static func text(_ entity: EntityKind, _ id: String, _ version: Int64, _ hash: UInt64) -> [UInt8] {
        Array("\(entity.rawValue) \(id) \(version) \(Tag(bits: hash).text)\n".utf8)
    }
}
