import AnnotationModel
import AnnotationModelTestSupport
import Testing

@Suite struct `Offsets in texts` {
    @Test(arguments: OffsetUnit.allCases)
    func `Every place between two code points has one offset in each unit`(unit: OffsetUnit) throws {
        var random = SeededGenerator(seed: 4)
        for round in 0..<60 {
            let text = ArticleText(HardText.random(pieces: round < 50 ? 40 : 900, using: &random))
            var offset = 0
            for (index, scalar) in text.text.unicodeScalars.enumerated() {
                #expect(try text.offset(ofCodepoint: index, unit: unit) == offset)
                #expect(try text.codepoint(from: offset, unit: unit) == index)
                let width =
                    switch unit {
                    case .codepoint: 1
                    case .utf8: String(scalar).utf8.count
                    case .utf16: String(scalar).utf16.count
                    }
                for inside in 1..<max(1, width) {
                    #expect(throws: OffsetError.splitsScalar(offset: offset + inside)) {
                        try text.codepoint(from: offset + inside, unit: unit)
                    }
                }
                offset += width
            }
            #expect(text.length == text.text.unicodeScalars.count)
            #expect(try text.offset(ofCodepoint: text.length, unit: unit) == offset)
            #expect(try text.codepoint(from: offset, unit: unit) == text.length)
            #expect(text.length(in: unit) == offset)
            #expect(throws: OffsetError.outOfRange(offset: offset + 1, length: offset)) {
                try text.codepoint(from: offset + 1, unit: unit)
            }
            #expect(throws: OffsetError.outOfRange(offset: -1, length: offset)) {
                try text.codepoint(from: -1, unit: unit)
            }
        }
    }

    @Test func `A slice is what the code points give, byte for byte`() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<100 {
            let text = ArticleText(HardText.random(pieces: 300, using: &random))
            let scalars = Array(text.text.unicodeScalars)
            for _ in 0..<40 {
                let start = random.int(0...scalars.count)
                let end = random.int(start...scalars.count)
                var expected = String.UnicodeScalarView()
                expected.append(contentsOf: scalars[start..<end])
                let slice = try #require(text[start, end])
                #expect(slice.utf8.elementsEqual(String(expected).utf8))
            }
        }
    }

    @Test func `Inside a grapheme is a place like any other`() throws {
        let text = ArticleText("a\r\nb👨‍👩‍👧e\u{301}")
        #expect(text.length == 11)
        #expect(text[1, 2].map { Array($0.utf8) } == [0x0d])
        #expect(text[2, 3].map { Array($0.utf8) } == [0x0a])
        #expect(text[5, 6].map { Array($0.unicodeScalars) } == ["\u{200d}"])
        #expect(text[10, 11].map { Array($0.unicodeScalars) } == ["\u{301}"])
        #expect(text[9, 10].map { Array($0.utf8) } == [UInt8(ascii: "e")])
    }

    @Test(arguments: ["", "plain", "déjà"])
    func `Beyond the text is nothing`(string: String) {
        let text = ArticleText(string)
        #expect(text[0, text.length]?.utf8.elementsEqual(string.utf8) == true)
        #expect(text[0, text.length + 1] == nil)
        #expect(text[-1, 0] == nil)
        #expect(text[text.length, text.length]?.isEmpty == true)
        #expect(text[1, 0] == nil)
    }

    @Test func `A quote is found by its bytes at every place where it stands`() {
        let text = ArticleText("été 😊 e\u{301}té été")
        #expect(text.occurrences(of: "été") == [0..<3, 11..<14])
        #expect(text.occurrences(of: "e\u{301}té") == [6..<10])
        #expect(text.occurrences(of: "") == [])
        #expect(text.occurrences(of: "absent") == [])
        #expect(text.occurrences(of: String(repeating: "été", count: 20)) == [])
        #expect(ArticleText("").occurrences(of: "a") == [])
        #expect(ArticleText("aaa").occurrences(of: "aa") == [0..<2, 1..<3])
    }
}
