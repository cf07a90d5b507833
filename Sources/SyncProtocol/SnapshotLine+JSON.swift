package import AnnotationModel
package import JSONText

extension SnapshotLine {
    /// Writes the line and its line end.
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .header(let header):
            writer.beginObject()
            writer.member("protocol", header.protocolVersion)
            writer.member("epoch", header.epoch)
            writer.member("as_of", header.asOf)
            writer.member("at", header.at?.text)
            writer.member("last_mutation", header.lastMutation)
            writer.endObject()
            writer.endLine()
        case .row(let entity, let row): Self.writeRow(entity, row.canonicalBytes(), to: &writer)
        case .resume(let token):
            writer.beginObject()
            writer.member("resume", token)
            writer.endObject()
            writer.endLine()
        case .end(let rows, let digest):
            writer.beginObject()
            writer.member("end", true)
            writer.member("rows", rows)
            writer.member("digest", digest)
            writer.endObject()
            writer.endLine()
        }
    }

    /// Writes a row line from canonical JSON: with its version, an article version with its text.
    package static func writeRow(_ entity: EntityKind, _ row: [UInt8], to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("entity", entity.rawValue)
        writer.member("row", raw: row)
        writer.endObject()
        writer.endLine()
    }

    /// Reads one line, with or without its line end.
    package init(reading line: [UInt8]) throws(JSONError) {
        var reader = JSONReader(line, options: .wire)
        var members = Members()
        try reader.readObject { reader, key throws(JSONError) in try members.read(key, &reader) }
        try reader.expectEnd()
        self = try members.line(reader)
    }

    private struct Members {
        var header: (protocolVersion: Int?, epoch: EntityID?, asOf: Int64?, at: Tag?, lastMutation: Int64?)
        var entity: EntityKind?
        var row: JSONObject?
        var resume: String?
        var isEnd = false
        var rows: Int?
        var digest: String?

        mutating func read(_ key: String, _ reader: inout JSONReader) throws(JSONError) {
            switch key {
            case "protocol": header.protocolVersion = try reader.readInt()
            case "epoch": header.epoch = try reader.readID()
            case "as_of": header.asOf = try reader.readInt64()
            case "at": header.at = try reader.readOptional { reader throws(JSONError) in try reader.readTag() }
            case "last_mutation": header.lastMutation = try reader.readInt64()
            case "entity": entity = try reader.readCase()
            case "row":
                let place = reader
                guard let object = try reader.readValue().objectValue else {
                    throw place.invalid("a row must be an object")
                }
                row = object
            case "resume": resume = try reader.readString()
            case "end": isEnd = try reader.readBool()
            case "rows": rows = try reader.readInt()
            case "digest": digest = try reader.readString()
            default: try reader.skipValue()
            }
        }

        func line(_ reader: JSONReader) throws(JSONError) -> SnapshotLine {
            if let entity { return .row(entity: entity, row: try reader.required(row, "row")) }
            if let resume { return .resume(resume) }
            if isEnd {
                return .end(
                    rows: try reader.required(rows, "rows"), digest: try reader.required(digest, "digest"))
            }
            return .header(
                SnapshotHeader(
                    protocolVersion: try reader.required(header.protocolVersion, "protocol"),
                    epoch: try reader.required(header.epoch, "epoch"),
                    asOf: try reader.required(header.asOf, "as_of"), at: header.at,
                    lastMutation: try reader.required(header.lastMutation, "last_mutation")))
        }
    }
}

/// Cuts a stream of bytes into lines.
package struct LineBuffer: Sendable {
    private var rest: [UInt8] = []
    /// A longer line is an error: a snapshot's longest holds one article's text.
    private let maxBytes: Int

    package init(maxBytes: Int) { self.maxBytes = maxBytes }

    /// The lines that a piece completes, without their line ends.
    package mutating func append(_ piece: some Collection<UInt8>) throws(JSONError) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = piece.startIndex
        while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
            rest.append(contentsOf: piece[start..<end])
            try checkSize()
            lines.append(rest)
            rest = []
            start = piece.index(after: end)
        }
        rest.append(contentsOf: piece[start...])
        try checkSize()
        return lines
    }

    /// What came after the last line end: anything here means that the stream was cut off.
    package var isAtLineStart: Bool { rest.isEmpty }

    private func checkSize() throws(JSONError) {
        guard rest.count > maxBytes else { return }
        throw JSONError(code: .size, offset: 0, message: "a line has more than \(maxBytes) bytes")
    }
}
