import AnnotationModel
import AnnotationModelTestSupport
import Digest
import JSONText
import SyncProtocol
import Testing

@Suite struct `Snapshots` {
    @Test func `A row gets its version in its sorted place`() {
        var rows = RandomRows(seed: 61)
        for _ in 0..<1500 {
            let row = rows.row()
            #expect(canonicalRow(row.canonicalBytes, version: row.version) == row.json.canonicalBytes())
        }
        let label = Row.label(Label(key: "X", kind: .span, zeroWidth: true, version: 12))
        #expect(canonicalRow(label.canonicalBytes, version: 12) == label.json.canonicalBytes())
    }

    @Test func `Whatever the keys are, a member goes where sorting puts it`() {
        var rows = RandomRows(seed: 62)
        let keys = [
            "", "v", "versio", "version_", "versions", "ver\"sion", "ver\\sion", "ver\u{1}sion", "zero_width",
            "Version", "é",
            "\"", "\\", "\n", "version\u{1}", "vers\u{301}ion", "{", "}", ",", ":", "[", "version\\", "text", "texts",
            "u", "w",
        ]
        for _ in 0..<3000 {
            var object = JSONObject()
            for _ in 0..<rows.random.int(0...6) {
                object[rows.random.one(in: 3) ? rows.string() : rows.random.pick(keys)] =
                    switch rows.random.int(0...3) {
                    case 0: .string(rows.random.pick(keys))
                    case 1: .object([rows.random.pick(keys): .array(["}", "]", "\\", "\"", ["version": 1]])])
                    case 2: .array([])
                    default: rows.scalar()
                    }
            }
            object["version"] = nil
            var expected = object
            expected["version"] = .number(1_234_567)
            #expect(canonicalRow(object.canonicalBytes(), version: 1_234_567) == expected.canonicalBytes())
            object["text"] = nil
            let text = rows.string()
            expected = object
            expected["text"] = .string(text)
            #expect(canonicalRow(object.canonicalBytes(), text: text.utf8) == expected.canonicalBytes())
        }
    }

    @Test func `Any line is read as it was written`() throws {
        var random = RandomProtocol(seed: 63)
        for _ in 0..<600 {
            let line: SnapshotLine =
                switch random.rows.random.int(0...5) {
                case 0:
                    .header(
                        SnapshotHeader(
                            protocolVersion: 1, epoch: random.rows.id(),
                            asOf: Int64(random.rows.random.int(0...1 << 53)),
                            at: random.maybe { $0.tag() }, lastMutation: Int64(random.rows.random.int(0...99))))
                case 1: .resume(random.rows.string())
                case 2: .end(rows: random.rows.random.int(0...99), digest: SHA256.hash(random.rows.string()).hex)
                default:
                    { (row: Row) in .row(entity: row.kind, row: row.json) }(random.rows.row())
                }
            var writer = JSONWriter()
            line.write(to: &writer)
            let bytes = writer.finish()
            #expect(bytes.last == UInt8(ascii: "\n") && bytes.count { $0 == UInt8(ascii: "\n") } == 1)
            #expect(summary(try SnapshotLine(reading: bytes)) == summary(line))
            #expect(summary(try SnapshotLine(reading: bytes.dropLast())) == summary(line))
        }
    }

