/// What was wrong with a JSON text, where, and what was expected there.
package struct JSONError: Error, Sendable, Equatable {
    package enum Code: String, Sendable, CaseIterable {
        /// Not JSON: a wrong token, a missing comma, a control character in a string, a wrong escape.
        case syntax
        /// The text ends inside a value.
        case truncated
        /// Objects and arrays are nested deeper than the reader allows.
        case depth
        /// The text, or a line of it, is larger than the reader allows.
        case size
        case duplicateKey = "duplicate_key"
        /// U+0000 in a string or key.
        case nul
        case invalidUTF8 = "invalid_utf8"
        /// The text begins with a byte order mark.
        case byteOrderMark = "byte_order_mark"
        /// A number that cannot be held: an inexact integer beyond ±2^53, too large for a Double, or so small that it
        /// becomes 0.
        case numberRange = "number_range"
        /// Well-formed, but another kind of value was expected.
        case type
        /// Something follows the value.
        case trailing
        /// Of the right kind, but refused by whoever reads the value (`JSONReader.invalid(_:)`).
        case invalid
    }

    package var code: Code
    /// Bytes from the start of what the reader was given.
    package var offset: Int
    /// Lines end with LF; the first is 1.
    package var line: Int
    /// Code points from the start of the line; the first is 1.
    package var column: Int
    /// One line that says what was found and what was expected.
    package var message: String
    /// Keys and array indices from the outermost value to the place; empty at the top, or where unknown.
    package var path: [String]

    package init(
        code: Code, offset: Int, line: Int = 1, column: Int = 1, message: String, path: [String] = []
    ) {
        self.code = code
        self.offset = offset
        self.line = line
        self.column = column
        self.message = message
        self.path = path
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        let place = path.isEmpty ? "" : " at \(path.joined(separator: "/"))"
        return "line \(line), column \(column)\(place): \(message)"
    }
}

extension JSONError {
    /// An error at `offset` of `bytes`, with line and column counted.
    static func at(
        _ offset: Int, of bytes: UnsafeBufferPointer<UInt8>, _ code: Code, _ message: String
    ) -> JSONError {
        var line = 1
        var column = 1
        for byte in bytes[..<min(offset, bytes.count)] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return JSONError(code: code, offset: offset, line: line, column: column, message: message)
    }
}
