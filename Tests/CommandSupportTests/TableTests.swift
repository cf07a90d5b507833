import CommandSupport
import Testing

@Suite struct TableTests {
    @Test func `columns line up under their heads, numbers to the right`() {
        var table = Table([Table.Column("name"), Table.Column("length", .right)])
        table.add("a", "7")
        table.add("bcd", "1200")
        #expect(table.rendered() == "NAME  LENGTH\na          7\nbcd     1200\n")
    }

    @Test func `combining marks take no column and wide characters take two`() {
        #expect("e\u{301}".displayWidth == 1)
        #expect("日本".displayWidth == 4)
        #expect("👩‍👩‍👧".displayWidth == 2)
        var table = Table("text", "next")
        table.add("日本", "x")
        table.add("abcd", "y")
        #expect(table.rendered() == "TEXT  NEXT\n日本  x\nabcd  y\n")
    }

    @Test func `a narrow terminal cuts the flexible column only`() {
        var table = Table([Table.Column("id"), Table.Column("text", flexible: true)])
        table.add("0123456789", "a text that is far too long for the line")
        let lines = table.rendered(width: 30).split(separator: "\n")
        #expect(lines[1] == "0123456789  a text that is fa…")
        #expect(String(lines[1]).displayWidth == 30)
    }

    @Test func `data cannot steer the terminal`() {
        var table = Table("name")
        table.add("a\u{1B}[2Jb\r\nc\u{202E}d")
        #expect(table.rendered() == "NAME\na␛[2Jb⏎⏎c\u{FFFD}d\n")
    }
}

@Suite struct ProgressTests {
    @Test func `progress names rate and remaining time`() {
        let line = Progress.line(label: "importing", unit: "articles", done: 1200, total: 5000, elapsed: .seconds(4))
        #expect(line == "importing  1\u{202F}200 of 5\u{202F}000 articles  24 %  300/s  13 s left")
    }

    @Test func `without a total there is no remaining time`() {
        let line = Progress.line(label: "pulling", unit: "changes", done: 5, total: nil, elapsed: .seconds(2))
        #expect(line == "pulling  5 changes  2.5/s")
    }
}
