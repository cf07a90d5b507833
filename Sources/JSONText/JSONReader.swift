/// A pull parser over bytes in memory: RFC 8259, bounded in depth and size.
///
/// Values are read in the order in which they stand; whoever reads decides what each must be. A subtree can be cut out
/// as bytes (`readRaw`), to be judged on its own with rules of its own.
package struct JSONReader: Sendable {
    /// How strict a reader is.
    package struct Options: Sendable {
        package var maxDepth: Int
        package var maxBytes: Int?
        package var rejectsDuplicateKeys: Bool
        /// U+0000 in strings and keys.
        package var rejectsNUL: Bool
        /// Integers beyond ±2^53, and numbers that no Double can hold.
        package var requiresExactNumbers: Bool

        package init(
            maxDepth: Int = 32, maxBytes: Int? = nil, rejectsDuplicateKeys: Bool = true, rejectsNUL: Bool = true,
            requiresExactNumbers: Bool = true
        ) {
            self.maxDepth = maxDepth
            self.maxBytes = maxBytes
            self.rejectsDuplicateKeys = rejectsDuplicateKeys
            self.rejectsNUL = rejectsNUL
            self.requiresExactNumbers = requiresExactNumbers
        }

        package static let strict = Options()
        package static let lenient = Options(
            maxDepth: 512, rejectsDuplicateKeys: false, rejectsNUL: false, requiresExactNumbers: false)
    }

    package let options: Options
    private let bytes: [UInt8]
    private var position: Int
    private var depth = 0
    private var isChecked = false

    package init(_ bytes: [UInt8], options: Options = .strict) {
        self.bytes = bytes
        self.options = options
        position = 0
    }

    package init(_ bytes: ArraySlice<UInt8>, options: Options = .strict) {
        self.init(Array(bytes), options: options)
    }

    /// The byte offset of the next token.
    package var offset: Int { position }

    /// An error at the next token: the value is JSON, but not what its reader wants.
    package func invalid(_ message: String) -> JSONError { error(.invalid, message) }

    /// The bytes of a range that `readRaw` gave.
    package func slice(_ range: Range<Int>) -> ArraySlice<UInt8> { bytes[range] }

    // MARK: Values

    /// What kind of value stands next.
    package mutating func peekKind() throws(JSONError) -> JSONValue.Kind {
        try skipSpace()
        guard position < bytes.count else { throw truncated("a value") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error(.syntax, "\(found()) where a value was expected")
        }
    }

    /// Reads an object; `member` is called with each key and must read or skip its value.
    package mutating func readObject(
        _ member: (inout JSONReader, String) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect(.object)
        try enter()
        var keys = Set<ByteString>()
        var isFirst = true
        while try !closes(UInt8(ascii: "}"), isFirst: isFirst, "an object") {
            isFirst = false
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw position < bytes.count ? error(.syntax, "\(found()) where a key was expected") : truncated("a key")
            }
            let start = position
            let key = try string()
            if options.rejectsDuplicateKeys && !keys.insert(ByteString(key)).inserted {
                throw error(.duplicateKey, "the key “\(key)” stands twice in one object", at: start)
            }
            try skipSpace()
            guard position < bytes.count else { throw truncated("“:”") }
            guard bytes[position] == UInt8(ascii: ":") else { throw error(.syntax, "\(found()) where “:” was expected") }
            position += 1
            try member(&self, key)
        }
        depth -= 1
    }

    /// Reads an array; `element` is called once for each element and must read or skip it.
    package mutating func readArray(_ element: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
        try expect(.array)
        try enter()
        var isFirst = true
        while try !closes(UInt8(ascii: "]"), isFirst: isFirst, "an array") {
            isFirst = false
            try element(&self)
        }
        depth -= 1
    }

    package mutating func readString() throws(JSONError) -> String {
        try expect(.string)
        return try string()
    }

    package mutating func readDouble() throws(JSONError) -> Double {
        try expect(.number)
        return try number()
    }

    /// A whole number within ±2^53.
    package mutating func readInt() throws(JSONError) -> Int {
        try expect(.number)
        let start = position
        let value = try number()
        guard value.magnitude <= JSONNumber.exactLimit, let whole = Int(exactly: value) else {
            throw error(.type, "a whole number within ±2^53 was expected", at: start)
        }
        return whole
    }

    package mutating func readBool() throws(JSONError) -> Bool {
        try expect(.bool)
        if bytes[position] == UInt8(ascii: "t") {
            try literal("true")
            return true
        }
        try literal("false")
        return false
    }

    package mutating func readNull() throws(JSONError) {
        try expect(.null)
        try literal("null")
    }

    package mutating func readValue() throws(JSONError) -> JSONValue {
        switch try peekKind() {
        case .null:
            try literal("null")
            return .null
        case .bool: return .bool(try readBool())
        case .number: return .number(try number())
        case .string: return .string(try string())
        case .array:
            var elements: [JSONValue] = []
            try readArray { reader throws(JSONError) in elements.append(try reader.readValue()) }
            return .array(elements)
        case .object:
            var object = JSONObject()
            let keepsLast = !options.rejectsDuplicateKeys
            try readObject { reader, key throws(JSONError) in
                let value = try reader.readValue()
                if keepsLast { object[key] = value } else { object.appendUnchecked(key, value) }
            }
            return .object(object)
        }
    }

    package mutating func skipValue() throws(JSONError) {
        _ = try readRaw()
    }

    /// Cuts one value out as the range of its exact bytes. Only its structure is checked: whether brackets, strings and
    /// literals are well formed; duplicate keys, U+0000, numbers' ranges and depth are for whoever reads it.
    package mutating func readRaw() throws(JSONError) -> Range<Int> {
        try skipSpace()
        let start = position
        var raw = self
        raw = JSONReader(unchecked: bytes, at: position, options: .lenient)
        try raw.skipStructure()
        position = raw.position
        return start..<position
    }

    /// Nothing but white space may follow.
    package mutating func expectEnd() throws(JSONError) {
        try skipSpace()
        guard position == bytes.count else { throw error(.trailing, "\(found()) after the end of the value") }
    }

    // MARK: Pieces

    private init(unchecked bytes: [UInt8], at position: Int, options: Options) {
        self.bytes = bytes
        self.options = options
        self.position = position
        isChecked = true
    }

    private mutating func skipStructure() throws(JSONError) {
        // An own stack, so that depth costs no call frames.
        var closers: [UInt8] = []
        repeat {
            switch try peekKind() {
            case .null: try literal("null")
            case .bool: _ = try readBool()
            case .number: try skipNumber()
            case .string: try skipString()
            case .array, .object:
                let isObject = bytes[position] == UInt8(ascii: "{")
                position += 1
                closers.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
                if try closes(closers[closers.count - 1], isFirst: true, "a value") {
                    closers.removeLast()
                } else {
                    if isObject { try skipKey() }
                    continue
                }
            }
            while let closer = closers.last, try closes(closer, isFirst: false, "a value") { closers.removeLast() }
            if closers.last == UInt8(ascii: "}") { try skipKey() }
        } while !closers.isEmpty
    }

    private mutating func skipKey() throws(JSONError) {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            throw position < bytes.count ? error(.syntax, "\(found()) where a key was expected") : truncated("a key")
        }
        try skipString()
        try skipSpace()
        guard position < bytes.count else { throw truncated("“:”") }
        guard bytes[position] == UInt8(ascii: ":") else { throw error(.syntax, "\(found()) where “:” was expected") }
        position += 1
    }

    private mutating func skipString() throws(JSONError) {
        let start = position
        position += 1
        while true {
            position = bytes.withUnsafeBufferPointer { JSONScanner.runEnd(in: $0, from: position) }
            guard position < bytes.count else { throw truncated("the end of a string", from: start) }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): position += 2
            default: throw controlCharacter()
            }
        }
    }

    private mutating func skipNumber() throws(JSONError) {
        let range = try numberRange()
        position = range.upperBound
    }

    private mutating func expect(_ kind: JSONValue.Kind) throws(JSONError) {
        let next = try peekKind()
        guard next == kind else { throw error(.type, "a \(next.rawValue) where a \(kind.rawValue) was expected") }
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        guard depth <= options.maxDepth else {
            throw error(.depth, "objects and arrays are nested deeper than \(options.maxDepth)")
        }
        position += 1
    }

    /// Steps over white space and a comma; true at the closing bracket, which is stepped over too.
    private mutating func closes(_ closer: UInt8, isFirst: Bool, _ what: String) throws(JSONError) -> Bool {
        try skipSpace()
        guard position < bytes.count else { throw truncated("the end of \(what)") }
        if bytes[position] == closer {
            position += 1
            return true
        }
        if isFirst { return false }
        guard bytes[position] == UInt8(ascii: ",") else {
            throw error(.syntax, "\(found()) where “,” or the end of \(what) was expected")
        }
        position += 1
        try skipSpace()
        guard position < bytes.count else { throw truncated("what follows “,”") }
        guard bytes[position] != closer else { throw error(.syntax, "a comma before the end of \(what)") }
        return false
    }

    private mutating func skipSpace() throws(JSONError) {
        if !isChecked { try checkWhole() }
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Size, byte order mark and UTF-8 are checked once for the whole text.
    private mutating func checkWhole() throws(JSONError) {
        isChecked = true
        if let limit = options.maxBytes, bytes.count > limit {
            throw error(.size, "the text has \(bytes.count) bytes, more than \(limit)")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw error(.byteOrderMark, "the text begins with a byte order mark; JSON is UTF-8 without one")
        }
        let bad = bytes.withUnsafeBufferPointer { UTF8Bytes.firstInvalid(in: $0, from: 0, to: $0.count) }
        if let bad {
            let byte = String(bytes[bad], radix: 16, uppercase: true)
            throw error(.invalidUTF8, "the byte 0x\(byte) is no UTF-8", at: bad)
        }
    }

    private mutating func literal(_ text: StaticString) throws(JSONError) {
        let length = text.utf8CodeUnitCount
        for index in 0..<length {
            guard position + index < bytes.count else { throw truncated(String(describing: text)) }
            guard bytes[position + index] == text.utf8Start[index] else {
                throw error(.syntax, "\(found()) where a value was expected")
            }
        }
        position += length
    }

    private mutating func string() throws(JSONError) -> String {
        let start = position
        let end = bytes.withUnsafeBufferPointer { JSONScanner.runEnd(in: $0, from: start + 1) }
        if end < bytes.count, bytes[end] == UInt8(ascii: "\"") {
            position = end + 1
            return String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
        }
        return try escapedString(from: start, plainUntil: end)
    }

    private mutating func escapedString(from start: Int, plainUntil end: Int) throws(JSONError) -> String {
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

    private func controlCharacter() -> JSONError {
        let digits = String(bytes[position], radix: 16, uppercase: true)
        return error(
            .syntax,
            "the control character U+\(String(repeating: "0", count: 4 - digits.count))\(digits) stands unescaped in a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
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

    private mutating func unicodeEscape(into text: inout [UInt8]) throws(JSONError) {
        let start = position
        var value = try hexDigits(at: position + 2)
        position += 6
        if value & 0xFC00 == 0xD800 {
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw error(.syntax, "half of a surrogate pair stands alone", at: start) }
            let low = try hexDigits(at: position + 2)
            guard low & 0xFC00 == 0xDC00 else { throw error(.syntax, "half of a surrogate pair stands alone", at: start) }
            value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
            position += 6
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw error(.syntax, "half of a surrogate pair stands alone", at: start)
        }
        if value == 0 && options.rejectsNUL { throw error(.nul, "U+0000 cannot be stored", at: start) }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private func hexDigits(at start: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for index in start..<(start + 4) {
            guard index < bytes.count else { throw truncated("four hexadecimal digits") }
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(bytes[index] - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(bytes[index] - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(bytes[index] - UInt8(ascii: "A") + 10)
            default: throw error(.syntax, "\\u wants four hexadecimal digits", at: index)
            }
        }
        return value
    }

    /// The range of a number by the grammar of RFC 8259; the position stays.
    private func numberRange() throws(JSONError) -> Range<Int> {
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

    private mutating func number() throws(JSONError) -> Double {
        let range = try numberRange()
        defer { position = range.upperBound }
        // Up to fifteen digits are exact in a Double whatever they are.
        let digits = bytes[range]
        if digits.count <= 15, digits.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) {
            return Double(digits.reduce(0) { $0 &* 10 &+ Int($1 &- UInt8(ascii: "0")) })
        }
        let text = String(decoding: digits, as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw error(.numberRange, "the number \(text.prefix(40)) is too large")
        }
        guard options.requiresExactNumbers else { return value }
        let isInteger = digits.allSatisfy { $0 == UInt8(ascii: "-") || $0 &- UInt8(ascii: "0") < 10 }
        if isInteger && value.magnitude > JSONNumber.exactLimit {
            throw error(.numberRange, "the integer \(text.prefix(40)) lies beyond ±2^53 and cannot be held exactly")
        }
        if value == 0, text.prefix(while: { $0 != "e" && $0 != "E" }).contains(where: { ("1"..."9").contains($0) }) {
            throw error(.numberRange, "the number \(text.prefix(40)) is too small and would become 0")
        }
        return value
    }

    // MARK: Errors

    private func error(_ code: JSONError.Code, _ message: String, at offset: Int? = nil) -> JSONError {
        bytes.withUnsafeBufferPointer { JSONError.at(offset ?? position, of: $0, code, message) }
    }

    private func truncated(_ expected: String, from start: Int? = nil) -> JSONError {
        error(.truncated, "the text ends where \(expected) was expected", at: bytes.count)
    }

    /// What stands at the position, for messages.
    private func found() -> String {
        let byte = bytes[position]
        return byte > 0x20 && byte < 0x7F ? "“\(Character(Unicode.Scalar(byte)))”" : "the byte 0x\(String(byte, radix: 16, uppercase: true))"
    }
}
