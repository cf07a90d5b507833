import AnnotationModel
import ClientCommands
import CommandSupport
import Digest
import JSONText
import Testing

/// An article with annotations, as a test writes it down.
struct Sheet {
    var text: String
    var entries: [ArticleSheet.Entry] = []
    var links: [ArticleSheet.Link] = []

    init(_ text: String) { self.text = text }

    static func id(_ number: Int) -> EntityID {
        EntityID(high: 0x0199_0000_0000_7000, low: 0x8000 << 48 | UInt64(number))
    }

    func adding(
        _ label: String, _ spans: Range<Int>..., author: String = "bob", attributes: Attributes = [:],
        comments: [(String, String)] = [], layer: Layer = .own, isPending: Bool = false
    ) -> Sheet {
        var copy = self
        let article = ArticleText(text)
        let number = entries.count + 1
        copy.entries.append(
            ArticleSheet.Entry(
                annotation: Annotation(
                    id: Self.id(number), articleID: Self.id(0), author: Self.id(99), layer: layer, label: label,
                    attributes: attributes,
                    anchor: Anchor(
                        articleVersion: SHA256.hash(Array(text.utf8)),
                        spans: spans.map {
                            Span(
                                start: $0.lowerBound, end: $0.upperBound,
                                quote: Quote(covering: article[$0.lowerBound, $0.upperBound] ?? ""))
                        }), createdAt: Timestamp(microseconds: 0)),
                author: author,
                comments: comments.enumerated().map {
                    ArticleSheet.Remark(id: Self.id(1000 + $0), author: $1.0, text: $1.1)
                }, isPending: isPending))
        return copy
    }

    func relating(_ label: String, from: Int, to: Int) -> Sheet {
        var copy = self
        copy.links.append(
            ArticleSheet.Link(
                relation: Relation(
                    id: Self.id(2000 + links.count), articleID: Self.id(0), author: Self.id(99), layer: .own,
                    label: label, from: Self.id(from), to: Self.id(to), createdAt: Timestamp(microseconds: 0)),
                author: "carol"))
        return copy
    }

    func rendered(width: Int? = nil, color: Bool = false) -> String {
        let article = Article(
            id: Self.id(0), externalID: "harbour", metadata: ["date": "2024-05"],
            articleVersion: SHA256.hash(Array(text.utf8)), length: text.unicodeScalars.count)
        return ArticleSheet(
            article: article, text: text, entries: entries, links: links,
            labels: [Label(key: "PER", kind: .span, color: "#d2691e"), Label(key: "MISC", kind: .span)]
        ).rendered(width: width, color: color)
    }

    /// The marked text alone, without head and legend.
    func marked(width: Int? = nil) -> String {
        let lines = rendered(width: width).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let legend = lines.firstIndex { $0.hasPrefix("{1 ") } ?? lines.count
        let body = lines[(lines.firstIndex(of: "") ?? 0) + 1..<legend]
        return body.joined(separator: "\n").trimmingSuffix("\n")
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: Character) -> String {
        var copy = self
        while copy.last == suffix { copy.removeLast() }
        return copy
    }
}

/// Compares by bytes: `==` would take a composed letter for a decomposed one.
private func expectSame(_ found: String, _ wanted: String, at location: SourceLocation = #_sourceLocation) {
    #expect(ExactString(found) == ExactString(wanted), sourceLocation: location)
}

@Suite("An article with its spans marked")
struct MarkedTextTests {
    private let ada = Sheet("Ada Lindqvist of Valbruck")

    @Test("a span has brackets, its number in the legend and its label")
    func one() {
        expectSame(ada.adding("PER", 0..<13).marked(), "‹Ada Lindqvist›{1 PER} of Valbruck")
        expectSame(ada.marked(), "Ada Lindqvist of Valbruck")
    }

    @Test("nested spans close inside out")
    func nested() {
        let sheet = ada.adding("PER", 0..<13).adding("MISC", 4..<13).adding("LOC", 0..<25)
        expectSame(sheet.marked(), "‹‹Ada ‹Lindqvist›{3 MISC}›{2 PER} of Valbruck›{1 LOC}")
    }

