import AnnotationModel
import AnnotationModelTestSupport
import Digest
import JSONText
import Testing

@Suite struct `Anchors and their quotes` {
    let text = ArticleText("Lors d'un entretien, «e\u{301}té» 😊 puis été.")

    func check(_ spans: [(Int, Int, String)], allowsZeroWidth: Bool = false) throws(AnchorError) {
        let spans = spans.map { Span(start: $0, end: $1, quote: .text($2)) }
        try Anchor(articleVersion: SHA256.hash(Array(text.text.utf8)), spans: spans)
            .check(in: text, allowsZeroWidth: allowsZeroWidth)
    }

    func code(_ spans: [(Int, Int, String)], allowsZeroWidth: Bool = false) -> String? {
        do {
            try check(spans, allowsZeroWidth: allowsZeroWidth)
            return nil
        } catch {
            #expect(!error.message.contains("\n"))
            return error.code
        }
    }

    @Test func `Right spans pass, none at all is the document level`() throws {
        try check([(0, 4, "Lors"), (22, 26, "e\u{301}té"), (28, 29, "😊")])
        try check([])
        try check([(3, 3, "")], allowsZeroWidth: true)
        try check([(0, 4, "Lors"), (4, 5, " ")])
        try check([(0, text.length, text.text)])
    }

    @Test func `Each wrong span has its code`() {
        #expect(code([(0, 4, "lors")]) == "quote_mismatch")
        #expect(code([(22, 26, "été")]) == "quote_mismatch")
        #expect(code([(22, 25, "été")]) == "quote_mismatch")
        #expect(code([(0, text.length + 1, text.text)]) == "offset_out_of_range")
        #expect(code([(-1, 4, "Lors")]) == "offset_out_of_range")
        #expect(code([(4, 0, "Lors")]) == "offset_out_of_range")
        #expect(code([(Int.max - 1, Int.max, "Lors")]) == "offset_out_of_range")
        #expect(code([(3, 3, "")]) == "span_invalid")
        #expect(code([(5, 10, "d'un "), (0, 4, "Lors")]) == "span_invalid")
        #expect(code([(0, 4, "Lors"), (3, 6, "s d")]) == "span_invalid")
        #expect(code([(0, 4, "Lors"), (0, 4, "Lors")]) == "span_invalid")
    }

    @Test func `A mismatch names both strings`() throws {
        do {
            try check([(0, 4, "Hors")])
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.message.contains("“Hors”") && error.message.contains("“Lors”"))
        }
    }

    @Test func `A quote over 1,024 code points is a digest, a shorter one is never`() throws {
        let long = ArticleText(String(repeating: "é😊", count: 1000))
        let version = SHA256.hash(Array(long.text.utf8))
        let short = try #require(long[0, 1024])
        let over = try #require(long[0, 1025])
        #expect(Quote(covering: short) == .text(String(short)))
        #expect(Quote(covering: over) == .digest(SHA256.hash(Array(over.utf8))))
        #expect(Quote.text(String(over)).normalized == Quote(covering: over))
        try Anchor(articleVersion: version, spans: [Span(start: 0, end: 1025, quote: Quote(covering: over))])
            .check(in: long, allowsZeroWidth: false)
        #expect(throws: AnchorError.quoteMissing(start: 0, end: 1024)) {
            try Anchor(
                articleVersion: version,
                spans: [Span(start: 0, end: 1024, quote: .digest(SHA256.hash(Array(short.utf8))))]
            ).check(in: long, allowsZeroWidth: false)
        }
        let read = try Span(
            json: ["start": 0, "end": 1025, "quote": .string(String(over))], path: "spans[0]")
        #expect(read.quote == Quote(covering: over))
    }

    @Test func `Random anchors that are right pass, and each broken one is refused`() throws {
        var rows = RandomRows(seed: 6)
        for _ in 0..<300 {
            let text = ArticleText(HardText.random(pieces: 50, using: &rows.random))
            let anchor = rows.anchor(on: text, version: SHA256.hash(Array(text.text.utf8)))
            try anchor.check(in: text, allowsZeroWidth: false)
            guard let last = anchor.spans.indices.last,
                text[anchor.spans[last].start + 1, anchor.spans[last].end] != nil
            else { continue }
            var broken = anchor
            broken.spans[last].start += 1
            #expect(throws: AnchorError.self) { try broken.check(in: text, allowsZeroWidth: true) }
        }
    }
}
