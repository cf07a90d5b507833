import JSONText

/// Random numbers that a seed decides (SplitMix64), so that a failure can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[int(0...(elements.count - 1))] }
}

/// Values of any shape that a strict reader takes.
struct RandomJSON {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private static let pieces = [
        "a", "word ", "é", "e\u{301}", "\"", "\\", "/", "\u{8}", "\u{c}", "\n", "\r", "\t", "\u{1}", "\u{1f}", "\u{7f}",
        "\u{2028}", "\u{feff}", "\u{ffff}", "😊", "👨‍👩‍👧‍👦", "\u{10ffff}", "漢字", "שלום", "{", "}", "[", ",", ":", "null",
        "\\u0000",
        "aaaaaaaa", "12345678901234567890",
    ]

    mutating func string() -> String {
        (0..<random.int(0...6)).map { _ in random.pick(Self.pieces) }.joined()
    }

    /// Any finite number: all bit patterns, whole numbers, simple fractions.
    mutating func number() -> Double {
        switch random.int(0...3) {
        case 0:
            let any = Double(bitPattern: random.next())
            return any.isFinite ? any : 0
        case 1: return Double(random.int(-9_007_199_254_740_992...9_007_199_254_740_992))
        case 2: return Double(random.int(-1000...1000)) / random.pick([1, 2, 3, 10, 64])
        default: return Double(random.int(0...99)) * random.pick([1e-7, 1e-5, 1e15, 1e17, 1e20, 1e21, 1e22, 1e300])
        }
    }

    mutating func value(depth: Int = 4) -> JSONValue {
        switch random.int(0...(depth > 0 ? 8 : 5)) {
        case 0: return .null
        case 1: return .bool(random.int(0...1) == 0)
        case 2, 3: return .number(number())
        case 4, 5: return .string(string())
        case 6: return .array((0..<random.int(0...4)).map { _ in value(depth: depth - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<random.pick([0, 1, 2, 4, 20]) { object[string()] = value(depth: depth > 2 ? depth - 1 : 0) }
            return .object(object)
        }
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

func parse(_ bytes: [UInt8], _ options: JSONReader.Options = .strict) -> Result<JSONValue, JSONError> {
    do throws(JSONError) { return .success(try JSONValue(parsing: bytes, options: options)) } catch {
        return .failure(error)
    }
}

func parse(_ text: String, _ options: JSONReader.Options = .strict) -> Result<JSONValue, JSONError> {
    parse(bytes(text), options)
}
