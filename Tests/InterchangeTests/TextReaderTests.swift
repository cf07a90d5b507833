import AnnotationModel
import AnnotationModelTestSupport
import Digest
import Interchange
import JSONText
import Testing

@Suite struct `Files that are one article` {
    private func text(_ content: [UInt8], file: String = "corpus/lemonde.fr/a-1.txt", chunk: Int = .max) -> [ImportItem]
    {
        items(content, .text, file: file, chunk: chunk)
    }

    @Test func `The text is kept byte for byte, whatever it is`() throws {
        var random = SeededGenerator(seed: 81)
        for _ in 0..<300 {
            let content = "x" + HardText.random(pieces: 40, using: &random)
            let read = text(bytes(content))
            let article = try #require(read.articles.first)
            #expect(read.count == 1)
            #expect(article.record.current.text.text.utf8.elementsEqual(content.utf8))
            #expect(article.record.current.sha256 == SHA256.hash(content))
            #expect(article.record.annotations.isEmpty && article.unverifiedQuotes == 0)
        }
    }

    @Test func `Neither white space nor line ends are touched`() throws {
        let content = " \r\n a\r b \n\n\u{85}\u{2028} "
        let article = try #require(text(bytes(content)).articles.first)
        #expect(article.record.current.text.text.utf8.elementsEqual(content.utf8))
        #expect(article.record.current.text.length == content.unicodeScalars.count)
    }

