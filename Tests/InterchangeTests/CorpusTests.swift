import AnnotationModel
import Digest
import Foundation
import Interchange
import JSONText
import Testing

@Suite struct `Rows of plain corpora` {
    @Test func `Entities become annotations with their quotes taken from the text`() throws {
        let row = """
            {"id":"a-1","text":" date 2020-11 é😊 bob","meta":{"lang":"fr"},"source":"afp","score":0.5,"empty":[],"none":null,
             "entities":[{"id":7,"label":"PER","start_offset":17,"end_offset":20},{"id":"8","label":"EMOJI","start_offset":15,"end_offset":16}],
             "relations":[{"id":1,"from_id":7,"to_id":8,"type":"likes"}]}
            """.replacing("\n", with: "")
        let read = try #require(items(row).articles.first)
        let record = read.record
        #expect(record.externalID == "a-1" && read.unverifiedQuotes == 2)
        #expect(record.metadata == ["lang": "fr", "source": "afp", "score": 0.5, "date": "2020-11"])
        #expect(record.annotations.map(\.label) == ["PER", "EMOJI"])
        #expect(
            record.annotations.map(\.anchor.spans) == [
                [Span(start: 17, end: 20, quote: .text("bob"))], [Span(start: 15, end: 16, quote: .text("😊"))],
            ])
        #expect(
            record.annotations.allSatisfy {
                $0.author == nil && $0.layer == nil && $0.createdAt == nil && $0.state == .draft
            })
        #expect(record.relations.map(\.label) == ["likes"])
        #expect(
            record.relations.first?.from == record.annotations[0].id
                && record.relations.first?.to == record.annotations[1].id)
        #expect(items(row).articles.first?.record == record, "a rerun finds the same ids")
    }

    @Test func `An external id goes before an id, and without either the text's hash is the name`() {
        func name(_ row: String) -> String? { items(row).articles.first?.record.externalID }
        #expect(name(#"{"external_id":"x","id":"y","text":"a"}"#) == "x")
        #expect(name(#"{"id":12,"text":"a"}"#) == "12")
        #expect(name(#"{"id":"","text":"a"}"#) == "sha256:" + SHA256.hash("a").hex)
        #expect(name(#"{"text":"a"}"#) == "sha256:" + SHA256.hash("a").hex)
    }

    @Test func `Offsets in UTF-16 and UTF-8 become code points`() {
        for (unit, start, end) in [(OffsetUnit.codepoint, 2, 3), (.utf16, 3, 4), (.utf8, 6, 7)] {
            let row = #"{"text":"é😊b","entities":[{"label":"P","start_offset":\#(start),"end_offset":\#(end)}]}"#
            let read = items(bytes(row), options: ReadingOptions(project: project, unit: unit))
            #expect(
                read.articles.first?.record.annotations.first?.anchor.spans == [
                    Span(start: 2, end: 3, quote: .text("b"))
                ])
        }
    }

    @Test func `A span of no length and a quote over the limit are kept`() throws {
        let long = String(repeating: "é", count: 1025)
        let row =
            #"{"text":"\#(long)","entities":[{"label":"P","start_offset":3,"end_offset":3},{"label":"Q","start_offset":0,"end_offset":1025}]}"#
        let spans = try #require(items(row).articles.first?.record.annotations.map(\.anchor.spans))
        #expect(
            spans == [
                [Span(start: 3, end: 3, quote: .text(""))],
                [Span(start: 0, end: 1025, quote: .digest(SHA256.hash(long)))],
            ])
    }

    // MARK: The corpus of the generator, where there is one

    /// Beside the repository on some machines, or where MANICULE_CORPUS_GENERATOR says.
    static let generator: String? = {
        let beside = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/gen_corpus.py").path
        let path = ProcessInfo.processInfo.environment["MANICULE_CORPUS_GENERATOR"] ?? beside
        return FileManager.default.isReadableFile(atPath: path) ? path : nil
    }()

    @Test(
        .enabled(if: generator != nil, "no corpus generator beside the repository or in MANICULE_CORPUS_GENERATOR"),
        arguments: [("codepoint", OffsetUnit.codepoint), ("utf16", .utf16)])
    func `A generated corpus is read whole, and means the same in whatever unit`(name: String, unit: OffsetUnit) throws
    {
        let content = try Self.generate(["-n", "60", "--offset-unit", name])
        let read = items(content, options: ReadingOptions(project: project, unit: unit))
        #expect(read.refusals.isEmpty, "\(read.refusals.prefix(3))")
        #expect(read.articles.count == 60)
        #expect(
            read.articles.reduce(0) { $0 + $1.unverifiedQuotes }
                == read.articles.reduce(0) { $0 + $1.record.annotations.count })
        #expect(read.articles.contains { !$0.record.relations.isEmpty })
        let plain = unit == .codepoint ? read : items(try Self.generate(["-n", "60"]))
        #expect(read.articles == plain.articles)
        // Through canonical JSONL and back nothing is lost.
        let writer = ManiculeWriter()
        let again = items(read.articles.flatMap { writer.article($0.record) })
        #expect(again.articles.map(\.record.current) == read.articles.map(\.record.current))
        #expect(again.articles.map { Set($0.record.annotations) } == read.articles.map { Set($0.record.annotations) })
        #expect(again.articles.map(\.record.metadata) == read.articles.map(\.record.metadata))
    }

    private static func generate(_ arguments: [String]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", try #require(generator)] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return Array(data)
    }
}