    @Test("spans that cross have their numbers at both ends")
    func crossing() {
        let sheet = ada.adding("PER", 0..<13).adding("MISC", 4..<25)
        expectSame(sheet.marked(), "‹¹Ada ‹²Lindqvist›{1 PER} of Valbruck›{2 MISC}")
        // One that merely touches, or lies within a crossing one, needs none.
        let more = sheet.adding("LOC", 17..<25)
        expectSame(more.marked(), "‹¹Ada ‹²Lindqvist›{1 PER} of ‹Valbruck›{3 LOC}›{2 MISC}")
        expectSame(
            ada.adding("PER", 0..<3).adding("PER", 3..<4).marked(), "‹Ada›{1 PER}‹ ›{2 PER}Lindqvist of Valbruck")
    }

    @Test("annotations of the same stretch share its brackets")
    func same() {
        let sheet = ada.adding("PER", 0..<3, author: "bob").adding("PER", 0..<3, author: "carol")
        expectSame(sheet.marked(), "‹Ada›{1 PER, 2 PER} Lindqvist of Valbruck")
    }

    @Test("the pieces of a discontinuous annotation are counted")
    func discontinuous() {
        let sheet = ada.adding("MISC", 0..<3, 17..<25).adding("PER", 4..<13)
        expectSame(sheet.marked(), "‹Ada›{1 MISC 1/2} ‹Lindqvist›{2 PER} of ‹Valbruck›{1 MISC 2/2}")
    }

    @Test("an empty span is an empty pair of brackets between what ends and what begins there")
    func zeroWidth() {
        let sheet = ada.adding("PER", 0..<3).adding("GAP", 3..<3).adding("MISC", 3..<4)
        expectSame(sheet.marked(), "‹Ada›{1 PER}‹›{3 GAP}‹ ›{2 MISC}Lindqvist of Valbruck")
        expectSame(Sheet("").adding("GAP", 0..<0).marked(), "‹›{1 GAP}")
        expectSame(ada.adding("GAP", 25..<25).marked(), "Ada Lindqvist of Valbruck‹›{1 GAP}")
    }

    @Test("emoji, combining marks and text from right to left stand as they are, unless a span cuts them apart")
    func hardText() {
        let family = "a 👨‍👩‍👧‍👦 e\u{301}t שלום"
        expectSame(Sheet(family).adding("MISC", 2..<9).marked(), "a ‹👨‍👩‍👧‍👦›{1 MISC} e\u{301}t שלום")
        expectSame(Sheet(family).adding("MISC", 14..<18).marked(), "a 👨‍👩‍👧‍👦 e\u{301}t ‹שלום›{1 MISC}")
        expectSame(Sheet("e\u{301}t").adding("MISC", 0..<1).marked(), "‹e›{1 MISC}◌\u{301}t")
        expectSame(Sheet("e\u{301}t").adding("MISC", 1..<2).marked(), "e‹◌\u{301}›{1 MISC}t")
        expectSame(Sheet("e\u{301}t").adding("MISC", 0..<2).marked(), "‹e\u{301}›{1 MISC}t")
    }

    @Test("line ends stay line ends, and each carriage return is seen")
    func lineEnds() {
        expectSame(Sheet("a\r\nb\nc").marked(), "a␍\nb\nc")
        expectSame(Sheet("a\r\nb").adding("MISC", 1..<2).marked(), "a‹␍›{1 MISC}\nb")
        expectSame(Sheet("a\r\nb").adding("MISC", 0..<4).marked(), "‹a␍\nb›{1 MISC}")
        expectSame(Sheet("a\tb").marked(), "a\tb")
    }

