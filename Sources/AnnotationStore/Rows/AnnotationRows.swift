import AnnotationModel
import Digest
import Postgres
import SyncEngine

/// Reads annotations with their spans: one row of a result per span, one for an annotation without.
///
/// The query has the annotation as `t` and joins `spans` as `s`, ordered by `t.id, s.ordinal` at the end.
struct AnnotationRows {
    static let columns = """
        t.id, t.article_id, t.author_id, t.layer, t.label, t.attributes, t.article_version, t.state, t.created_at,
        t.version, t.content_hash, s.ordinal, s.start_offset, s.end_offset, s.quote, s.quote_sha256
        """
    static let spanJoin = "LEFT JOIN spans s ON s.project_id = t.project_id AND s.annotation_id = t.id"

    /// An annotation, its content hash, and the first of its result rows: what the query gives beyond `columns` is there.
    struct Item {
        var annotation: Annotation
        var contentHash: Int64
        var row: PostgresRow
    }

    /// How many columns this reads.
    static let columnCount = 16

    static func read(_ rows: PostgresRows) throws -> [Item] {
        var items: [Item] = []
        items.reserveCapacity(rows.count)
        for row in rows {
            let id = try row.decode(EntityID.self, at: 0)
            if items.last?.annotation.id != id { items.append(try item(row, id)) }
            if let span = try span(row) { items[items.count - 1].annotation.anchor.spans.append(span) }
        }
        return items
    }

    private static func item(_ row: PostgresRow, _ id: EntityID) throws -> Item {
        var reader = ColumnReader(row, from: 1)
        let annotation = Annotation(
            id: id, articleID: try reader.next(), author: try reader.next(), layer: try reader.next(),
            label: try reader.next(), attributes: try reader.attributes(),
            anchor: Anchor(articleVersion: try reader.next(), spans: []), state: try reader.next(),
            createdAt: try reader.next(), version: try reader.next())
        return Item(annotation: annotation, contentHash: try reader.next(), row: row)
    }

    private static func span(_ row: PostgresRow) throws -> Span? {
        guard try row.decode(Int16?.self, at: 11) != nil else { return nil }
        let quote: Quote =
            if let text = try row.decode(String?.self, at: 14) {
                .text(text)
            } else {
                .digest(try row.decode(SHA256Digest.self, at: 15))
            }
        return Span(start: try row.decode(Int.self, at: 12), end: try row.decode(Int.self, at: 13), quote: quote)
    }
}

/// Who set what in a row, and who deleted it: the columns that the tables of pushed rows have alike.
enum HistoryColumns {
    static let columns = "t.history, t.deleted_at, t.deleted_by, t.deleted_client"

    static func read(
        _ reader: inout ColumnReader, author: EntityID, createdAt: Timestamp
    ) throws -> (history: RowHistory, deleted: Stamp?) {
        let history = try RowHistory(text: try reader.next(), author: author, createdAt: createdAt)
        let at: Timestamp? = try reader.next()
        let by: EntityID? = try reader.next()
        let client: EntityID? = try reader.next()
        return (history, at.map { Stamp(by: by ?? .nobody, client: client, at: $0) })
    }
}
