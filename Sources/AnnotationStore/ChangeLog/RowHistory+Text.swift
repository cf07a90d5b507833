import AnnotationModel
import JSONText
import SyncEngine

// The column `history`: a JSON object of what differs from the usual, which is that the author set everything when the
// row was created, without a client: null then. Members: `by`, `client` and `at` of the creation, `fields` with a stamp
// for each field set later, `last` for the last change.

extension RowHistory {
    /// The text that the database keeps; nil for the usual history.
    func text(author: EntityID, createdAt: Timestamp) -> TextBytes? {
        let isUsual = created.by == author && created.client == nil && created.at == createdAt
        if isUsual && fields.isEmpty && last == created { return nil }
        var writer = JSONWriter(reservingCapacity: 64 + 160 * fields.count)
        writer.beginObject()
        if created.at != createdAt { writer.member("at", created.at) }
        if created.by != author { writer.member("by", created.by) }
        if let client = created.client { writer.member("client", client) }
        if !fields.isEmpty {
            writer.key("fields")
            writer.beginObject()
            for (field, stamp) in fields.sorted(by: { ExactString($0.key) < ExactString($1.key) }) {
                writer.key(field)
                stamp.write(to: &writer)
            }
            writer.endObject()
        }
        if last != created {
            writer.key("last")
            last.write(to: &writer)
        }
        writer.endObject()
        return TextBytes(writer.finish())
    }

    /// Reads what `text` gave.
    init(text: TextBytes?, author: EntityID, createdAt: Timestamp) throws(StoreError) {
        var created = Stamp(by: author, client: nil, at: createdAt)
        guard let text else {
            self.init(created: created)
            return
        }
        do {
            guard let object = try JSONValue(parsing: text.bytes).objectValue else { throw Self.damage("no object") }
            let reader = RowReader(object: object)
            created.by = try reader.optionalID("by") ?? author
            created.client = try reader.optionalID("client")
            created.at = try reader.optionalTime("at") ?? createdAt
            var fields: [String: Stamp] = [:]
            for (field, value) in try reader.object("fields") ?? JSONObject() {
                guard let stamp = value.objectValue else { throw Self.damage("the stamp of \(field) is no object") }
                fields[field] = try Stamp(RowReader(object: stamp, path: field))
            }
            let last = try reader.object("last").map { (object) throws(RowError) in
                try Stamp(RowReader(object: object, path: "last"))
            }
            self.init(created: created, fields: fields, last: last)
        } catch let error as RowError {
            throw Self.damage("\(error.path) \(error.message)")
        } catch let error as JSONError {
            throw Self.damage(error.message)
        } catch let error as StoreError {
            throw error
        } catch {
            throw Self.damage("\(error)")
        }
    }

    private static func damage(_ what: String) -> StoreError {
        StoreError(.damaged, "a row's stored history cannot be read: \(what); run manicule verify")
    }
}

extension Stamp {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("at", at)
        writer.member("by", by)
        if let client { writer.member("client", client) }
        writer.endObject()
    }

    fileprivate init(_ reader: RowReader) throws(RowError) {
        self.init(by: try reader.id("by"), client: try reader.optionalID("client"), at: try reader.time("at"))
    }
}
