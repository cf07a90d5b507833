import Foundation
import JSONText

/// Our parser and writer beside Foundation's, on the same rows in the same process: megabytes of JSON per second of the
/// processor.
struct JSONTextBenchmark {
    /// A row as it stands in the log, with what of it a reader wants.
    struct Row: Codable {
        struct Anchor: Codable {
            var articleVersion: String
            var spans: [Span]

            enum CodingKeys: String, CodingKey {
                case articleVersion = "article_version"
                case spans
            }
        }

        struct Span: Codable {
            var end: Int
            var quote: String
            var start: Int
        }

        var anchor: Anchor
        var articleID: String
        var attributes: [String: String]
        var author: String
        var createdAt: String
        var id: String
        var label: String
        var layer: String
        var state: String
        var version: Int

        enum CodingKeys: String, CodingKey {
            case articleID = "article_id"
            case createdAt = "created_at"
            case anchor, attributes, author, id, label, layer, state, version
        }
    }

    struct Wrong: Error {}

    struct Comparison: Codable {
        var title: String
        var ours: [Double] = []
        var reference: [Double] = []

        var ratios: [Double] { zip(ours, reference).map { $0 / $1 } }
    }

    private let rows: [Row]
    private let text: [UInt8]

    init(rows count: Int = 5000) {
        let quotes = ["Vladimir Poutine", "l’accord de paix", "le \"président\"", "Nguyễn 😊", "Haut-Karabagh\n"]
        rows = (0..<count).map { number in
            let id = "0199aaaa-0000-7000-8000-" + String(String(1_000_000_000_000 + number).prefix(12))
            let quote = quotes[number % quotes.count]
            return Row(
                anchor: .init(
                    articleVersion: String(repeating: "9f3c", count: 16),
                    spans: [.init(end: number + quote.unicodeScalars.count, quote: quote, start: number)]),
                articleID: id, attributes: number % 3 == 0 ? ["stance": "pro", "weight": "0.5"] : [:], author: id,
                createdAt: "2026-11-07T18:03:11.123456Z", id: id, label: "PER", layer: "own", state: "draft",
                version: number)
        }
        text = Self.write(rows)
    }

    /// Runs each side for so many seconds in every round, the first one changing from round to round.
    func run(rounds: Int, seconds: Double) throws -> [Comparison] {
        var reading = Comparison(title: "rows read")
        var writing = Comparison(title: "rows written")
        let decoder = JSONDecoder()
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = Data(text)
        for round in 0..<rounds {
            let sides = [
                { reading.ours.append(try rate(seconds) { try Self.read(text).count == rows.count }) },
                {
                    reading.reference.append(
                        try rate(seconds) { try decoder.decode([Row].self, from: data).count == rows.count })
                },
                { writing.ours.append(try rate(seconds) { Self.write(rows).count == text.count }) },
                { writing.reference.append(try rate(seconds) { try encoder.encode(rows).count >= text.count }) },
            ]
            for side in round.isMultiple(of: 2) ? sides : sides.reversed() { try side() }
        }
        return [reading, writing]
    }

    /// `work` says whether it did what it should. Both sides have one thread, so that the time that counts is the
    /// processor's: other programs on the machine do not move it.
    private func rate(_ seconds: Double, _ work: () throws -> Bool) throws -> Double {
        let start = Self.processorTime()
        var times = 0
        var elapsed = 0.0
        repeat {
            guard try work() else { throw Wrong() }
            times += 1
            elapsed = Self.processorTime() - start
        } while elapsed < seconds
        return Double(times * text.count) / elapsed / 1e6
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    // MARK: Ours

    private static func write(_ rows: [Row]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: rows.count * 512)
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            writer.key("anchor")
            writer.beginObject()
            writer.member("article_version", row.anchor.articleVersion)
            writer.key("spans")
            writer.beginArray()
            for span in row.anchor.spans {
                writer.beginObject()
                writer.member("end", span.end)
                writer.member("quote", span.quote)
                writer.member("start", span.start)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
            writer.member("article_id", row.articleID)
            writer.key("attributes")
            writer.beginObject()
            for key in row.attributes.keys.sorted() { writer.member(key, row.attributes[key]) }
            writer.endObject()
            writer.member("author", row.author)
            writer.member("created_at", row.createdAt)
            writer.member("id", row.id)
            writer.member("label", row.label)
            writer.member("layer", row.layer)
            writer.member("state", row.state)
            writer.member("version", row.version)
            writer.endObject()
        }
        writer.endArray()
        return writer.finish()
    }

    private static func read(_ text: [UInt8]) throws -> [Row] {
        var rows: [Row] = []
        var reader = JSONReader(text)
        try reader.readArray { reader throws(JSONError) in rows.append(try read(&reader)) }
        try reader.expectEnd()
        return rows
    }

    private static func read(_ reader: inout JSONReader) throws(JSONError) -> Row {
        var row = Row(
            anchor: .init(articleVersion: "", spans: []), articleID: "", attributes: [:], author: "", createdAt: "",
            id: "", label: "", layer: "", state: "", version: 0)
        try reader.readObject { reader, key throws(JSONError) in
            switch key {
            case "anchor": row.anchor = try readAnchor(&reader)
            case "article_id": row.articleID = try reader.readString()
            case "attributes":
                try reader.readObject { reader, key throws(JSONError) in row.attributes[key] = try reader.readString() }
            case "author": row.author = try reader.readString()
            case "created_at": row.createdAt = try reader.readString()
            case "id": row.id = try reader.readString()
            case "label": row.label = try reader.readString()
            case "layer": row.layer = try reader.readString()
            case "state": row.state = try reader.readString()
            case "version": row.version = try reader.readInt()
            default: try reader.skipValue()
            }
        }
        return row
    }

    private static func readAnchor(_ reader: inout JSONReader) throws(JSONError) -> Row.Anchor {
        var anchor = Row.Anchor(articleVersion: "", spans: [])
        try reader.readObject { reader, key throws(JSONError) in
            switch key {
            case "article_version": anchor.articleVersion = try reader.readString()
            case "spans":
                try reader.readArray { reader throws(JSONError) in
                    var span = Row.Span(end: 0, quote: "", start: 0)
                    try reader.readObject { reader, key throws(JSONError) in
                        switch key {
                        case "end": span.end = try reader.readInt()
                        case "quote": span.quote = try reader.readString()
                        case "start": span.start = try reader.readInt()
                        default: try reader.skipValue()
                        }
                    }
                    anchor.spans.append(span)
                }
            default: try reader.skipValue()
            }
        }
        return anchor
    }
}