    @Test func `A row written from bytes is the row that is read, with its text inside`() throws {
        let version = ArticleVersion(
            id: EntityID(high: 1, low: 2), articleID: EntityID(high: 1, low: 3), sha256: SHA256.hash("a\n\"é"),
            length: 4,
            version: 9)
        let row = Row.articleVersion(version)
        let text = "a\n\"é"
        var writer = JSONWriter()
        SnapshotLine.writeRow(
            .articleVersion, canonicalRow(canonicalRow(row.canonicalBytes, text: text.utf8), version: 9), to: &writer)
        guard case .row(.articleVersion, let read) = try SnapshotLine(reading: writer.finish()) else {
            Issue.record("no row was read")
            return
        }
        #expect(read["text"] == .string(text))
        #expect(try Row(kind: .articleVersion, json: read) == row)
        var digest = RowDigest()
        digest.add(.articleVersion, wire: read)
        var stored = RowDigest()
        stored.add(row)
        #expect(digest.finalize() == stored.finalize(), "the text is not part of it")
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"entity":"annotation"}"#, #"{"entity":"thing","row":{}}"#,
        #"{"entity":"label","row":[]}"#,
        #"{"end":true,"rows":1}"#, #"{"end":true,"digest":"x"}"#, #"{"end":false}"#, #"{"resume":1}"#,
        #"{"protocol":1,"as_of":1,"last_mutation":0}"#, #"{"resume":"a"}{"resume":"b"}"#,
    ]) func `A line that is none is refused`(line: String) {
        #expect(throws: JSONError.self) { try SnapshotLine(reading: bytes(line)) }
    }

    @Test func `Lines come out of a stream whole, wherever it is cut`() throws {
        let text = bytes("{\"a\":\"é\"}\n\n{\"b\":1}\nrest")
        for size in 1...text.count {
            var buffer = LineBuffer(maxBytes: 100)
            var lines: [[UInt8]] = []
            for start in stride(from: 0, to: text.count, by: size) {
                lines += try buffer.append(text[start..<min(start + size, text.count)])
            }
            #expect(lines == [bytes("{\"a\":\"é\"}"), [], bytes("{\"b\":1}")])
            #expect(!buffer.isAtLineStart, "something was cut off")
        }
        var buffer = LineBuffer(maxBytes: 3)
        #expect(try buffer.append(bytes("abc\n")) == [bytes("abc")])
        #expect(buffer.isAtLineStart)
        let error = try #require(throws: JSONError.self) { try buffer.append(bytes("abcd")) }
        #expect(error.code == .size)
    }

    private func summary(_ line: SnapshotLine) -> String {
        switch line {
        case .header(let header): "\(header)"
        case .row(let entity, let row): "\(entity) \(JSONValue.object(row).canonicalText)"
        case .resume(let token): "resume \(Array(token.utf8))"
        case .end(let rows, let digest): "end \(rows) \(digest)"
        }
    }
}

@Suite struct `The digest of rows` {
    @Test func `It is the hash over the sorted lines, in whatever order rows come`() {
        var rows = RandomRows(seed: 71)
        for _ in 0..<60 {
            var all = (0..<rows.random.int(0...30)).map { _ in rows.row() }
            for key in ["PER", "ORG", "a b", "é"] where rows.random.one(in: 2) {
                all.append(.label(Label(key: key, kind: .span, version: Int64(rows.random.int(1...20)))))
            }
            // The same row at two versions, whose decimal digits sort unlike the numbers.
            if var twice = all.first {
                twice.version = 9
                all.append(twice)
                twice.version = 10
                all.append(twice)
            }
            let lines = all.map { row in
                let hash = SHA256.hash(row.jsonWithoutVersion.canonicalBytes()).hex.prefix(16)
                return Array("\(row.kind.rawValue) \(row.wireID) \(row.version) \(hash)\n".utf8)
            }
            let expected = SHA256.hash(lines.sorted { $0.lexicographicallyPrecedes($1) }.joined())
            var digest = RowDigest()
            var wire = RowDigest()
            for row in all.shuffled(using: &rows.random) { digest.add(row) }
            for row in all.shuffled(using: &rows.random) { wire.add(row.kind, wire: row.json) }
            #expect(digest.finalize() == expected)
            #expect(wire.finalize() == expected)
            #expect(digest.count == all.count)
        }
    }

    @Test func `One changed byte, one missing row or another version changes it`() {
        var rows = RandomRows(seed: 72)
        let comment = AnnotationModel.Comment(
            id: rows.id(), articleID: rows.id(), annotationID: rows.id(), author: rows.id(), text: "\u{e9}",
            createdAt: rows.time(), version: 3)
        var text = comment
        text.text = "e\u{301}"
        var version = comment
        version.version = 4
        func digest(_ rows: [AnnotationModel.Comment]) -> SHA256Digest {
            var digest = RowDigest()
            for row in rows { digest.add(.comment(row)) }
            return digest.finalize()
        }
        #expect(
            Set([digest([comment]), digest([text]), digest([version]), digest([]), digest([comment, text])]).count == 5)
        #expect(digest([]) == SHA256.hash(""))
    }

    @Test func `Members that we do not know are part of it`() {
        let row: JSONObject = ["id": "0199aaaa-0000-7000-8000-000000000001", "name": "bob", "version": 7]
        var known = RowDigest()
        known.add(.member, wire: row)
        var newer = row
        newer["nick"] = "b"
        var unknown = RowDigest()
        unknown.add(.member, wire: newer)
        #expect(known.finalize() != unknown.finalize())
    }
}
