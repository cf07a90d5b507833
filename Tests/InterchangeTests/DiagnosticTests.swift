import AnnotationModel
import Digest
import Interchange
import JSONText
import Testing

/// One row that is wrong in one way, on line 3 of a file, and what is said of it.
private struct Wrong: Sendable, CustomTestStringConvertible {
    var code: Diagnostic.Code
    var row: String
    var says: String
    var testDescription: String { "\(code.rawValue): \(says)" }

    init(_ code: Diagnostic.Code, _ row: String, _ says: String) {
        self.code = code
        self.row = row
        self.says = says
    }

    /// A canonical row with these annotations and more.
    static func row(_ annotations: String, _ more: String = "") -> String {
        #"{"external_id":"x","versions":[{"text":"abcdé"}],"annotations":[\#(annotations)]\#(more)}"#
    }

    static func annotation(_ spans: String, _ more: String = "") -> String {
        #"{"id":"0199aaaa-0000-7000-8000-000000000001","label":"PER","anchor":{"spans":[\#(spans)]}\#(more)}"#
    }

    static let id = "0199aaaa-0000-7000-8000-000000000001"
    static let one = annotation("")
    static let two = one.replacing("000001", with: "000002")

    static let json: [Wrong] = [
        Wrong(.malformed, "{\"text\" \"a\"}", "column 9"), Wrong(.malformed, "[1]", "an object is expected"),
        Wrong(.malformed, "7", "an object"),
        Wrong(.malformed, "{}", "external_id is missing"), Wrong(.malformed, "{\"text\":5}", "text must be a string"),
        Wrong(.truncated, "{\"text\":\"a", "ends"),
        Wrong(.tooDeep, String(repeating: "[", count: 40), "deeper than 32"),
        Wrong(.duplicateKey, "{\"text\":\"a\",\"text\":\"b\"}", "“text” stands twice"),
        Wrong(.nulCharacter, "{\"text\":\"\\u0000\"}", "U+0000"),
        Wrong(.numberOutOfRange, "{\"text\":\"a\",\"n\":1e999}", "1e999"),
        Wrong(.numberOutOfRange, "{\"text\":\"a\",\"n\":9007199254740993}", "2^53"),
        Wrong(
            .unknownMember, "{\"external_id\":\"x\",\"versions\":[{\"text\":\"a\"}],\"colour\":1}",
            "colour is not known"),
        Wrong(.unknownMember, "{\"text\":\"a\",\"tokens\":[1]}", "tokens is not known"),
        Wrong(.unknownMember, "{\"text\":\"a\",\"date\":\"x\",\"meta\":{\"date\":\"y\"}}", "another value"),
        Wrong(.malformed, "{\"text\":\"a\",\"meta\":{},\"metadata\":{}}", "two names"),
        Wrong(.emptyText, "{\"text\":\"\"}", "empty"),
        Wrong(.emptyText, "{\"external_id\":\"x\",\"versions\":[{\"text\":\"\"}]}", "versions[0].text"),
        Wrong(.unknownVersion, "{\"manicule\":99}", "99"),
        Wrong(.unknownVersion, "{\"manicule\":\"1\"}", "this program reads 1"),
        Wrong(.unknownMember, "{\"manicule\":1,\"extra\":1}", "extra"),
        Wrong(.unknownMember, "{\"manicule\":1,\"project\":{\"name\":\"x\"}}", "project.name"),
        Wrong(
            .duplicateID,
            "{\"manicule\":1,\"labels\":[{\"key\":\"A\",\"kind\":\"span\"},{\"key\":\"A\",\"kind\":\"span\"}]}",
            "labels[1].key"),
        Wrong(.malformed, "{\"manicule\":1,\"labels\":[{\"key\":\"A\",\"kind\":\"thing\"}]}", "kind must be one of"),
    ]