    @Test("a text cannot steer the terminal")
    func controls() {
        let hostile = "a\u{1B}[2Jb\u{7}\u{9b}31m\u{202e}c\u{7f}\u{2066}"
        expectSame(Sheet(hostile).marked(), "a␛[2Jb␇⟨U+009B⟩31m⟨U+202E⟩c␡⟨U+2066⟩")
        let sheet = ada.adding(
            "P\u{1B}]0;x\u{7}ER", 0..<3, author: "b\u{1B}[1mob", comments: [("eve\r", "\u{1B}[2J\nsecond")])
        #expect(
            sheet.rendered().unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && !(0x7f...0x9f ~= $0.value) })
    }

    @Test(
        "lines are no wider than the terminal, counted in columns, and nothing of the text is lost",
        arguments: [12, 20, 33, 80])
    func wrapping(width: Int) {
        var text = ""
        for index in 0..<40 {
            text += ["lighthouse ", "日本語の新聞", "e\u{301}te\u{301} ", "👩🏽‍✈️ ", "a ", "\n"][index * 7 % 6]
        }
        let sheet = Sheet(text).adding("PER", 3..<20).adding("MISC", 10..<40)
        let lines = sheet.marked(width: width).split(separator: "\n", omittingEmptySubsequences: false)
        for line in lines {
            // A space may hang over the edge.
            #expect(String(line).trimmingSuffix(" ").displayWidth <= width, "\(line)")
        }
        let wide = sheet.marked().replacing("\n", with: "")
        expectSame(lines.joined(), wide)
    }

    @Test("colour adds to the same characters and takes none away")
    func color() {
        let sheet = ada.adding("PER", 0..<13, attributes: ["certain": true]).adding("MISC", 4..<25)
        let colored = sheet.rendered(color: true)
        #expect(colored.contains("\u{1B}[4;38;5;"))
        expectSame(colored.replacing(/\u{1B}\[[0-9;]*m/, with: ""), sheet.rendered(color: false))
        #expect(!sheet.rendered(color: false).contains("\u{1B}"))
    }

    @Test("the legend says of each number who said what, with attributes, comments and relations")
    func legend() {
        let sheet =
            ada
            .adding("QUOTE", 14..<25, attributes: ["stance": "pro", "certain": true])
            .adding("PER", 0..<13, author: "carol", comments: [("dave", "the harbour master")], isPending: true)
            .adding("topic", author: "eve", layer: .gold)
            .relating("said_by", from: 1, to: 2)
        let ids = (1...3).map { Sheet.id($0).text }
        let legend = sheet.rendered().split(separator: "\n\n").last.map(String.init) ?? ""
        expectSame(
            legend,
            """
            {1 PER} “Ada Lindqvist” 0:13 · carol · not sent yet · \(ids[1])
                dave: the harbour master (\(Sheet.id(1000).text))
                ← {2} said_by
            {2 QUOTE} “of Valbruck” 14:25 · bob · \(ids[0])
                certain=true stance=pro
                → {1} said_by · carol · \(Sheet.id(2000).text)
            {3 topic} the whole article · eve · gold · \(ids[2])

            """)
    }

    @Test("random spans over random text: without the marks the text is left, and every mark that opens closes")
    func property() {
        var seed: UInt64 = 42
        func random(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        for _ in 0..<200 {
            let text = (0..<(1 + random(40))).map { _ in ["a", "b ", "日", "😊", "\n", "ü", "."][random(7)] }.joined()
            let length = text.unicodeScalars.count
            var sheet = Sheet(text)
            for _ in 0..<random(6) {
                let start = random(length + 1)
                let end = start + random(length + 1 - start)
                sheet = sheet.adding(["PER", "MISC"][random(2)], start..<end)
            }
            let marked = sheet.marked()
            let plain = marked.replacing(/‹[⁰¹²³⁴⁵⁶⁷⁸⁹]*/, with: "").replacing(/›\{[^}]*\}/, with: "")
            expectSame(plain.trimmingSuffix("\n"), text.trimmingSuffix("\n"))
            #expect(marked.filter { $0 == "‹" }.count == marked.filter { $0 == "›" }.count)
        }
    }
}
