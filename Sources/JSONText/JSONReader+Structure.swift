/// What stands between values: white space, brackets, commas, and the skipping of whole values.
extension JSONReader {
    mutating func skipStructure() throws(JSONError) {
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
                guard try closes(closers[closers.count - 1], isFirst: true, "a value") else {
                    if isObject { try skipKey() }
                    continue
                }
                closers.removeLast()
            }
            while let closer = closers.last, try closes(closer, isFirst: false, "a value") { closers.removeLast() }
            if closers.last == UInt8(ascii: "}") { try skipKey() }
        } while !closers.isEmpty
    }

    mutating func skipKey() throws(JSONError) {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            throw position < bytes.count ? error(.syntax, "\(found()) where a key was expected") : truncated("a key")
        }
        try skipString()
        try skipSpace()
        guard position < bytes.count else { throw truncated("“:”") }
        guard bytes[position] == UInt8(ascii: ":") else { throw error(.syntax, "\(found()) where “:” was expected") }
        position += 1
    }

    mutating func skipString() throws(JSONError) {
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

    mutating func skipNumber() throws(JSONError) {
        let range = try numberRange()
        position = range.upperBound
    }

    mutating func expect(_ kind: JSONValue.Kind) throws(JSONError) {
        let next = try peekKind()
        guard next == kind else { throw error(.type, "a \(next.rawValue) where a \(kind.rawValue) was expected") }
    }

    mutating func enter() throws(JSONError) {
        depth += 1
        guard depth <= options.maxDepth else {
            throw error(.depth, "objects and arrays are nested deeper than \(options.maxDepth)")
        }
        position += 1
    }

    /// Steps over white space and a comma; true at the closing bracket, which is stepped over too.
    mutating func closes(_ closer: UInt8, isFirst: Bool, _ what: String) throws(JSONError) -> Bool {
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

    mutating func skipSpace() throws(JSONError) {
        if !isChecked { try checkWhole() }
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Size, byte order mark and UTF-8 are checked once for the whole text.
    mutating func checkWhole() throws(JSONError) {
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

    func error(_ code: JSONError.Code, _ message: String, at offset: Int? = nil) -> JSONError {
        bytes.withUnsafeBufferPointer { JSONError.at(offset ?? position, of: $0, code, message) }
    }

    func truncated(_ expected: String, from start: Int? = nil) -> JSONError {
        error(.truncated, "the text ends where \(expected) was expected", at: bytes.count)
    }

    /// What stands at the position, for messages.
    func found() -> String {
        let byte = bytes[position]
        return byte > 0x20 && byte < 0x7F
            ? "“\(Character(Unicode.Scalar(byte)))”" : "the byte 0x\(String(byte, radix: 16, uppercase: true))"
    }
}
