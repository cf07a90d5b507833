import JSONText
import Testing

@Suite struct `The writer` {
    @Test func `Only quotes, backslashes and control characters are escaped, in the short form where there is one`()
        throws
    {
        let short: [UInt8: String] = [
            0x08: "\\b", 0x09: "\\t", 0x0a: "\\n", 0x0c: "\\f", 0x0d: "\\r", 0x22: "\\\"", 0x5c: "\\\\",
        ]
        for byte in UInt8(0)...0x7f {
            let character = String(Unicode.Scalar(byte))
            let hex = String(byte, radix: 16)
            let expected = short[byte] ?? (byte < 0x20 ? "\\u00" + (hex.utf8.count == 1 ? "0" : "") + hex : character)
            // At every place of the eight bytes that are looked at together.
            for before in 0..<17 {
                let text = String(repeating: "x", count: before)
                #expect(JSONValue.string(text + character + "y").canonicalText == "\"\(text)\(expected)y\"")
            }
        }
        let plain = "/ é e\u{301} \u{7f} \u{85} \u{2028} \u{2029} \u{feff} 😊 </script>"
        #expect(JSONValue.string(plain).canonicalText == "\"\(plain)\"")
    }

    @Test func `Commas stand where they belong, whatever is written`() throws {
        var writer = JSONWriter(reservingCapacity: 8)
        writer.object { writer in
            writer.member("a", 1)
            writer.member("b", Int64.max)
            writer.member("c", 1.5)
            writer.member("d", true)
            writer.member("e", "x")
            writer.member("f", ["y", "z"])
            writer.member("g", raw: bytes("[ 1 ]"))
            writer.member("h", object: { $0.member("i", JSONValue.null) })
            writer.member(
                "j",
                array: { writer in
                    writer.int(1)
                    writer.string(utf8: bytes("é"))
                    writer.bool(false)
                    writer.null()
                    writer.number(0.5)
                    writer.array { _ in }
                    writer.object { _ in }
                })
            writer.memberNull("k")
            writer.member("l", String?.none)
            writer.member("m", Int?.none)
            writer.member("n", Int64?.none)
            writer.member("o", Double?.none)
            writer.member("p", Bool?.none)
            writer.member("q", JSONValue?.none)
            writer.memberIfPresent("r", String?.none)
            writer.memberIfPresent("s", Int?(7))
        }
        #expect(
            writer.text
                == #"{"a":1,"b":9223372036854775807,"c":1.5,"d":true,"e":"x","f":["y","z"],"g":[ 1 ],"h":{"i":null},"#
                + #""j":[1,"é",false,null,0.5,[],{}],"k":null,"l":null,"m":null,"n":null,"o":null,"p":null,"q":null,"s":7}"#
        )
        #expect(writer.count == writer.finish().count)
    }

    @Test func `A stream of lines can be taken out piece by piece`() {
        var writer = JSONWriter()
        writer.value([1, "é"])
        writer.endLine()
        let first = writer.drain()
        #expect(writer.count == 0)
        writer.beginObject()
        writer.member("a", 1)
        let second = writer.drain()
        writer.member("b", 2)
        writer.endObject()
        writer.endLine()
        #expect(String(decoding: first + second + writer.finish(), as: UTF8.self) == "[1,\"é\"]\n{\"a\":1,\"b\":2}\n")
    }

    @Test func `An emptied writer begins anew`() {
        var writer = JSONWriter()
        writer.beginArray()
        writer.int(1)
        writer.removeAll()
        writer.int(2)
        #expect(writer.text == "2")
    }

    @Test func `For people it is indented by two spaces`() {
        let value: JSONValue = ["b": [1, .object(["a": nil])], "a": .object([:]), "c": [], "d": "x"]
        #expect(
            value.prettyText == """
                {
                  "b": [
                    1,
                    {
                      "a": null
                    }
                  ],
                  "a": {},
                  "c": [],
                  "d": "x"
                }
                """)
        #expect(value.description == #"{"b":[1,{"a":null}],"a":{},"c":[],"d":"x"}"#)
    }
}
