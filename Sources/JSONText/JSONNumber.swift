/// Numbers as text: RFC 8785, which takes ECMAScript's Number::toString.
enum JSONNumber {
    /// Up to here each whole number is a Double of its own.
    static let exactLimit = 9_007_199_254_740_992.0

    /// Appends `value` in its canonical form: `1.0` is `1`, `-0` is `0`.
    ///
    /// JSON has no infinities and no NaN; they become `null`, as in ECMAScript's JSON.stringify.
    static func append(_ value: Double, to bytes: inout [UInt8]) {
        guard value.isFinite else {
            bytes.append(contentsOf: "null".utf8)
            return
        }
        if value.magnitude <= exactLimit, let whole = Int64(exactly: value) {
            append(whole, to: &bytes)
            return
        }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        appendECMAScript(value.magnitude, to: &bytes)
    }

    /// Whether a number's digits are those that it is written with.
    static func isCanonical(_ digits: ArraySlice<UInt8>, of value: Double) -> Bool {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return digits.elementsEqual(bytes)
    }

    /// Number::toString for a positive, finite number.
    private static func appendECMAScript(_ value: Double, to bytes: inout [UInt8]) {
        // Swift's description has the digits that ECMAScript asks for, the fewest that give the number back and of
        // those the nearest; only the layout differs.
        var digits: [UInt8] = []
        digits.reserveCapacity(20)
        var exponent = 0
        var beforePoint: Int?
        var text = value.description.utf8[...]
        while let character = text.popFirst() {
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(character)
            case UInt8(ascii: "."): beforePoint = digits.count
            default: exponent = Int(String(Substring(text))) ?? 0; text = text[text.endIndex...]
            }
        }
        // The number is 0.DIGITS × 10^point.
        var point = (beforePoint ?? digits.count) + exponent
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leading)
        point -= leading
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }

        let count = digits.count
        let zero = UInt8(ascii: "0")
        switch point {
        case count...21 where count <= 21:
            bytes.append(contentsOf: digits)
            bytes.append(contentsOf: repeatElement(zero, count: point - count))
        case 1...21:
            bytes.append(contentsOf: digits[..<point])
            bytes.append(UInt8(ascii: "."))
            bytes.append(contentsOf: digits[point...])
        case -5...0:
            bytes.append(contentsOf: [zero, UInt8(ascii: ".")])
            bytes.append(contentsOf: repeatElement(zero, count: -point))
            bytes.append(contentsOf: digits)
        default:
            bytes.append(digits[0])
            if count > 1 {
                bytes.append(UInt8(ascii: "."))
                bytes.append(contentsOf: digits[1...])
            }
            bytes.append(UInt8(ascii: "e"))
            bytes.append(point > 0 ? UInt8(ascii: "+") : UInt8(ascii: "-"))
            append(Int64((point - 1).magnitude), to: &bytes)
        }
    }

    static func append(_ value: Int64, to bytes: inout [UInt8]) {
        if value >= 0, value < 10 {
            bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value))
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { buffer in
            var rest = value.magnitude
            var start = 20
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                start -= 1
                buffer.initializeElement(at: start, to: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit))
                rest = quotient
            } while rest > 0
            if value < 0 {
                start -= 1
                buffer.initializeElement(at: start, to: UInt8(ascii: "-"))
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[start...]))
        }
    }
}
