import AnnotationModel
package import JSONText

// A page as lines (`Accept: application/x-ndjson`):
//
//     {"epoch":"…","from":1201,"to":1260,"at":"77ab…","head":1260,"complete":true,"count":58,"hidden":1,"views":[…]}
//     {"seq":1202,"n":2,"tag":"…","kind":"put","entity":"annotation","id":"…","row":{…},"by":"…","origin":["…",41]}
//     …
//     {"end":true,"entries":57}
//
// The first line is the answer without its entries, then one line per entry. The last line is mandatory: without it,
// or with another number, the answer was cut off and nothing of it may be applied.

extension ChangesReply {
    /// The page as lines of JSON.
    package func encodeLines() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 128 + changes.estimatedBytes)
        writer.beginObject()
        writer.member("epoch", epoch)
        changes.writeHead(to: &writer)
        writer.endObject()
        writer.endLine()
        for entry in changes.entries {
            entry.write(to: &writer)
            writer.endLine()
        }
        writer.beginObject()
        writer.member("end", true)
        writer.member("entries", changes.entries.count)
        writer.endObject()
        writer.endLine()
        return writer.finish()
    }

    /// Reads a page from its lines, without their line ends.
    package init(lines: some Sequence<[UInt8]>) throws(JSONError) {
        var reply: ChangesReply?
        var isEnded = false
        for line in lines {
            var reader = JSONReader(line, options: .wire)
            guard !isEnded else { throw reader.invalid("a line after the last one") }
            if reply == nil {
                reply = try Self.head(&reader)
            } else if let entries = try Self.trailer(line) {
                guard entries == reply?.changes.entries.count else {
                    throw reader.invalid("the page has another number of entries than its last line says")
                }
                isEnded = true
            } else {
                reply?.changes.entries.append(try ChangeEntry(&reader))
                try reader.expectEnd()
            }
        }
        guard isEnded, let reply else { throw JSONReader([]).invalid("the page ends before its last line") }
        self = reply
    }

    private static func head(_ reader: inout JSONReader) throws(JSONError) -> ChangesReply {
        var epoch: EntityID?
        var members = PageMembers()
        try reader.readObject { reader, key throws(JSONError) in
            if ExactString.equal(key, "epoch") {
                epoch = try reader.readID()
            } else if try !members.read(key, &reader) {
                try reader.skipValue()
            }
        }
        try reader.expectEnd()
        return ChangesReply(epoch: try reader.required(epoch, "epoch"), changes: try members.page(reader))
    }

    /// How many entries the last line counts; nil for any other line.
    private static func trailer(_ line: [UInt8]) throws(JSONError) -> Int? {
        // An entry has no member that begins so.
        guard line.starts(with: Array(#"{"end""#.utf8)) else { return nil }
        return try JSONValue(parsing: line, options: .wire)["entries"]?.intValue
    }
}
