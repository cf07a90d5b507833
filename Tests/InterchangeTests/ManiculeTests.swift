import AnnotationModel
import AnnotationModelTestSupport
import Digest
import Interchange
import JSONText
import Testing

@Suite struct `Canonical JSONL` {
    @Test func `Whatever is written is read again, and written alike`() throws {
        var random = RandomRecords(seed: 91)
        let writer = ManiculeWriter()
        for _ in 0..<150 {
            let header = random.header()
            let articles = (0..<random.rows.random.int(1...3)).map { _ in random.article() }
            let file = writer.header(header) + articles.flatMap { writer.article($0) }
            let read = items(file)
            #expect(read.refusals.isEmpty && read.notices.isEmpty, "\(read.refusals)")
            #expect(read.headers == [header])
            #expect(read.articles.map(\.record) == articles)
            #expect(read.articles.map(\.source.line) == articles.indices.map { $0 + 2 })
            #expect(read.articles.allSatisfy { $0.unverifiedQuotes == 0 })
            let again = writer.header(read.headers[0]) + read.articles.flatMap { writer.article($0.record) }
            #expect(again == file)
        }
    }

    @Test func `Each line is canonical JSON, and equal records are equal bytes in whatever order they come`() throws {
        var random = RandomRecords(seed: 92)
        let writer = ManiculeWriter()
        for _ in 0..<100 {
            var article = random.article()
            let line = writer.article(article)
            #expect(try JSONValue(parsing: line.dropLast()).canonicalBytes() + [0x0a] == line)
            article.annotations.shuffle(using: &random.rows.random)
            article.relations.reverse()
            article.reviews.reverse()
            #expect(writer.article(article) == line)
            var header = random.header()
            let head = writer.header(header)
            #expect(try JSONValue(parsing: head.dropLast()).canonicalBytes() + [0x0a] == head)
            header.labels.reverse()
            header.users = header.users.reversed() + header.users
            #expect(writer.header(header) == head)
        }
    }

    @Test func `How the file is cut into chunks changes nothing`() {
        var random = RandomRecords(seed: 93)
        let writer = ManiculeWriter()
        var small = random.article()
        small.versions = [VersionRecord(ArticleText("é😊\u{2028}"))]
        (small.annotations, small.relations, small.reviews) = ([], [], [])
        let file =
            [0xef, 0xbb, 0xbf] + writer.header(HeaderRecord()) + bytes("\r\n \t\n") + writer.article(small)
            + bytes("{x}\n{\"text\":\"é\"}\r\n{\"tex")
        let whole = items(file)
        #expect(
            whole.articles.count == 2 && whole.refusals.count == 2 && whole.notices.count == 1
                && whole.headers.count == 1)
        for size in 1...file.count { #expect(items(file, chunk: size) == whole) }
    }

    @Test func `The header says what it says and no more`() {
        let file = #"{"manicule":1,"project":{"title":"T"},"labels":[{"key":"PER","kind":"span"}],"users":["bob"]}"#
        let header = items(file).headers.first
        #expect(header?.settings == ProjectSettings(title: "T"))
        #expect(header?.labels == [Label(key: "PER", kind: .span)])
        #expect(header?.users == ["bob"])
        #expect(items(#"{"manicule":1}"#).headers == [HeaderRecord()])
    }

    @Test func `Blank lines are lines, but no records`() {
        let read = items("\n  \n{\"text\":\"a\"}\r\n\r\n{\"text\":\"b\"}")
        #expect(read.articles.map(\.source.line) == [3, 5])
        #expect(read.articles.map(\.source.record) == [1, 2])
    }

    @Test func `The last line needs no end, and an empty file has nothing`() {
        #expect(items("{\"text\":\"a\"}").articles.count == 1)
        #expect(items("").isEmpty && items("\n\n").isEmpty)
    }

    @Test func `U+0085 and U+2028 end no line`() {
        #expect(
            items("{\"text\":\"a\u{85}\u{2028}\u{2029}\u{b}b\"}".replacing("\u{b}", with: "\\u000b")).articles.count
                == 1)
    }

    @Test func `A bad row is refused alone`() {
        let read = items("{\"text\":\"a\"}\nnonsense\n{\"text\":\"b\"}\n")
        #expect(read.articles.map(\.record.current.text.text) == ["a", "b"])
        #expect(read.refusals.map(\.place.line) == [2] && read.refusals.map(\.place.record) == [2])
    }

    @Test func `Ids that a row leaves out are made from their place, so that a rerun finds them again`() throws {
        let sha = SHA256.hash("ab").hex
        let row = """
            {"external_id":"x","versions":[{"text":"ab"}],"annotations":[{"label":"PER","anchor":{"spans":[]},\
            "comments":[{"text":"c"}]},{"label":"PER","anchor":{"article_version":"\(sha)","spans":[{"start":0,"end":1,"quote":"a"}]}}]}
            """
        let first = try #require(items(row).articles.first?.record)
        #expect(items(row).articles.first?.record == first)
        #expect(Set(first.annotations.map(\.id)).count == 2)
        #expect(first.id == nil)
        var other = options
        other.project = EntityID(high: 1, low: 1)
        #expect(
            items(bytes(row), options: other).articles.first?.record.annotations.first?.id != first.annotations[0].id)
        #expect(first.annotations[0].anchor.articleVersion.hex == sha, "the current text unless it says another")
    }

    @Test func `An older version of the text may carry annotations`() throws {
        let row = """
            {"external_id":"x","versions":[{"text":"ab"},{"text":"cd"}],"annotations":[{"label":"PER","anchor":\
            {"article_version":"\(SHA256.hash("ab").hex)","spans":[{"start":0,"end":2,"quote":"ab"}]}}]}
            """
        let record = try #require(items(row).articles.first?.record)
        #expect(record.current.text.text == "cd" && record.annotations[0].anchor.articleVersion == SHA256.hash("ab"))
    }

    @Test func `A header of another version refuses all that follows, until one that is known`() {
        let read = items("{\"manicule\":2}\n{\"text\":\"a\"}\n{\"manicule\":1}\n{\"text\":\"b\"}\n")
        #expect(read.refusals.map(\.code) == [.unknownVersion, .unknownVersion])
        #expect(read.refusals.map(\.place.line) == [1, 2])
        #expect(read.articles.map(\.record.current.text.text) == ["b"])
    }
}
