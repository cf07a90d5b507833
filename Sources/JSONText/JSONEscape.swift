/// Strings as JSON text: only `"`, `\` and U+0000–U+001F are escaped, in the short form where there is one.
enum JSONEscape {
    static func append(_ string: String, to bytes: inout [UInt8]) {
        let done: Void? = string.utf8.withContiguousStorageIfAvailable { append($0, to: &bytes) }
        if done == nil {
            Array(string.utf8).withUnsafeBufferPointer { append($0, to: &bytes) }
        }
    }

    static func append(_ string: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        while true {
            let end = JSONScanner.runEnd(in: string, from: start)
            if end > start {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: string[start..<end]))
            }
            guard end < string.count else { break }
            appendEscaped(string[end], to: &bytes)
            start = end + 1
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func appendEscaped(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            for digit in [byte >> 4, byte & 0xF] {
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }
}
