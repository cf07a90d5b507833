/// An immutable text with quick access by Unicode code point, the canonical unit of all offsets.
///
/// `\r\n` is one `Character` and `==` on `String` is canonical equivalence, so nothing here works on characters:
/// slices are cut by code points and compared by bytes.
package struct ArticleText: Sendable {
    /// The text as imported: never normalised, never trimmed.
    package let text: String
    /// The number of code points.
    package let length: Int
    /// The number of UTF-8 bytes.
    package let utf8Length: Int
    /// The UTF-8 offset of every `stride`th code point; empty when the text is ASCII.
    private let checkpoints: [Int]

    private static let stride = 256

    package init(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        self.text = text
        var scalars = 0
        var bytes = 0
        var checkpoints: [Int] = []
        for byte in text.utf8 {
            // Every byte that is not a continuation begins a code point.
            if byte & 0xc0 != 0x80 {
                if scalars % Self.stride == 0 { checkpoints.append(bytes) }
                scalars += 1
            }
            bytes += 1
        }
        length = scalars
        utf8Length = bytes
        self.checkpoints = scalars == bytes ? [] : checkpoints
    }

    /// The UTF-8 offset of a code point, from 0 to `length`; O(256).
    package func utf8Offset(ofScalar scalar: Int) -> Int {
        precondition(scalar >= 0 && scalar <= length, "an offset is checked against the length before it is used")
        guard !checkpoints.isEmpty else { return scalar }
        if scalar == length { return utf8Length }
        let start = checkpoints[scalar / Self.stride]
        var remaining = scalar % Self.stride
        guard remaining > 0 else { return start }
        var at = start
        let utf8 = text.utf8
        var index = utf8.index(utf8.startIndex, offsetBy: start)
        while remaining > 0 {
            utf8.formIndex(after: &index)
            at += 1
            if utf8[index] & 0xc0 != 0x80 { remaining -= 1 }
        }
        return at
    }

    /// The text of `[start, end)` in code points, or nil when that does not lie within the text.
    package subscript(start: Int, end: Int) -> Substring? {
        guard start >= 0, start <= end, end <= length else { return nil }
        let utf8 = text.utf8
        let from = utf8.index(utf8.startIndex, offsetBy: utf8Offset(ofScalar: start))
        let to = utf8.index(utf8.startIndex, offsetBy: utf8Offset(ofScalar: end))
        return text[from..<to]
    }

    /// Every place, in code points, where the bytes of `quote` stand.
    package func occurrences(of quote: String) -> [Range<Int>] {
        let needle = Array(quote.utf8)
        guard !needle.isEmpty else { return [] }
        let quoteLength = quote.unicodeScalars.count
        let haystack = Array(text.utf8)
        guard haystack.count >= needle.count else { return [] }
        var found: [Range<Int>] = []
        var scalar = 0
        for at in 0...(haystack.count - needle.count) {
            guard haystack[at] & 0xc0 != 0x80 else { continue }
            if haystack[at] == needle[0], haystack[at..<(at + needle.count)].elementsEqual(needle) {
                found.append(scalar..<(scalar + quoteLength))
            }
            scalar += 1
        }
        return found
    }
}

/// A unit of text offsets. The canonical one is the code point; the others are converted at the edge.
package enum OffsetUnit: String, Sendable, CaseIterable {
    case codepoint, utf16, utf8
}

/// An offset that names no place between two code points of its text.
package enum OffsetError: Error, Sendable, Hashable {
    /// Below 0 or beyond the text's end.
    case outOfRange(offset: Int, length: Int)
    /// Inside a surrogate pair or a UTF-8 sequence.
    case splitsScalar(offset: Int)
}

extension ArticleText {
    /// The code point offset that an offset in another unit names; never rounded. O(n) but for code points.
    package func codepoint(from offset: Int, unit: OffsetUnit) throws(OffsetError) -> Int {
        switch unit {
        case .codepoint:
            guard offset >= 0, offset <= length else { throw .outOfRange(offset: offset, length: length) }
            return offset
        case .utf8:
            guard offset >= 0, offset <= utf8Length else { throw .outOfRange(offset: offset, length: utf8Length) }
            return try walk(to: offset) { UTF8.width($0) }
        case .utf16:
            guard offset >= 0, offset <= text.utf16.count else {
                throw .outOfRange(offset: offset, length: text.utf16.count)
            }
            return try walk(to: offset) { UTF16.width($0) }
        }
    }

    /// The offset in another unit of a code point offset; O(n) but for code points.
    package func offset(ofCodepoint codepoint: Int, unit: OffsetUnit) throws(OffsetError) -> Int {
        guard codepoint >= 0, codepoint <= length else { throw .outOfRange(offset: codepoint, length: length) }
        switch unit {
        case .codepoint: return codepoint
        case .utf8: return utf8Offset(ofScalar: codepoint)
        case .utf16: return text.unicodeScalars.prefix(codepoint).reduce(0) { $0 + UTF16.width($1) }
        }
    }

    private func walk(to offset: Int, width: (Unicode.Scalar) -> Int) throws(OffsetError) -> Int {
        var units = 0
        var scalars = 0
        for scalar in text.unicodeScalars {
            if units >= offset { break }
            units += width(scalar)
            scalars += 1
        }
        guard units == offset else { throw .splitsScalar(offset: offset) }
        return scalars
    }
}
