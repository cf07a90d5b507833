import AnnotationModel
import AnnotationModelTestSupport
import Digest
import JSONText
import Testing

@Suite struct `Rows and their JSON` {
    @Test func `The direct writer writes what the generic way writes`() {
        var rows = RandomRows(seed: 7)
        for _ in 0..<3000 {
            let row = rows.row()
            #expect(row.canonicalBytes == JSONValue.object(row.jsonWithoutVersion).canonicalBytes())
            var writer = JSONWriter()
            row.writeWithVersion(to: &writer)
            #expect(writer.finish() == JSONValue.object(row.json).canonicalBytes())
            #expect(row.canonicalContent == JSONValue.object(row.content).canonicalBytes())
        }
    }

    @Test func `A row that is written is read again`() throws {
        var rows = RandomRows(seed: 8)
        for _ in 0..<2000 {
            let row = rows.row()
            let parsed = try JSONValue(parsing: JSONValue.object(row.json).canonicalBytes())
            #expect(try Row(kind: row.kind, json: #require(parsed.objectValue)) == row)
        }
    }

    @Test(arguments: Fixtures.all) func `Every kind of row is read as it was written`(row: Row) throws {
        let parsed = try JSONValue(parsing: JSONValue.object(row.json).canonicalBytes())
        let again = try Row(kind: row.kind, json: #require(parsed.objectValue))
        #expect(again == row)
        #expect(again.json == row.json)
        #expect(again.version == row.version)
        #expect(JSONValue.object(row.jsonWithoutVersion).canonicalBytes() == row.canonicalBytes)
        #expect(row.jsonWithoutVersion["version"] == nil)
    }

    @Test(arguments: Fixtures.all) func `A row without one of its members is refused with its name, or has a default`(
        row: Row
    ) throws {
        let optional: Set<String> =
            switch row.kind {
            case .project: ["title", "language"]
            case .label: ["name", "attributes", "retired", "color", "shortcut", "from", "to", "zero_width"]
            case .article: ["metadata"]
            case .annotation: ["attributes", "state"]
            case .relation: ["attributes"]
            case .review: ["text"]
            case .assignment: ["expires_at"]
            case .conflict: ["choice", "resolved_by"]
            case .member, .articleVersion, .comment: []
            }
        for key in row.json.keys {
            var json = row.json
            json[key] = nil
            do {
                _ = try Row(kind: row.kind, json: json)
                #expect(optional.contains(key) || key == "version", "\(key) may be left out of \(row.kind)")
            } catch {
                #expect(error.path == key && !optional.contains(key))
            }
            json[key] = .some(.array([.null]))
            #expect(throws: RowError.self) { try Row(kind: row.kind, json: json) }
        }
    }

    @Test func `Composed and decomposed letters make different rows`() {
        var rows = RandomRows(seed: 9)
        let comment = Comment(
            id: rows.id(), articleID: rows.id(), annotationID: rows.id(), author: rows.id(), text: "\u{e9}",
            createdAt: rows.time())
        var other = comment
        other.text = "e\u{301}"
        #expect(comment != other)
        #expect(Row.comment(comment) != Row.comment(other))
        #expect(Set([Row.comment(comment), .comment(other), .comment(comment)]).count == 2)
        #expect(Row.comment(comment).contentDigest != Row.comment(other).contentDigest)
        var label = Label(key: "\u{e9}", kind: .span)
        let first = label
        label.key = "e\u{301}"
        #expect(first != label)
    }

    @Test func `The digest of a row's content is that of its canonical JSON, whole`() {
        let id = EntityID(high: 1, low: 2)
        let annotation = Annotation(
            id: id, articleID: id, author: id, layer: .own, label: "PER", attributes: ["b": 1.0, "a": "x"],
            anchor: Anchor(
                articleVersion: SHA256.hash(Array("é".utf8)), spans: [Span(start: 0, end: 1, quote: .text("é"))]),
            createdAt: Timestamp(microseconds: 0))
        let version = SHA256.hash(Array("é".utf8)).hex
        let expected =
            #"{"anchor":{"article_version":"\#(version)","spans":[{"end":1,"quote":"é","start":0}]},"#
            + #""attributes":{"a":"x","b":1},"label":"PER","state":"draft"}"#
        #expect(String(decoding: Row.annotation(annotation).canonicalContent, as: UTF8.self) == expected)
        #expect(Row.annotation(annotation).contentDigest == SHA256.hash(Array(expected.utf8)))
    }
}
