/// The values without inner structure: literals, strings and numbers.
extension JSONReader {
    mutating func literal(_ text: StaticString) throws(JSONError) {
        let length = text.utf8CodeUnitCount
        for index in 0..<length {
            guard position + index < bytes.count else { throw truncated(String(describing: text)) }
            guard bytes[position + index] == text.utf8Start[index] else {
                throw error(.syntax, "\(found()) where a value was expected")
            }
        }
        position += length
    }

    mutating func string() throws(JSONError) -> String {
        let start = position
        let (end, plain) = bytes.withUnsafeBufferPointer { bytes -> (Int, String?) in
            let end = JSONScanner.runEnd(in: bytes, from: start + 1)
            guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return (end, nil) }
            return (end, String(decoding: UnsafeBufferPointer(rebasing: bytes[(start + 1)..<end]), as: UTF8.self))
        }
        guard let plain else { return try escapedString(from: start, plainUntil: end) }
        position = end + 1
        return plain
    }

    mutating func escapedString(from start: Int, plainUntil end: Int) throws(JSONError) -> String {
        var text = Array(bytes[(start + 1)..<end])
        position = end
        while true {
            guard position < bytes.count else { throw truncated("the end of a string", from: start) }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            default: throw controlCharacter()
            }
            let next = bytes.withUnsafeBufferPointer { JSONScanner.runEnd(in: $0, from: position) }
            text.append(contentsOf: bytes[position..<next])
            position = next
        }
    }

    func controlCharacter() -> JSONError {
        let digits = String(bytes[position], radix: 16, uppercase: true)
        return error(
            .syntax,
            "the control character U+\(String(repeating: "0", count: 4 - digits.count))\(digits) stands unescaped in a string"
        )
    }

    mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        guard position + 1 < bytes.count else { throw truncated("an escape") }
        let plain: UInt8
        switch bytes[position + 1] {
        case UInt8(ascii: "\""): plain = UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): plain = UInt8(ascii: "\\")
        case UInt8(ascii: "/"): plain = UInt8(ascii: "/")
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0C
        case UInt8(ascii: "n"): plain = 0x0A
        case UInt8(ascii: "r"): plain = 0x0D
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"): return try unicodeEscape(into: &text)
        default: throw error(.syntax, "an unknown escape in a string")
        }
        text.append(plain)
        position += 2
    }

    mutating func unicodeEscape(into text: inout [UInt8]) throws(JSONError) {
        let start = position
        var value = try hexDigits(at: position + 2)
        position += 6
        if value & 0xFC00 == 0xD800 {
            for (index, expected) in [UInt8(ascii: "\\"), UInt8(ascii: "u")].enumerated() {
                guard position + index < bytes.count else { throw truncated("the second half of a surrogate pair") }
                guard bytes[position + index] == expected else {
                    throw error(.syntax, "half of a surrogate pair stands alone", at: start)
                }
            }
            let low = try hexDigits(at: position + 2)
            guard low & 0xFC00 == 0xDC00 else {
                throw error(.syntax, "half of a surrogate pair stands alone", at: start)
            }
            value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
            position += 6
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw error(.syntax, "half of a surrogate pair stands alone", at: start)
        }
        if value == 0 && options.rejectsNUL { throw error(.nul, "U+0000 cannot be stored", at: start) }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    func hexDigits(at start: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for index in start..<(start + 4) {
            guard index < bytes.count else { throw truncated("four hexadecimal digits") }
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(bytes[index] - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt32(bytes[index] - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"):
                value = value << 4 | UInt32(bytes[index] - UInt8(ascii: "A") + 10)
            default: throw error(.syntax, "\\u wants four hexadecimal digits", at: index)
            }
        }
        return value
    }

    /// The range of a number by the grammar of RFC 8259; the position stays.
    func numberRange() throws(JSONError) -> Range<Int> {
        var at = position
        func isDigit(_ index: Int) -> Bool { index < bytes.count && bytes[index] &- UInt8(ascii: "0") < 10 }
        func digits(_ what: String) throws(JSONError) {
            guard isDigit(at) else {
                throw at < bytes.count ? error(.syntax, "a digit was expected \(what)", at: at) : truncated("a digit")
            }
            while isDigit(at) { at += 1 }
        }
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        if at < bytes.count, bytes[at] == UInt8(ascii: "0") {
            at += 1
            guard !isDigit(at) else { throw error(.syntax, "a number begins with a zero") }
        } else {
            try digits("in a number")
        }
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            at += 1
            try digits("after the point")
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            try digits("in the exponent")
        }
        return position..<at
    }

    /// Up to fifteen digits and nothing else, which are exact in a Double whatever they are: most numbers.
    private mutating func plainInteger() -> Double? {
        var at = position
        var value = 0
        while at < bytes.count, bytes[at] &- UInt8(ascii: "0") < 10 {
            value = value &* 10 &+ Int(bytes[at] &- UInt8(ascii: "0"))
            at += 1
            guard at - position <= 15 else { return nil }
        }
        let isNumber = at > position && (bytes[position] != UInt8(ascii: "0") || at == position + 1)
        guard isNumber, at == bytes.count || bytes[at] != UInt8(ascii: ".") && bytes[at] | 0x20 != UInt8(ascii: "e")
        else { return nil }
        position = at
        return Double(value)
    }

    mutating func number() throws(JSONError) -> Double {
        if let plain = plainInteger() { return plain }
        let range = try numberRange()
        defer { position = range.upperBound }
        let digits = bytes[range]
        let text = String(decoding: digits, as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw error(.numberRange, "the number \(text.prefix(40)) is too large")
        }
        guard options.requiresExactNumbers else { return value }
        let isInteger = digits.allSatisfy { $0 == UInt8(ascii: "-") || $0 &- UInt8(ascii: "0") < 10 }
        if isInteger && value.magnitude >= JSONNumber.exactLimit && !JSONNumber.isCanonical(digits, of: value) {
            throw error(.numberRange, "the integer \(text.prefix(40)) lies beyond ±2^53 and cannot be held exactly")
        }
        if value == 0, text.prefix(while: { $0 != "e" && $0 != "E" }).contains(where: { ("1"..."9").contains($0) }) {
            throw error(.numberRange, "the number \(text.prefix(40)) is too small and would become 0")
        }
        return value
    }
}
