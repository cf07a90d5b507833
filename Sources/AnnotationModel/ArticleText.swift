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
    /// The number of UTF-16 code units.
    package let utf16Length: Int
    /// The offsets of every `stride`th code point; empty when the text is ASCII, where all units are one.
    private let checkpoints: [Checkpoint]

    private struct Checkpoint {
        var utf8: Int
        var utf16: Int
    }

    private static let stride = 256

    package init(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        var scalars = 0
        var astral = 0
        var checkpoints: [Checkpoint] = []
        let bytes = text.utf8.count
        text.utf8.withContiguousStorageIfAvailable { buffer in
            for position in 0..<buffer.count {
                let byte = buffer[position]
                // Every byte that is not a continuation begins a code point; from F0 on it takes two UTF-16 units.
                guard byte & 0xc0 != 0x80 else { continue }
                if scalars % Self.stride == 0 {
                    checkpoints.append(Checkpoint(utf8: position, utf16: scalars + astral))
                }
                scalars += 1
                if byte >= 0xf0 { astral += 1 }
            }
        }
        self.text = text
        length = scalars
        utf8Length = bytes
        utf16Length = scalars + astral
        self.checkpoints = scalars == bytes ? [] : checkpoints
    }

    /// The UTF-8 offset of a code point, from 0 to `length`; O(256).
    package func utf8Offset(ofScalar scalar: Int) -> Int {
        precondition(scalar >= 0 && scalar <= length, "an offset is checked against the length before it is used")
        guard !checkpoints.isEmpty else { return scalar }
        guard scalar < length else { return utf8Length }
        return walk(from: scalar / Self.stride) { $0.scalar >= scalar }.utf8
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
    /// The length in a unit.
    package func length(in unit: OffsetUnit) -> Int {
        switch unit {
        case .codepoint: length
        case .utf8: utf8Length
        case .utf16: utf16Length
        }
    }

    /// The code point offset that an offset in another unit names; never rounded. O(256 + log n).
    package func codepoint(from offset: Int, unit: OffsetUnit) throws(OffsetError) -> Int {
        let total = length(in: unit)
        guard offset >= 0, offset <= total else { throw .outOfRange(offset: offset, length: total) }
        guard unit != .codepoint, !checkpoints.isEmpty else { return offset }
        guard offset < total else { return length }
        // The last checkpoint at or before the offset.
        var low = 0
        var high = checkpoints.count
        while high - low > 1 {
            let middle = (low + high) / 2
            let at = unit == .utf8 ? checkpoints[middle].utf8 : checkpoints[middle].utf16
            if at <= offset { low = middle } else { high = middle }
        }
        let place = walk(from: low) { (unit == .utf8 ? $0.utf8 : $0.utf16) >= offset }
        guard (unit == .utf8 ? place.utf8 : place.utf16) == offset else { throw .splitsScalar(offset: offset) }
        return place.scalar
    }

    /// The offset in another unit of a code point offset; O(256).
    package func offset(ofCodepoint codepoint: Int, unit: OffsetUnit) throws(OffsetError) -> Int {
        guard codepoint >= 0, codepoint <= length else { throw .outOfRange(offset: codepoint, length: length) }
        guard unit != .codepoint, !checkpoints.isEmpty else { return codepoint }
        guard codepoint < length else { return length(in: unit) }
        let place = walk(from: codepoint / Self.stride) { $0.scalar >= codepoint }
        return unit == .utf8 ? place.utf8 : place.utf16
    }

    /// One place between two code points, in all units.
    private struct Place {
        var scalar: Int
        var utf8: Int
        var utf16: Int
    }

    /// The first place at or after a checkpoint of which `arrived` says so, or the end of the text.
    private func walk(from checkpoint: Int, until arrived: (Place) -> Bool) -> Place {
        let start = checkpoints[checkpoint]
        var place = Place(scalar: checkpoint * Self.stride, utf8: start.utf8, utf16: start.utf16)
        text.utf8.withContiguousStorageIfAvailable { buffer in
            while place.utf8 < buffer.count, !arrived(place) {
                let lead = buffer[place.utf8]
                place.scalar += 1
                place.utf8 += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
                place.utf16 += lead < 0xf0 ? 1 : 2
            }
        }
        return place
    }
}
