import JSONText
import Testing

@Suite struct `The reader` {
    @Test func `Values are pulled in their order, and what is not wanted is skipped`() throws {
        var reader = JSONReader(bytes(#"{"a":[1,2.5,"x",true,null,{"k":[[]]}],"skip":{"deep":[{}]},"b":"é"}"#))
        var seen: [String] = []
        try reader.readObject { reader, key throws(JSONError) in
            switch key {
            case "a":
                try reader.readArray { reader throws(JSONError) in
                    switch try reader.peekKind() {
                    case .number: seen.append("\(try reader.readDouble())")
                    case .string: seen.append(try reader.readString())
                    case .bool: seen.append("\(try reader.readBool())")
                    case .null: try reader.readNull(); seen.append("null")
                    case .array, .object: seen.append(try reader.readValue().canonicalText)
                    }
                }
            case "b": seen.append(try reader.readString())
            default: try reader.skipValue()
            }
        }
        try reader.expectEnd()
        #expect(seen == ["1.0", "2.5", "x", "true", "null", #"{"k":[[]]}"#, "é"])
    }

    @Test func `A value is cut out as its exact bytes, faults of content included`() throws {
        let inside = #"{ "a" : "\u0000\ud800\q" , "a":1e999, "b": [9007199254740993 ] }"#
        var reader = JSONReader(bytes("[1, \(inside) ,\"x\"]"))
        var cut: [String] = []
        try reader.readArray { reader throws(JSONError) in
            let range = try reader.readRaw()
            cut.append(String(decoding: reader.slice(range), as: UTF8.self))
        }
        try reader.expectEnd()
        #expect(cut == ["1", inside, "\"x\""])
    }

    @Test func `Numbers are read as integers only where they are whole`() throws {
        for (text, value) in [("0", 0), ("-7", -7), ("1.0", 1), ("1e2", 100), ("9007199254740992", 1 << 53)] {
            var reader = JSONReader(bytes(text))
            #expect(try reader.readInt() == value)
        }
        for text in ["1.5", "1e300", "9007199254740994", "\"1\"", "null", "[]"] {
            var reader = JSONReader(bytes(text))
            let error = #expect(throws: JSONError.self) { try reader.readInt() }
            #expect(error?.code == .type)
        }
    }

    @Test func `Another kind of value than asked for is named`() throws {
        let wrong: [(String, (inout JSONReader) throws(JSONError) -> Void)] = [
            ("1", { reader throws(JSONError) in _ = try reader.readString() }),
            ("\"1\"", { reader throws(JSONError) in _ = try reader.readDouble() }),
            ("null", { reader throws(JSONError) in _ = try reader.readBool() }),
            ("true", { reader throws(JSONError) in try reader.readNull() }),
            ("{}", { reader throws(JSONError) in try reader.readArray { _ throws(JSONError) in } }),
            ("[]", { reader throws(JSONError) in try reader.readObject { _, _ throws(JSONError) in } }),
        ]
        for (text, read) in wrong {
            var reader = JSONReader(bytes("  " + text))
            do throws(JSONError) {
                try read(&reader)
                Issue.record("\(text) was read")
            } catch {
                #expect(error.code == .type && error.offset == 2 && error.message.contains("was expected"))
            }
        }
    }

    // MARK: Bounds

    @Test func `Nesting is read up to the limit and refused one deeper`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(parse(nested(32)).failure == nil)
        #expect(parse(nested(33)).failure?.code == .depth)
        #expect(
            parse(String(repeating: "{\"a\":", count: 33) + "1" + String(repeating: "}", count: 33)).failure?.code
                == .depth)
        #expect(parse(nested(3), JSONReader.Options(maxDepth: 2)).failure?.code == .depth)
        #expect(parse(nested(500), .lenient).failure == nil)
        #expect(parse(nested(513), .lenient).failure?.code == .depth)
        #expect(parse(String(repeating: "[", count: 100_000)).failure?.code == .depth)
        #expect(parse(String(repeating: "[{\"\":", count: 50_000)).failure?.code == .depth)
        #expect(parse("[" + String(repeating: "[],", count: 1000) + "[]]").failure == nil, "side by side is not deep")
    }

    @Test func `Cutting out costs no stack, however deep`() throws {
        let text = String(repeating: "[{\"a\":", count: 100_000) + "1" + String(repeating: "}]", count: 100_000)
        var reader = JSONReader(bytes(text))
        #expect(try reader.readRaw() == 0..<text.utf8.count)
        var open = JSONReader(bytes(String(repeating: "[", count: 1_000_000)))
        #expect(throws: JSONError.self) { try open.readRaw() }
    }

    @Test func `A text is read up to the size limit and refused one byte longer`() {
        let options = JSONReader.Options(maxBytes: 10)
        #expect(parse("\"12345678\"", options).failure == nil)
        let error = parse("\"123456789\"", options).failure
        #expect(error?.code == .size && error?.message.contains("11 bytes") == true)
    }

    // MARK: Places

    @Test(arguments: [
        ("[1,\n 2,\n  x]", 10, 3, 3), ("x", 0, 1, 1), ("{\"a\":1,\n\"a\":2}", 8, 2, 1), ("[\"é😊\", x]", 11, 1, 8),
        ("[\"\\u0000\"]", 2, 1, 3), ("[1] 2", 4, 1, 5), ("[\"a\nb\"]", 3, 1, 4), ("[\n\n\"\\q\"]", 4, 3, 2),
        ("[1e999]", 1, 1, 2),
        ("[\r\n9007199254740993]", 3, 2, 1), ("{\"a\" 1}", 5, 1, 6), ("[1,]", 3, 1, 4), ("[\"\\uZ\"]", 4, 1, 5),
        ("[tru]", 1, 1, 2),
    ]) func `An error names byte, line and column, counted in code points`(
        text: String, offset: Int, line: Int, column: Int
    ) {
        let error = parse(text).failure
        #expect(
            error?.offset == offset && error?.line == line && error?.column == column, "\(String(describing: error))")
    }

    @Test func `An error in a piece of bytes counts from the start of the piece`() {
        let whole = bytes("xxxx[1,\n?]")
        do throws(JSONError) {
            _ = try JSONValue(parsing: whole[4...])
            Issue.record("was read")
        } catch {
            #expect(error.offset == 4 && error.line == 2 && error.column == 1)
            #expect("\(error)".hasPrefix("line 2, column 1: "))
        }
    }

    @Test func `Who reads can refuse a value at its place`() throws {
        var reader = JSONReader(bytes("[1, 2]"))
        do throws(JSONError) {
            try reader.readArray { reader throws(JSONError) in
                _ = try reader.peekKind()
                let place = reader
                guard try reader.readInt() == 1 else { throw place.invalid("no 1") }
            }
            Issue.record("was read")
        } catch {
            #expect(error == JSONError(code: .invalid, offset: 4, line: 1, column: 5, message: "no 1"))
        }
    }
}