    @Test func `How the file is cut into chunks changes nothing`() {
        let good = bytes("\u{feff} date 2020-11 é😊👨‍👩‍👧‍👦\r\n漢字")
        var cut = good
        cut.removeLast()
        for content in [good, cut, good + [0], []] {
            let whole = text(content)
            for size in 1...max(1, content.count) { #expect(text(content, chunk: size) == whole) }
        }
    }

    @Test(arguments: [
        ("a-1.txt", "a-1"), ("dir/é.txt", "é"), ("dir/no suffix", "no suffix"), ("a.b.txt", "a.b"), ("dir.d/x", "x"),
        ("dir/.hidden.txt", ".hidden"),
    ]) func `The external id is the file's name without its suffix`(file: String, id: String) {
        #expect(text(bytes("x"), file: file).articles.first?.record.externalID == id)
    }

    @Test func `A file without a name is called by its text's hash`() {
        let hash = "sha256:" + SHA256.hash("x").hex
        #expect(text(bytes("x"), file: "dir/.txt").articles.first?.record.externalID == hash)
        #expect(text(bytes("x"), file: "").articles.first?.record.externalID == hash)
    }

    @Test(
        arguments: [
            ("date 2020-11 Le", "2020-11"), (" date 2020-11 Le", "2020-11"), (" date 2020-11-07 Le", "2020-11-07"),
            ("  date 2020-11 Le", nil), ("date 2020-13 Le", nil), ("date 2020-11-32 Le", nil), ("date 2020-00 Le", nil),
            ("date 2020-11", nil), ("date 2020-1 Le", nil), ("Date 2020-11 Le", nil), ("date 2020/11 Le", nil),
            ("date 2020-11Le", nil),
            ("date 20é0-1 Le", nil), ("the date 2020-11 Le", nil),
        ] as [(String, String?)]) func `A date at the start goes into the metadata and stays in the text`(
            content: String, date: String?
        ) throws
    {
        let record = try #require(text(bytes(content)).articles.first?.record)
        #expect(record.metadata == (date.map { ["date": .string($0)] } ?? JSONObject()))
        #expect(record.current.text.text == content)
    }

    @Test func `A byte order mark is left out and told, and no second one`() throws {
        let read = text([0xef, 0xbb, 0xbf] + bytes("\u{feff}date 2020-11 é"))
        #expect(read.notices.map(\.code) == [.byteOrderMark] && read.notices.first?.place.line == 1)
        let record = try #require(read.articles.first?.record)
        #expect(record.current.text.text.unicodeScalars.first == "\u{feff}")
        #expect(record.metadata.isEmpty)
    }

    @Test(arguments: [[], [0xef, 0xbb, 0xbf]] as [[UInt8]]) func `An empty text is refused`(content: [UInt8]) {
        let refusal = text(content).refusals.first
        #expect(refusal?.code == .emptyText && refusal?.id == "a-1" && refusal?.place.record == 1)
        #expect(text(content).articles.isEmpty)
    }

    @Test(arguments: [
        (bytes("ab\n\0c"), Diagnostic.Code.nulCharacter, 2, "byte 3"),
        (bytes("ab\n") + [0xff], .invalidUTF8, 2, "FF, which is not UTF-8, at byte 3"),
        (bytes("aé\n\n") + [0xed, 0xa0, 0x80], .invalidUTF8, 3, "ED A0 80, which is not UTF-8, at byte 5"),
        (bytes("a") + [0xc0, 0xaf], .invalidUTF8, 1, "at byte 1"),
        (bytes("a") + [0xf4, 0x90, 0x80, 0x80], .invalidUTF8, 1, "at byte 1"),
        (bytes("a") + [0xe2, 0x82], .invalidUTF8, 1, "E2 82, a sequence that the end cuts, at byte 1"),
        ([0xff, 0xfe, 0x61, 0x00], .invalidUTF8, 1, "UTF-16 byte order mark"),
        (bytes("r") + [0xe9] + bytes("sum"), .invalidUTF8, 1, "E9 73 75"),
        ([0xef, 0xbb, 0xbf] + bytes("ab\0"), .nulCharacter, 1, "byte 5"),
    ]) func `Bytes that are no text are refused with line and byte`(
        content: [UInt8], code: Diagnostic.Code, line: Int, says: String
    ) throws {
        let read = text(content)
        let refusal = try #require(read.refusals.first)
        #expect(read.articles.isEmpty && read.refusals.count == 1)
        #expect(refusal.code == code && refusal.place.line == line)
        #expect(refusal.message.contains(says), "\(refusal.message)")
        #expect(refusal.snippet.map { $0.unicodeScalars.count <= 80 && !$0.unicodeScalars.contains("\0") } == true)
        #expect(refusal.place.file == "corpus/lemonde.fr/a-1.txt")
    }

    @Test func `A file over the limit is refused with both sizes`() throws {
        let small = ReadingOptions(project: project, maximumRecordBytes: 4)
        #expect(items(bytes("1234"), .text, options: small).articles.count == 1)
        for size in [1, 3, 5] {
            let refusal = try #require(items(bytes("12345"), .text, chunk: size, options: small).refusals.first)
            #expect(refusal.code == .tooLarge && refusal.message.contains("5 bytes; 4 are allowed"))
        }
    }
}

@Suite struct `Which format a file has` {
    static let cases: [(String, String, String)] = [
        ("a.txt", "{\"x\":1}", "text"), ("a.TXT", "x", "text"), ("a.text", "", "text"), ("a.jsonl", "{}", "manicule"),
        ("a.ndjson", "x", "manicule"), ("a", "{\"text\":\"x\"}", "manicule"),
        ("a", "\u{feff} {\"text\":\"x\"}", "manicule"),
        ("a", "Le texte", "text"), ("a.xyz", "", "text"), ("dir.jsonl/a", "x", "text"),
        ("a.json", "{\"text\":\"x\"}", "manicule"),
        ("a.json", "[{\"text\":\"x\"}]", "unknown"), ("a.json", "{\n  \"text\": \"x\"\n}", "unknown"),
        ("a.jsonl", "[\n{}\n]", "unknown"),
        ("a.zip", "PK", "unknown"), ("a.jsonl.gz", "\u{1f}", "unknown"), ("a.tar", "x", "unknown"),
        ("a.json", "", "manicule"),
    ]

    @Test(arguments: cases) func `Name and beginning decide, and what is not read is refused with the reason`(
        file: String, head: String, expected: String
    ) {
        switch Format.detect(file: file, head: bytes(head)) {
        case .success(let format): #expect(format.rawValue == expected)
        case .failure(let diagnostic):
            #expect(expected == "unknown")
            #expect(diagnostic.code == .unknownFormat && diagnostic.place.file == file && !diagnostic.message.isEmpty)
        }
    }
}
