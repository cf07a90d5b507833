import JSONText
import Testing

@Suite struct `What is written is read` {
    @Test func `Any value is read as it was written, in each of the three forms`() throws {
        var random = RandomJSON(seed: 2)
        for _ in 0..<3000 {
            let value = random.value()
            let canonical = value.canonicalBytes()
            #expect(try JSONValue(parsing: canonical) == value)
            #expect(try JSONValue(parsing: canonical).canonicalBytes() == canonical)
            #expect(try JSONValue(parsing: value.description) == value)
            #expect(try JSONValue(parsing: value.prettyText) == value)
        }
    }

    @Test func `The order of members changes neither the canonical form nor equality`() {
        var random = RandomJSON(seed: 3)
        for _ in 0..<500 {
            guard case .object(let object) = random.value(depth: 4) else { continue }
            let shuffled = JSONObject(object.members.shuffled(using: &random.random).map { ($0.key, $0.value) })
            #expect(shuffled.canonicalBytes() == object.canonicalBytes())
            #expect(shuffled == object && shuffled.hashValue == object.hashValue)
        }
    }

    @Test func `Canonical keys are sorted by their bytes`() {
        let object: JSONValue = [
            "é": 1, "z": 2, "Z": 3, "": 4, "e\u{301}": 5, "\u{ffff}": 6, "😊": 7, "a\u{0}": 8, "a": 9,
        ]
        #expect(
            object.canonicalText
                == "{\"\":4,\"Z\":3,\"a\":9,\"a\\u0000\":8,\"e\u{301}\":5,\"z\":2,\"é\":1,\"\u{ffff}\":6,\"😊\":7}")
    }

    @Test func `A text cut anywhere is refused, as cut off or in the middle of a character`() {
        var random = RandomJSON(seed: 4)
        for _ in 0..<60 {
            let whole = JSONValue.array([random.value(depth: 2)]).canonicalBytes()
            for length in 0..<whole.count {
                let code = parse(Array(whole[..<length])).failure?.code
                #expect(
                    code == .truncated || code == .invalidUTF8, "\(String(decoding: whole[..<length], as: UTF8.self))")
            }
        }
    }

    @Test func `Changed bytes never crash, and the strict reader takes nothing that the lenient one refuses`() throws {
        var random = RandomJSON(seed: 5)
        let alphabet = bytes("{}[]\",:\\ue0123456789.-+tfn \n")
        var accepted = 0
        for _ in 0..<6000 {
            var text = random.value(depth: 3).canonicalBytes()
            for _ in 0..<random.random.int(1...3) {
                let place = random.random.int(0...(text.count - 1))
                switch random.random.int(0...3) {
                case 0 where text.count > 1: text.remove(at: place)
                case 1: text.insert(random.random.pick(alphabet), at: place)
                case 2: text[place] = UInt8(random.random.int(0...255))
                default: text[place] = random.random.pick(alphabet)
                }
            }
            var raw = JSONReader(text)
            let cut: Result<Range<Int>, JSONError> = Result { () throws(JSONError) in try raw.readRaw() }
            if case .success(let value) = parse(text) {
                accepted += 1
                #expect(parse(text, .lenient) == .success(value))
                #expect(try JSONValue(parsing: value.canonicalBytes()) == value)
                #expect(cut.failure == nil)
            }
            if let error = parse(text, .lenient).failure {
                #expect((0...text.count).contains(error.offset) && error.line >= 1 && error.column >= 1)
            }
        }
        #expect(accepted > 300)
    }

    @Test func `Random bytes are UTF-8 for us exactly when they are for Swift`() {
        var random = SeededGenerator(seed: 6)
        let leads: [UInt8] = [
            0x41, 0x80, 0xbf, 0xc2, 0xdf, 0xe0, 0xa0, 0x9f, 0xed, 0xef, 0xf0, 0x90, 0x8f, 0xf4, 0xc0, 0xf5, 0xff,
        ]
        var valid = 0
        for _ in 0..<60_000 {
            let content = (0..<random.int(1...12)).map { _ in
                random.int(0...2) == 0 ? random.pick(leads) : UInt8(random.int(0x80...0xf4))
            }
            let isValid = String(validating: content, as: UTF8.self) != nil
            let code = parse([0x22] + content + [0x22]).failure?.code
            #expect((code == .invalidUTF8) == !isValid, "\(content)")
            valid += isValid ? 1 : 0
        }
        #expect(valid > 500)
    }
}
