/// What keeps bytes from being a text that can be stored: not UTF-8, or U+0000.
struct TextFault: Error, Sendable, Hashable {
    var code: Diagnostic.Code
    /// Bytes from the start of what was looked at.
    var offset: Int
    /// Lines from the start of what was looked at, from 1; they end with LF.
    var line: Int
    /// One line that says what stands there.
    var message: String
    var snippet: String
}

/// Strict UTF-8: no overlong form, no surrogate, no cut sequence, nothing beyond U+10FFFF, and no U+0000.
enum StrictUTF8 {
    /// The text of the bytes, exactly. `base` is where they begin in the file: messages count from the file's start.
    static func text(of bytes: ArraySlice<UInt8>, base: Int = 0) throws(TextFault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let at = firstInvalid(in: bytes)
            throw fault(.invalidUTF8, at, in: bytes, base, reason(at, in: bytes))
        }
        if let at = bytes.firstIndex(of: 0) {
            throw fault(.nulCharacter, at - bytes.startIndex, in: bytes, base, "U+0000, which no text may contain,")
        }
        return text
    }

    /// The offset of the first byte that cannot belong to UTF-8.
    private static func firstInvalid(in bytes: ArraySlice<UInt8>) -> Int {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let scalar): offset += scalar.count
            case .error, .emptyInput: return offset
            }
        }
    }

    private static func reason(_ at: Int, in bytes: ArraySlice<UInt8>) -> String {
        let rest = bytes[(bytes.startIndex + at)...]
        if at == 0, rest.starts(with: [0xff, 0xfe]) || rest.starts(with: [0xfe, 0xff]) {
            return "a UTF-16 byte order mark (UTF-8 is expected)"
        }
        let shown = rest.prefix(3).map(hex).joined(separator: " ")
        return isCut(rest) ? "\(shown), a sequence that the end cuts," : "\(shown), which is not UTF-8,"
    }

    /// Whether more bytes could have made a character of these.
    private static func isCut(_ rest: ArraySlice<UInt8>) -> Bool {
        // The smallest and largest continuations show whether there is any right one.
        for continuation in [UInt8(0x80), 0xbf] where rest.count < 4 {
            for missing in 1...(4 - rest.count) {
                let whole = rest + repeatElement(continuation, count: missing)
                if String(validating: whole, as: UTF8.self)?.unicodeScalars.count == 1 { return true }
            }
        }
        return false
    }

    private static func fault(
        _ code: Diagnostic.Code, _ at: Int, in bytes: ArraySlice<UInt8>, _ base: Int, _ what: String
    ) -> TextFault {
        let place = bytes.startIndex + at
        let line = 1 + bytes[..<place].count { $0 == UInt8(ascii: "\n") }
        return TextFault(
            code: code, offset: at, line: line, message: "\(what) at byte \(base + at)",
            snippet: Snippet.around(at, in: bytes))
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }
}

/// Pieces of the input for people to look at.
enum Snippet {
    static let length = 80

    /// At most 80 code points around a byte; what is not UTF-8 shows as U+FFFD, and U+0000 as its picture.
    static func around(_ offset: Int, in bytes: ArraySlice<UInt8>) -> String {
        let place = min(bytes.startIndex + offset, bytes.endIndex)
        var from = max(bytes.startIndex, place - 40)
        while from > bytes.startIndex, bytes[from] & 0xc0 == 0x80 { from -= 1 }
        let to = min(bytes.endIndex, place + 40 * 4)
        return head(String(decoding: bytes[from..<to], as: UTF8.self))
    }

    /// The first 80 code points.
    static func head(_ text: some StringProtocol) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(length) { scalars.append(scalar == "\0" ? "\u{2400}" : scalar) }
        return String(scalars)
    }
}
