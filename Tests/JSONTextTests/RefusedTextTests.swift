import JSONText
import Testing

@Suite struct `Texts that are not JSON` {
    static let syntax: [String] = [
        // Arrays.
        "[1 true]", "[\"\": 1]", "[\"a\"],", "[,1]", "[1,,2]", "[1,,]", "[,]", "[1,]", "[\"\",]", "[   , \"\"]",
        "[3[4]]", "[*]",
        "[-]", "[1:2]", "[\"a\"\n,4\n,1,", "[1}", "[x", "[x]", "]", "[1]]", "[\"a\" \"b\"]", "[\u{b}\"a\"]", "[\u{c}]",
        "[\u{a0}]",
        "[\u{feff}]", "[\u{2060}]", "[<null>]", "[][]", "[,\"a\"]", "[a", "[\"a\",\n4\n,1,,]", "[#]", "[ab]", "[1;2]",
        // Objects.
        "{[", "{]", "{,}", "{\"a\":1,}", "{\"a\":1,,\"b\":2}", "{\"x\"::\"b\"}", "{\"x\", null}", "{\"a\" \"b\"}",
        "{:\"b\"}", "{\"a\" b}",
        "{key: 'value'}", "{a: \"b\"}", "{1:1}", "{9999E9999:1}", "{null:null}", "{'a':0}", "{\"a\":\"b\"}/**/",
        "{\"a\":\"b\"}#", "{\"a\":1;}",
        "{\"id\":0,,,,,}", "{\"a\":\"a\" 123}", "{🇨🇭}", "{\"a\":/*comment*/\"b\"}", "{\"a\":true} \"x\"",
        "{\"a\":\"b\"}#{}", "{\"asd\":\"asd\"",
        "{\"a\":}", "{\"a\"}", "{\"a\":1 \"b\":2}", "{true:1}", "{{}:1}", "{\"a\":1}}", "{,\"a\":1}", "{\"a\":1,'b':2}",
        // Numbers.
        "[-01]", "[-2.]", "[-a]", "[-.123]", "[+1]", "[++1234]", "[+Inf]", "[Infinity]", "[-Infinity]", "[NaN]",
        "[-NaN]", "[.-1]", "[.2e-3]", "[.5]",
        "[0.1.2]", "[0.3e+]", "[0.3e]", "[0.e1]", "[0E+]", "[0E]", "[0e+]", "[0e]", "[1.0e+]", "[1.0e-]", "[1.0e]",
        "[1 000.0]", "[1+2]", "[1eE2]",
        "[2.e+3]", "[2.e-3]", "[2.e3]", "[9.e+]", "[0x1]", "[0x42]", "[1ea]", "[1_000]", "[012]", "[-012]", "[00]",
        "[1.]", "[1.8011670033376514H-308]",
        "[123\u{ff11}]", "[\u{ff11}]", "[- 1]", "[1a]", "[1.2a-3]", "[-1x]", "[--2.]", "[-foo]", "[1e1.5]", "[1,000]",
        "[inf]", "[-0x1]", "[0b1]",
        // Literals.
        "[nul]", "[tru]", "[fals]", "[True]", "[TRUE]", "[Null]", "[nulll]", "[truefalse]", "<null>", "nul ", "troo",
        "True", "[undefined]", "n", "falsx",
        // Strings.
        "['single quote']", "[\"\\uD800\\\"]", "[\"\\uD800\\u\"]", "[\"\\uD800\\u1\"]", "[\"\\uD800\\u1x\"]", "[\\n]",
        "[\"\\\\\\\"]", "[\"\\x00\"]",
        "[\"\\\t\"]", "[\"\\🌀\"]", "[\"\\a\"]", "[\"\\uqqqq\"]", "[\"\\u00A\"]", "[\"\\u00g1\"]", "[\"\\u 123\"]",
        "[\"\\U0041\"]", "[\"\\'\"]", "[\"\\0\"]",
        "abc", "[\"a\u{0}a\"]", "[\"new\nline\"]", "[\"\t\"]", "[\"a\u{1f}\"]", "[\"a\r\"]", "[\u{c3a9}]",
        "[\"xxxxxxxx\u{1}\"]", "\"a\n\"", "[\\u0020\"asd\"]",
        // Half surrogate pairs, which stand for no character.
        #"["\uD800"]"#, #"["\uDC00"]"#, #"["\uDFAA"]"#, #"["\uDADA"]"#, #"["\uD888\u1234"]"#, #"["\uD800\n"]"#,
        #"["\uD800abc"]"#, #"["\uDd1e\uD834"]"#,
        #"["\uD800\uD800\n"]"#, #"["\ud800\\u0020"]"#, #"{"\uDFAA":0}"#,
        // Structure.
        "2@", "{}}", "[]a", "[1]x", "1]", "{\"a\":/", "å", "*", "<.>", "[][", "\"a\" x", "{ \"foo\" : \"bar\", \"a\" }",
        "\u{b}", "\u{85}1", "\u{2060}", "/*x*/1",
        "// x\n1", "#!x\n1", "'a'", ",", ":", "}", "1 2", "nullnull", "[1],[2]", "\u{0}", "123\u{0}", "[]\u{0}",
    ]

