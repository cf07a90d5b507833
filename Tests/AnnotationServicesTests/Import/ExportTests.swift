import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import Digest
import Foundation
import Interchange
import JSONText
import Testing

@Suite("Writing everything out")
struct ExportTests {
    /// Discontinuous, nested, document level, over emoji; a long quote; a relation, reviews, attributes, two texts.
    private static func rich(_ externalID: String) -> String {
        let old = "An older text."
        let text = "Ada 👨‍👩‍👧‍👦 said e\u{301}: “yes”.\r\n" + String(repeating: "long ", count: 300)
        let (first, second) = (SHA256.hash(old).hex, SHA256.hash(text).hex)
        let length = text.unicodeScalars.count
        func json(_ text: String) -> String { JSONValue.string(text).canonicalText }
        func piece(_ start: Int, _ end: Int) -> String {
            let covered = String(String.UnicodeScalarView(Array(text.unicodeScalars)[start..<end]))
            if end - start > 1024 {
                return #"{"start":\#(start),"end":\#(end),"quote_sha256":"\#(SHA256.hash(covered).hex)"}"#
            }
            return #"{"start":\#(start),"end":\#(end),"quote":\#(json(covered))}"#
        }
        func annotation(
            _ n: Int, _ author: String, _ layer: String, _ label: String, _ attributes: String, _ spans: String,
            version: String
        ) -> String {
            """
            {"id":"0199bbbb-0000-7000-8000-00000000000\(n)","author":"\(author)","layer":"\(layer)","label":"\(label)","attributes":\(attributes),\
            "state":"draft","created_at":"2026-01-02T03:04:0\(n).123Z","comments":[],"anchor":{"article_version":"\(version)","spans":[\(spans)]}}
            """
        }
        return """
            {"external_id":\(json(externalID)),"id":"0199bbbb-0000-7000-8000-0000000000ff","metadata":{"b":[1,2.5,null],"a":{"z":1e21}},\
            "versions":[{"sha256":"\(first)","text":\(json(old))},{"sha256":"\(second)","text":\(json(text))}],\
            "annotations":[\(annotation(1, "bob", "own", "PER", #"{"certain":true}"#, piece(0, 3), version: second)),\
            \(annotation(2, "carol", "own", "PER", "{}", piece(0, 5) + "," + piece(9, 13), version: second)),\
            \(annotation(3, "carol", "gold", "PER", "{}", piece(2, length), version: second)),\
            \(annotation(4, "bob", "own", "PER", "{}", #"{"start":3,"end":8,"quote":"older"}"#, version: first))],\
            "relations":[{"id":"0199bbbb-0000-7000-8000-000000000011","author":"bob","layer":"own","label":"said_by","attributes":{},\
            "from":"0199bbbb-0000-7000-8000-000000000001","to":"0199bbbb-0000-7000-8000-000000000004","created_at":"2026-01-02T03:04:05Z"}],\
            "reviews":[{"id":"0199bbbb-0000-7000-8000-000000000021","annotation_id":"0199bbbb-0000-7000-8000-000000000001","reviewer":"carol",\
            "decision":"unsure","text":"?","created_at":"2026-01-02T03:04:05Z"}]}

            """
    }

    @Test(
        "an export imported into an empty project gives the same export, byte for byte, with ids, authors and settings")
    func roundTrip() async throws {
        try await StoreDatabase.with { database, _ in
            let stage = try ImportStage(services: Services(database: database))
            defer { stage.remove() }
            let source = try await stage.project("source")
            let rows =
                ImportStage.header + Self.rich("zwei") + ImportStage.canonicalRow("Ärger", text: "Ada runs.", seed: 1)
                + ImportStage.canonicalRow("a/b", text: "Ada rests.", seed: 2)
            let (summary, diagnostics) = try await stage.run(
                source, [try stage.file("in.jsonl", rows)], ImportOptions(addsMembers: true))
            #expect(diagnostics.isEmpty)
            #expect(summary.inserted == 3)
            #expect(summary.annotations == 6)
            let first = try await stage.export(source)
            let copy = try await stage.project("copy")
            _ = try await stage.run(copy, [try stage.file("out.jsonl", first)], ImportOptions(addsMembers: true))
            let second = try await stage.export(copy)
            #expect(first == second)
            let lines = try first.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: $0) }
            #expect(lines.count == 4)
            #expect(lines[0]["users"]?.arrayValue?.compactMap(\.stringValue) == ["bob", "carol"])
            #expect(lines[0]["project"]?["title"]?.stringValue == "T")
            #expect(lines.dropFirst().compactMap { $0["external_id"]?.stringValue } == ["a/b", "zwei", "Ärger"])
            #expect(lines[2]["annotations"]?.arrayValue?.count == 4)
        }
    }

    @Test("the same state gives the same bytes, and an interrupted export leaves no file")
    func wholeOrNothing() async throws {
        try await StoreDatabase.with { database, _ in
            let stage = try ImportStage(services: Services(database: database))
            defer { stage.remove() }
            let project = try await stage.project("p", members: ["bob"], labels: [Label(key: "PER", kind: .span)])
            _ = try await stage.run(
                project, [try stage.file("a.jsonl", ImportStage.canonicalRow("a", text: "Ada runs.", seed: 1))])
            #expect(try await stage.export(project) == stage.export(project))
            let target = stage.folder.appendingPathComponent("out.jsonl").path
            do {
                let spool = try SpoolFile(becoming: target)
                _ = try await stage.services.exports.export(project: project.id, into: spool)
                #expect(!FileManager.default.fileExists(atPath: target))
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: stage.folder.path)
            #expect(left == ["a.jsonl"])
            let kept = try SpoolFile(becoming: target)
            _ = try await stage.services.exports.export(project: project.id, into: kept)
            try kept.keep()
            #expect(try Array(Data(contentsOf: URL(fileURLWithPath: target))) == (try await stage.export(project)))
        }
    }
}