    static let versions: [Wrong] = [
        Wrong(.malformed, #"{"external_id":"x","versions":[]}"#, "at least one text"),
        Wrong(.malformed, #"{"external_id":"","versions":[{"text":"a"}]}"#, "external_id must not be empty"),
        Wrong(.malformed, #"{"versions":[{"text":"a"}]}"#, "external_id is missing"),
        Wrong(.malformed, #"{"external_id":"x","id":"7","versions":[{"text":"a"}]}"#, "id must be a UUID"),
        Wrong(.malformed, #"{"external_id":"x","versions":[5]}"#, "versions[0] must be an object"),
        Wrong(
            .textHashMismatch, #"{"external_id":"x","versions":[{"text":"a","sha256":"\#(SHA256.hash("b").hex)"}]}"#,
            "the text's SHA-256 is"),
        Wrong(
            .malformed, #"{"external_id":"x","versions":[{"text":"a","sha256":"abc"}]}"#,
            "versions[0].sha256 must be a SHA-256"),
        Wrong(.duplicateID, #"{"external_id":"x","versions":[{"text":"a"},{"text":"a"}]}"#, "versions[1]"),
        Wrong(.unknownMember, #"{"external_id":"x","versions":[{"text":"a","lang":"fr"}]}"#, "versions[0].lang"),
    ]

    static let annotations: [Wrong] = [
        Wrong(.malformed, row(#"{"label":"PER"}"#), "annotations[0].anchor is missing"),
        Wrong(.malformed, row(#"{"anchor":{"spans":[]}}"#), "annotations[0].label is missing"),
        Wrong(.unknownMember, row(annotation("", #","colour":1"#)), "annotations[0].colour"),
        Wrong(
            .unknownArticleVersion,
            row(#"{"label":"P","anchor":{"article_version":"\#(SHA256.hash("z").hex)","spans":[]}}"#),
            "none of the row's versions"),
        Wrong(.quoteMissing, row(annotation(#"{"start":0,"end":1}"#)), "spans[0].quote is missing"),
        Wrong(
            .quoteMissing, row(annotation(#"{"start":0,"end":1,"quote_sha256":"\#(SHA256.hash("a").hex)"}"#)),
            "over 1024"),
        Wrong(.quoteMismatch, row(annotation(#"{"start":0,"end":1,"quote":"b"}"#)), "“b”, but the text there is “a”"),
        Wrong(.quoteMismatch, row(annotation("{\"start\":4,\"end\":5,\"quote\":\"e\u{301}\"}")), "looks alike"),
        Wrong(.offsetOutOfRange, row(annotation(#"{"start":0,"end":6,"quote":"abcdé"}"#)), "5 code points"),
        Wrong(.offsetOutOfRange, row(annotation(#"{"start":-1,"end":1,"quote":"a"}"#)), "-1:1"),
        Wrong(.offsetOutOfRange, row(annotation(#"{"start":2,"end":1,"quote":""}"#)), "2:1"),
        Wrong(
            .spanInvalid, row(annotation(#"{"start":0,"end":2,"quote":"ab"},{"start":1,"end":3,"quote":"bc"}"#)),
            "overlap"),
        Wrong(
            .spanInvalid, row(annotation(#"{"start":2,"end":3,"quote":"c"},{"start":0,"end":1,"quote":"a"}"#)),
            "not sorted"),
        Wrong(.malformed, row(annotation(#"{"start":0.5,"end":1,"quote":"a"}"#)), "start must be an integer"),
        Wrong(.attributeInvalid, row(annotation("", #","attributes":{"a":[1]}"#)), "attributes.a"),
        Wrong(.attributeInvalid, row(annotation("", #","attributes":{"A b":1}"#)), "“A b” is no key"),
        Wrong(.duplicateID, row(one + "," + one), "annotations[1].id stands twice"),
        Wrong(.duplicateID, row(annotation("", #","comments":[{"id":"\#(id)","text":"x"}]"#)), "comments[0].id"),
        Wrong(
            .malformed, row(annotation("", #","state":"done"}"#.replacing("}", with: ""))),
            "state must be one of draft, final"),
        Wrong(.malformed, row(annotation("", #","created_at":"today""#)), "RFC 3339"),
        Wrong(
            .malformed, row(annotation("", #","comments":[{"id":"0199aaaa-0000-7000-8000-000000000009"}]"#)),
            "comments[0].text is missing"),
    ]

    static let links: [Wrong] = [
        Wrong(
            .relationInvalid,
            row(
                one, #","relations":[{"label":"r","from":"\#(id)","to":"\#(id.replacing("000001", with: "000009"))"}]"#),
            "relations[0].to is no annotation"),
        Wrong(
            .relationInvalid,
            row(
                annotation("", #","layer":"own""#) + ","
                    + two.replacing("\"label\"", with: "\"layer\":\"gold\",\"label\""),
                #","relations":[{"label":"r","layer":"own","from":"\#(id)","to":"\#(id.replacing("000001", with: "000002"))"}]"#
            ),
            "another layer"),
        Wrong(.malformed, row(one, #","relations":[{"label":"r","from":"\#(id)"}]"#), "relations[0].to is missing"),
        Wrong(.unknownMember, row(one, #","relations":[{"label":"r","type":"r"}]"#), "relations[0].type"),
        Wrong(
            .reviewInvalid, row(one, #","reviews":[{"annotation_id":"\#(project)","decision":"accept"}]"#),
            "reviews[0].annotation_id"),
        Wrong(
            .reviewInvalid,
            row(
                one,
                #","reviews":[{"annotation_id":"\#(id)","reviewer":"a","decision":"accept"},{"annotation_id":"\#(id)","reviewer":"a","decision":"reject"}]"#
            ),
            "second review"),
        Wrong(
            .malformed, row(one, #","reviews":[{"annotation_id":"\#(id)","decision":"maybe"}]"#),
            "accept, reject, unsure"),
        Wrong(
            .duplicateID, row(one, #","reviews":[{"id":"\#(id)","annotation_id":"\#(id)","decision":"accept"}]"#),
            "reviews[0].id"),
    ]

    static let corpus: [Wrong] = [
        Wrong(
            .malformed, #"{"text":"a","entities":[{"start_offset":0,"end_offset":1}]}"#, "entities[0].label is missing"),
        Wrong(
            .unknownMember, #"{"text":"a","entities":[{"label":"P","start_offset":0,"end_offset":1,"score":1}]}"#,
            "entities[0].score"),
        Wrong(
            .offsetOutOfRange, #"{"text":"é","entities":[{"label":"P","start_offset":0,"end_offset":2}]}"#,
            "the text has 1 code points"),
        Wrong(
            .offsetOutOfRange, #"{"text":"ab","entities":[{"label":"P","start_offset":2,"end_offset":1}]}"#,
            "ends at 1 before it begins at 2"),
        Wrong(
            .duplicateID,
            #"{"text":"ab","entities":[{"id":1,"label":"P","start_offset":0,"end_offset":1},{"id":1,"label":"P","start_offset":0,"end_offset":1}]}"#,
            "entities[1].id"),
        Wrong(
            .relationInvalid, #"{"text":"ab","relations":[{"from_id":1,"to_id":2,"type":"r"}]}"#,
            "relations[0].from_id is no entity"),
        Wrong(.malformed, #"{"text":"ab","relations":[{"to_id":2,"type":"r"}]}"#, "from_id is missing"),
        Wrong(.malformed, #"{"id":1.5,"text":"ab"}"#, "id must be a string or a whole number"),
    ]
}

@Suite struct `What is said of a bad row` {
    @Test(arguments: Wrong.json + Wrong.versions + Wrong.annotations + Wrong.links + Wrong.corpus)
    private func `Each fault has its code, its line and the place in the row`(wrong: Wrong) throws {
        let read = items("{\"text\":\"before\"}\n\n\(wrong.row)\n")
        #expect(read.articles.map(\.record.current.text.text) == ["before"])
        let refusal = try #require(read.refusals.first)
        #expect(read.refusals.count == 1)
        #expect(refusal.code == wrong.code, "\(refusal.message)")
        #expect(refusal.message.contains(wrong.says), "\(refusal.message)")
        #expect(!refusal.message.contains("\n"))
        #expect(refusal.place.file == "in/a.jsonl" && refusal.place.line == 3)
        let isHeader = wrong.row.hasPrefix("{\"manicule\"")
        #expect(refusal.place.record == (isHeader ? nil : 2))
        #expect(refusal.snippet.map { !$0.isEmpty && $0.unicodeScalars.count <= 80 } == true)
    }

    @Test func `Offsets in other units that split a character are refused`() throws {
        for (unit, text) in [(OffsetUnit.utf16, "a😊b"), (.utf8, "aéb")] {
            let row = #"{"text":"\#(text)","entities":[{"label":"P","start_offset":0,"end_offset":2}]}"#
            let refusal = try #require(
                items(bytes(row), options: ReadingOptions(project: project, unit: unit)).refusals.first)
            #expect(refusal.code == .offsetSplitsScalar && refusal.message.contains("entities[0].end_offset"))
        }
    }

    @Test func `Bytes that are no UTF-8 are refused with their column, and the next row is read`() throws {
        let read = items(bytes("{\"text\":\"é") + [0xff] + bytes("\"}\n{\"text\":\"b\"}"))
        let refusal = try #require(read.refusals.first)
        #expect(refusal.code == .invalidUTF8 && refusal.place.line == 1)
        #expect(refusal.message.contains("column 11") && refusal.message.contains("0xFF"))
        #expect(read.articles.count == 1)
    }

    @Test func `A line over the limit is refused with its size, however it comes, and the next row is read`() throws {
        let small = ReadingOptions(project: project, maximumRecordBytes: 20)
        let exact = "{\"text\":\"123456789\"}"
        #expect(exact.utf8.count == 20)
        let file = bytes(
            "\(exact)\n{\"text\":\"\(String(repeating: "a", count: 100))\"}\n\(exact)\n{\"text\":\"1234567890\"}")
        for size in [1, 2, 7, 21, 64, 1000] {
            let read = items(file, chunk: size, options: small)
            #expect(read.articles.map(\.source.line) == [1, 3])
            #expect(read.refusals.map(\.code) == [.lineTooLong, .lineTooLong])
            #expect(read.refusals.map(\.place.line) == [2, 4])
            #expect(read.refusals[0].message.contains("111 bytes; 20 are allowed"))
            #expect(read.refusals[1].message.contains("21 bytes"))
        }
    }

    @Test func `A last line that is cut off is refused as cut off`() throws {
        let file = bytes("{\"text\":\"a\"}\n{\"text\":\"bé\",\"entities\":[]}")
        for length in 14..<(file.count - 1) {
            let read = items(Array(file[..<length]))
            #expect(read.articles.count == 1)
            let refusal = try #require(read.refusals.first)
            #expect(refusal.code == .truncated || refusal.code == .invalidUTF8)
            #expect(refusal.place.line == 2)
        }
    }

    @Test func `A row's name is told as far as it could be read`() {
        #expect(items(#"{"external_id":"x-7","text":""}"#).refusals.first?.id == "x-7")
        #expect(items(#"{"id":"x-8","text":""}"#).refusals.first?.id == "x-8")
        #expect(items(#"{"text":""}"#).refusals.first?.id == nil)
    }

    @Test func `A report's line has the documented members`() {
        let whole = Diagnostic(
            SourcePlace(file: "f", line: 2, record: 1), id: "x", code: .malformed, message: "m", snippet: "s")
        #expect(
            whole.json == [
                "file": "f", "line": 2, "record": 1, "id": "x", "code": "malformed", "message": "m", "snippet": "s",
            ])
        #expect(
            Diagnostic(SourcePlace(file: "f"), code: "own_reason", message: "m").json == [
                "file": "f", "code": "own_reason", "message": "m",
            ])
    }

    @Test func `The summary adds up`() {
        var summary = ImportSummary()
        (summary.files, summary.inserted, summary.updated, summary.unchanged) = (1, 2, 3, 4)
        (summary.skipped, summary.failed, summary.annotations, summary.relations) = (5, 6, 7, 8)
        summary.quotesUnverified = 9
        summary += summary
        #expect(
            summary.json == [
                "files": 2, "articles_read": 40, "inserted": 4, "updated": 6, "unchanged": 8, "skipped": 10,
                "failed": 12,
                "annotations": 14, "relations": 16, "quotes_unverified": 18,
            ])
    }
}
