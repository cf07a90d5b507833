package import AnnotationModel
package import JSONText

extension ChangeEntry {
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("seq", seq)
        writer.member("n", n)
        writer.member("tag", tag.text)
        writer.member("kind", kind.rawValue)
        writer.member("entity", entity.rawValue)
        writer.member("id", id)
        if let row { writer.member("row", raw: row) }
        writer.member("by", by?.text)
        writer.key("origin")
        if let origin {
            writer.beginArray()
            writer.id(origin.client)
            writer.int(origin.n)
            writer.endArray()
        } else {
            writer.null()
        }
        writer.endObject()
    }

    init(_ reader: inout JSONReader) throws(JSONError) {
        var seq: Int64?
        var n: Int?
        var tag: Tag?
        var kind: Kind?
        var entity: EntityKind?
        var id: String?
        var row: [UInt8]?
        var by: EntityID?
        var origin: (client: EntityID, n: Int64)?
        try reader.readObject { reader, key throws(JSONError) in
            switch key {
            case "seq": seq = try reader.readInt64()
            case "n": n = try reader.readInt()
            case "tag": tag = try reader.readTag()
            case "kind": kind = try reader.readCase()
            case "entity": entity = try reader.readCase()
            case "id": id = try reader.readString()
            case "row": row = try reader.readOptional { reader throws(JSONError) in try reader.readBytes() }
            case "by": by = try reader.readOptional { reader throws(JSONError) in try reader.readID() }
            case "origin": origin = try reader.readOptional(Self.readOrigin)
            default: try reader.skipValue()
            }
        }
        let isPut = try reader.required(kind, "kind") == .put
        guard isPut == (row != nil) else {
            throw reader.invalid(isPut ? "a put without a row" : "a del with a row")
        }
        self.init(
            seq: try reader.required(seq, "seq"), n: try reader.required(n, "n"), tag: try reader.required(tag, "tag"),
            kind: try reader.required(kind, "kind"), entity: try reader.required(entity, "entity"),
            id: try reader.required(id, "id"), row: row, by: by, origin: origin)
    }

    private static func readOrigin(_ reader: inout JSONReader) throws(JSONError) -> (client: EntityID, n: Int64) {
        var client: EntityID?
        var n: Int64?
        try reader.readArray { reader throws(JSONError) in
            if client == nil {
                client = try reader.readID()
            } else if n == nil {
                n = try reader.readInt64()
            } else {
                try reader.skipValue()
            }
        }
        return (try reader.required(client, "origin[0]"), try reader.required(n, "origin[1]"))
    }

    /// The row of a put, read; nil for a `del`. A client keeps `row` as it came and reads it when it needs to.
    package func decodedRow() throws(JSONError) -> Row? {
        guard let row else { return nil }
        return try Row(kind: entity, parsing: row)
    }
}

extension ChangeEntry.Kind: CaseIterable {
    package static var allCases: [ChangeEntry.Kind] { [.put, .del] }
}
