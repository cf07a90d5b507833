import JSONText
import Testing

/// Some scalars may not stand in a literal.
private func scalars(_ values: UInt32...) -> String {
    String(String.UnicodeScalarView(values.compactMap(Unicode.Scalar.init)))
}

@Suite struct `Texts that are JSON` {
    static let cases: [(String, JSONValue)] = [
        // Lonely values, with and without white space.
        ("null", nil), ("true", true), ("false", false), ("0", 0), ("\"\"", ""), ("[]", []), ("{}", .object([:])),
        (" null ", nil), ("\t\r\n true\n", true), ("42\n", 42), (" \"asd\" ", "asd"), ("  [ ]  ", []),
        ("{ }", .object([:])),
        // Arrays.
        ("[null]", [nil]), ("[false]", [false]), ("[[]   ]", [[]]), ("[\"\"]", [""]), ("[\"a\"]", ["a"]), (" [1]", [1]),
        ("[1\n]", [1]), ("[1] ", [1]), ("[2 ,\t3\n,4]", [2, 3, 4]), ("[1,null,null,null,2]", [1, nil, nil, nil, 2]),
        ("[null, 1, \"1\", {}]", [nil, 1, "1", .object([:])]), ("[[[[1]],2]]", [[[[1]], 2]]),
        // Numbers.
        ("[0]", [0]), ("[-0]", [0]), ("[-1]", [-1]), ("[-123]", [-123]), ("[123]", [123]), ("[0e1]", [0]),
        ("[0e+1]", [0]),
        ("[0E-0]", [0]), ("[123e65]", [1.23e67]), ("[20e1]", [200]), ("[1E22]", [1e22]), ("[1E+2]", [100]),
        ("[1E-2]", [0.01]),
        ("[123e45]", [1.23e47]), ("[123.456e78]", [1.23456e80]), ("[1e-2]", [0.01]), ("[1e+2]", [100]),
        ("[123.456789]", [123.456789]), ("[-0.1]", [-0.1]), ("[1.0]", [1]), ("[0.5]", [0.5]), ("[10.00e00]", [10]),
        ("[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]", [-1e-78]),
        ("[9007199254740992]", [9_007_199_254_740_992]), ("[-9007199254740992]", [-9_007_199_254_740_992]),
        ("[1.7976931348623157e308]", [.number(.greatestFiniteMagnitude)]),
        ("[5e-324]", [.number(.leastNonzeroMagnitude)]),
        ("[123456789012345]", [123_456_789_012_345]), ("[1234567890123456]", [1_234_567_890_123_456]),
        ("[3.141592653589793238462643383279]", [.number(.pi)]),
        // Objects.
        ("{\"a\":1}", ["a": 1]), ("{\"\":0}", ["": 0]), ("{\"a\":[]}", ["a": []]),
        ("{\"a\":{\"b\":{}}}", ["a": ["b": .object([:])]]),
        ("{\n\"a\"\t:\r1 , \"b\" : 2\n}", ["a": 1, "b": 2]),
        ("{\"a\":\"b\",\"asd\":\"sdf\"}", ["a": "b", "asd": "sdf"]),
        ("{\"\\u0061\":1,\"b\":2}", ["a": 1, "b": 2]), ("{\"title\":\"\\u041f\\u043e\"}", ["title": "По"]),
        ("{\"min\":-1.0e+28,\"max\":1.0e+28}", ["min": -1e28, "max": 1e28]),
        ("{\"é\":1,\"e\u{301}\":2}", ["\u{e9}": 1, "e\u{301}": 2]),
        (
            "{\"x\":[{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}],\"id\":\"b\"}",
            ["x": [["id": .string(String(repeating: "a", count: 40))]], "id": "b"]
        ),
        // Strings.
        (#"["\u0060\u012a\u12AB"]"#, ["\u{60}\u{12a}\u{12ab}"]), (#"["\"\\\/\b\f\n\r\t"]"#, ["\"\\/\u{8}\u{c}\n\r\t"]),
        (#"["\\u0000"]"#, ["\\u0000"]), (#"["\""]"#, ["\""]), (#"["a/*b*/c/*d//e"]"#, ["a/*b*/c/*d//e"]),
        (#"["\\a"]"#, ["\\a"]),
        (#"["\\n"]"#, ["\\n"]), (#"["\u0012"]"#, ["\u{12}"]), (#"["\uFFFF"]"#, ["\u{ffff}"]),
        ("[\"\u{ffff}\"]", ["\u{ffff}"]),
        ("[\"\u{1ffff}\"]", ["\u{1ffff}"]), ("[\"\u{10ffff}\"]", ["\u{10ffff}"]),
        (#"["\uD83D\uDE39\ud83d\udc8d"]"#, ["😹💍"]),
        (#"["\uD801\udc37"]"#, ["\u{10437}"]), (#"["\uDBFF\uDFFE"]"#, ["\u{10fffe}"]),
        (#"["\uD834\uDd1e"]"#, ["\u{1d11e}"]),
        (#"["new\u000Aline"]"#, ["new\nline"]), ("[\"\u{7f}\"]", ["\u{7f}"]), (#"["\u002c"]"#, [","]),
        ("[\"π\"]", ["π"]),
        ("[\"asd \"]", ["asd "]), ("[\"\u{2028}\u{2029}\"]", ["\u{2028}\u{2029}"]), ("[\"€𝄞\"]", ["€𝄞"]),
        ("[\"\u{feff}\"]", ["\u{feff}"]),
        (#"["\u200B\u2064\uFDD1\uFFFE"]"#, [.string(scalars(0x200b, 0x2064, 0xfdd1, 0xfffe))]),
        (#"["\u0022\u005C"]"#, ["\"\\"]),
        (#"["\u0821\u0123\u00e9"]"#, ["\u{821}\u{123}\u{e9}"]), (#"["aa\u0001"]"#, ["aa\u{1}"]), ("[\"⍂㈴⍂\"]", ["⍂㈴⍂"]),
        (#"["\t"]"#, ["\t"]), ("[\"xxxxxxx\\\"\"]", ["xxxxxxx\""]), ("[\"xxxxxxxx\\n\"]", ["xxxxxxxx\n"]),
        ("[\"xxxxxxéx\\\\\"]", ["xxxxxxéx\\"]),
    ]

    @Test(arguments: cases) func `Each is read as what it says, strictly and leniently, and cut out whole`(
        text: String, value: JSONValue
    ) throws {
        #expect(try JSONValue(parsing: text) == value)
        #expect(try JSONValue(parsing: text, options: .lenient) == value)
        var reader = JSONReader(bytes(text))
        let range = try reader.readRaw()
        try reader.expectEnd()
        #expect(try JSONValue(parsing: Array(reader.slice(range))) == value)
        #expect(try JSONValue(parsing: value.canonicalBytes()) == value)
    }

    // What is JSON, and refused on purpose all the same: it cannot be stored, or it cannot be known what was meant.
    static let refusedOnPurpose: [(String, JSONError.Code, JSONValue?)] = [
        (#"{"a":"b","a":"c"}"#, .duplicateKey, ["a": "c"]), (#"{"a":1,"a":1}"#, .duplicateKey, ["a": 1]),
        (#"{"a":1,"\u0061":2}"#, .duplicateKey, ["a": 2]), (#"[{"x":{"":1,"":2}}]"#, .duplicateKey, [["x": ["": 2]]]),
        (#"["\u0000"]"#, .nul, ["\0"]), (#"{"foo\u0000bar":42}"#, .nul, ["foo\0bar": 42]), (#""a\u0000""#, .nul, "a\0"),
        ("[9007199254740993]", .numberRange, [9_007_199_254_740_992]),
        ("[-9007199254740993]", .numberRange, [-9_007_199_254_740_992]),
        ("[18446744073709551616]", .numberRange, [.number(0x1p64)]),
        ("[-123123123123123123123123123123]", .numberRange, [-123_123_123_123_123_123_123_123_123_123.0]),
        ("[100000000000000000000000000]", .numberRange, [1e26]),
        ("[123.456e-789]", .numberRange, [0]), ("[123e-10000000]", .numberRange, [0]), ("[-1e-400]", .numberRange, [0]),
        ("[1e400]", .numberRange, nil), ("[-1e+9999]", .numberRange, nil), ("[1.5e+9999]", .numberRange, nil),
        ("[0.4e00669999999999999999999999999999]", .numberRange, nil), ("[-123123e100000]", .numberRange, nil),
    ]

    @Test(arguments: refusedOnPurpose) func `A strict reader refuses what cannot be kept exactly`(
        text: String, code: JSONError.Code, lenient: JSONValue?
    ) {
        #expect(parse(text).failure?.code == code)
        switch lenient {
        case let value?: #expect(parse(text, .lenient) == .success(value))
        case nil: #expect(parse(text, .lenient).failure?.code == code, "no Double holds it")
        }
    }

    @Test func `Each strictness can be had alone`() {
        var options = JSONReader.Options.strict
        options.rejectsDuplicateKeys = false
        #expect(parse(#"{"a":1,"b":2,"a":3}"#, options) == .success(["a": 3, "b": 2]))
        #expect(parse(#""\u0000""#, options).failure?.code == .nul)
        options = .strict
        options.rejectsNUL = false
        #expect(parse(#""\u0000""#, options) == .success("\0"))
        #expect(parse("9007199254740993", options).failure?.code == .numberRange)
        options = .strict
        options.requiresExactNumbers = false
        #expect(parse("9007199254740993", options) == .success(9_007_199_254_740_992))
        #expect(parse(#"{"a":1,"a":3}"#, options).failure?.code == .duplicateKey)
    }
}
