import ArgumentParser

/// `332:348`: a span in Unicode code points, half open, from 0.
struct SpanArgument: Sendable, Hashable {
    var start: Int
    var end: Int

    /// Reads `START:END`; the message of the error is one sentence.
    static func parse(_ text: String) throws -> SpanArgument {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let start = number(parts[0]), let end = number(parts[1]) else {
            throw ValidationError("write START:END in code points, as in 332:348")
        }
        guard start <= end else { throw ValidationError("a span ends at or after its start") }
        return SpanArgument(start: start, end: end)
    }

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            return nil
        }
        return Int(text)
    }
}
