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
        /// Refuses integers that no Double holds (beyond ±2^53 only the digits that we would write are taken: no others
        /// tell which number was meant), and numbers that are too large or so small that they become 0.
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
    let bytes: [UInt8]
    var position: Int
    var depth = 0
    var isChecked = false

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
        var keys = KeySet()
        var isFirst = true
        while try !closes(UInt8(ascii: "}"), isFirst: isFirst, "an object") {
            isFirst = false
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw position < bytes.count
                    ? error(.syntax, "\(found()) where a key was expected") : truncated("a key")
            }
            let start = position
            let key = try string()
            if options.rejectsDuplicateKeys && !keys.insert(key) {
                throw error(.duplicateKey, "the key “\(key)” stands twice in one object", at: start)
            }
            try skipSpace()
            guard position < bytes.count else { throw truncated("“:”") }
            guard bytes[position] == UInt8(ascii: ":") else {
                throw error(.syntax, "\(found()) where “:” was expected")
            }
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
        var raw = JSONReader(unchecked: bytes, at: position, options: .lenient)
        try raw.skipStructure()
        position = raw.position
        return start..<position
    }

    /// Nothing but white space may follow.
    package mutating func expectEnd() throws(JSONError) {
        try skipSpace()
        guard position == bytes.count else { throw error(.trailing, "\(found()) after the end of the value") }
    }

    init(unchecked bytes: [UInt8], at position: Int, options: Options) {
        self.bytes = bytes
        self.options = options
        self.position = position
        isChecked = true
    }
}