    @Test(arguments: syntax) func `Each is refused, strictly and leniently, as a fault of syntax`(text: String) {
        for options in [JSONReader.Options.strict, .lenient] {
            let error = parse(text, options).failure
            #expect([.syntax, .trailing, .truncated].contains(error?.code), "\(String(describing: error))")
            #expect(error.map { $0.offset <= text.utf8.count } == true)
        }
    }

    static let truncated: [String] = [
        "", " ", "\n", "[", "[1", "[1,", "[\"a", "[\"a\"", "[[", "[{", "{", "{\"a\"", "{\"a", "{\"a\":", "{\"a\":1",
        "{\"a\":1,", "{\"a\":[1,{\"b\"", "\"",
        "\"a", "\"\\", "\"\\\"", "\"\\u", "\"\\u00", "\"\\u004", "\"\\ud83d", "\"\\ud83d\\", "\"\\ud83d\\u",
        "\"\\ud83d\\udc8", "t", "tru", "fals", "nul", "-",
        "1.", "1e", "1e+", "-1.5E-", "[\"\\ud83d", "{\"a\":\"b\",\"c\\", "[1.5,tru",
    ]

    @Test(arguments: truncated) func `A text that ends too early says so, and where`(text: String) {
        for options in [JSONReader.Options.strict, .lenient] {
            let error = parse(text, options).failure
            #expect(error?.code == .truncated, "\(String(describing: error))")
            #expect(error?.offset == text.utf8.count)
        }
        var reader = JSONReader(bytes(text))
        do throws(JSONError) {
            _ = try reader.readRaw()
            Issue.record("was cut out")
        } catch {
            #expect(error.code == .truncated)
        }
    }

    static let notUTF8: [([UInt8], Int)] = [
        ([0x22, 0xff, 0x22], 1), ([0x22, 0xe9, 0x22], 1), ([0x22, 0x80, 0x22], 1), ([0x22, 0x81, 0x22], 1),
        ([0x22, 0xbf, 0x22], 1),
        ([0x22, 0xc0, 0xaf, 0x22], 1), ([0x22, 0xc1, 0xbf, 0x22], 1), ([0x22, 0xe0, 0x80, 0xaf, 0x22], 1),
        ([0x22, 0xe0, 0x9f, 0xbf, 0x22], 1),
        ([0x22, 0xf0, 0x80, 0x80, 0xaf, 0x22], 1), ([0x22, 0xf0, 0x8f, 0xbf, 0xbf, 0x22], 1),
        ([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], 1),
        ([0x22, 0xf4, 0xbf, 0xbf, 0xbf, 0x22], 1), ([0x22, 0xfc, 0x83, 0xbf, 0xbf, 0xbf, 0xbf, 0x22], 1),
        ([0x22, 0xf5, 0x80, 0x80, 0x80, 0x22], 1),
        ([0x22, 0xed, 0xa0, 0x80, 0x22], 1), ([0x22, 0xed, 0xbf, 0xbf, 0x22], 1),
        ([0x22, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0xb9, 0x22], 1),
        ([0x22, 0xe6, 0x97, 0xa5, 0xd1, 0x88, 0xfa, 0x22], 6), ([0x22, 0xe0, 0xff, 0x22], 1), ([0x22, 0xc3], 1),
        ([0x22, 0xe2, 0x82, 0x22], 1),
        ([0x5b, 0xe9, 0x5d], 1), ([0x7b, 0xe9, 0x7d], 1), ([0xe9], 0), ([0x22, 0x5c, 0xe5, 0x22], 2),
        ([0x22, 0x5c, 0x75, 0xe5, 0x22], 3),
        ([0x5b, 0x31, 0xe5, 0x5d], 2), ([0x5b, 0x31, 0x65, 0x31, 0xe5, 0x5d], 4), ([0x20, 0x31, 0x20, 0xff], 3),
        // UTF-16 with and without a mark.
        ([0xff, 0xfe, 0x5b, 0x00, 0x5d, 0x00], 0), ([0xfe, 0xff, 0x00, 0x5b], 0),
    ]

    @Test(arguments: notUTF8) func `Bytes that are no UTF-8 are refused wherever they stand, with their place`(
        text: [UInt8], offset: Int
    ) {
        for options in [JSONReader.Options.strict, .lenient] {
            let error = parse(text, options).failure
            #expect(error?.code == .invalidUTF8)
            #expect(error?.offset == offset)
        }
    }

    @Test func `UTF-16 without a mark is refused`() {
        #expect(parse([0x00, 0x22, 0x00, 0xe9, 0x00, 0x22]).failure?.code == .invalidUTF8)
        #expect(parse([0x5b, 0x00, 0x5d, 0x00]).failure?.code == .syntax)
    }

    @Test(arguments: ["{}", "", "[1]"]) func `A byte order mark is refused by its name`(text: String) {
        let error = parse([0xef, 0xbb, 0xbf] + bytes(text)).failure
        #expect(error?.code == .byteOrderMark && error?.offset == 0)
    }

    @Test(arguments: [[0xef, 0xbb], [0xef, 0xbb, 0x7b, 0x7d], [0xef, 0x7b, 0x7d]] as [[UInt8]])
    func `A byte order mark that is cut is no UTF-8`(text: [UInt8]) {
        #expect(parse(text).failure?.code == .invalidUTF8)
    }
}
