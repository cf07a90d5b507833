#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Cuts a stream of bytes into lines, holding one line and the chunk it came with.
///
/// Only LF ends a line, and one CR before it belongs to the end: U+0085 and U+2028 stand raw in strings. The last
/// line needs no end. A line over the limit is dropped while it streams by, and told.
struct LineCutter: Sendable {
    struct Line {
        /// From 1.
        var number: Int
        /// Without its end; empty when the line was too long.
        var bytes: ArraySlice<UInt8>
        /// The line's size when it was too long to be held.
        var oversize: Int?
        /// Whether the input ended without a line end.
        var isUnterminated: Bool
    }

    private let limit: Int
    private var buffer: [UInt8] = []
    /// Where the next line begins, and up to where no line end was found.
    private var start = 0
    private var searched = 0
    private var number = 0
    /// Bytes of the present line that were dropped already.
    private var dropped = 0
    private var hasEnded = false

    init(limit: Int) { self.limit = limit }

    mutating func feed(_ chunk: ArraySlice<UInt8>) {
        if start > 0 {
            buffer.removeSubrange(..<start)
            searched -= start
            start = 0
        }
        buffer.append(contentsOf: chunk)
    }

    mutating func finish() { hasEnded = true }

    /// The next whole line; nil when more bytes are needed, and at the end.
    mutating func next() -> Line? {
        if let end = lineEnd() {
            defer {
                start = end + 1
                searched = start
            }
            return line(to: end, isUnterminated: false)
        }
        searched = buffer.count
        if hasEnded {
            guard start < buffer.count || dropped > 0 else { return nil }
            defer { start = buffer.count }
            return line(to: buffer.count, isUnterminated: true)
        }
        if dropped + buffer.count - start > limit {
            dropped += buffer.count - start
            buffer.removeAll(keepingCapacity: true)
            (start, searched) = (0, 0)
        }
        return nil
    }

    private mutating func line(to end: Int, isUnterminated: Bool) -> Line {
        number += 1
        let size = dropped + end - start
        dropped = 0
        guard size <= limit else {
            return Line(number: number, bytes: [], oversize: size, isUnterminated: isUnterminated)
        }
        var bytes = buffer[start..<end]
        if !isUnterminated, bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return Line(number: number, bytes: bytes, oversize: nil, isUnterminated: isUnterminated)
    }

    private func lineEnd() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard searched < bytes.count, let base = bytes.baseAddress else { return nil }
            let from = base + searched
            return memchr(from, Int32(UInt8(ascii: "\n")), bytes.count - searched).map {
                searched + ($0 - UnsafeMutableRawPointer(mutating: from))
            }
        }
    }
}
