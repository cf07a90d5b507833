package import Digest

/// What a span says it covers: the exact text, or its SHA-256 when it is longer than `Quote.inlineLimit` code points.
package enum Quote: Sendable, Hashable {
    case text(String)
    case digest(SHA256Digest)

    /// Longer quotes are carried as digests, on the wire, in the store and in exports.
    package static let inlineLimit = 1024

    /// The quote of a covered text, in the form that its length asks for.
    package init(covering covered: some StringProtocol) {
        // As many bytes are at most as many code points.
        if covered.utf8.count > Self.inlineLimit, covered.unicodeScalars.count > Self.inlineLimit {
            self = .digest(SHA256.hash(covered.utf8))
        } else {
            self = .text(String(covered))
        }
    }

    /// Whether the covered text is exactly what is quoted, byte for byte.
    package func matches(_ covered: some StringProtocol) -> Bool {
        switch self {
        case .text(let quote): ExactString.equal(quote, covered)
        case .digest(let digest): SHA256.hash(covered.utf8) == digest
        }
    }

    package static func == (left: Quote, right: Quote) -> Bool {
        switch (left, right) {
        case (.text(let left), .text(let right)): ExactString.equal(left, right)
        case (.digest(let left), .digest(let right)): left == right
        default: false
        }
    }

    /// The quote in the only form that rows have: a text over the limit becomes its digest.
    package var normalized: Quote {
        if case .text(let text) = self { Quote(covering: text) } else { self }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .text(let text): hasher.combine(ExactString(text))
        case .digest(let digest): hasher.combine(digest)
        }
    }
}

/// One contiguous piece of an article version: `[start, end)` in code points from 0, and what stands there.
package struct Span: Sendable, Hashable {
    package var start: Int
    package var end: Int
    package var quote: Quote

    package init(start: Int, end: Int, quote: Quote) {
        self.start = start
        self.end = end
        self.quote = quote
    }
}

/// Where an annotation stands: an article version and its spans, sorted and disjoint; none at document level.
///
/// One field for the merge: it changes whole, never half.
package struct Anchor: Sendable, Hashable {
    package var articleVersion: SHA256Digest
    package var spans: [Span]

    package init(articleVersion: SHA256Digest, spans: [Span]) {
        self.articleVersion = articleVersion
        self.spans = spans
    }
}

/// Why an anchor does not fit its text or its label. The codes are those of the protocol.
package enum AnchorError: Error, Sendable, Hashable {
    /// The length is nil where the text was not at hand.
    case offsetOutOfRange(start: Int, end: Int, length: Int?)
    /// A digest stands where the text itself is short enough to be quoted.
    case quoteMissing(start: Int, end: Int)
    case quoteMismatch(start: Int, end: Int, said: String, found: String)
    /// Unsorted, overlapping, empty where the label does not allow it, or a number of spans that the label's kind forbids.
    case spanInvalid(String)

    package var code: String {
        switch self {
        case .offsetOutOfRange: "offset_out_of_range"
        case .quoteMissing: "quote_missing"
        case .quoteMismatch: "quote_mismatch"
        case .spanInvalid: "span_invalid"
        }
    }

    package var message: String {
        switch self {
        case .offsetOutOfRange(let start, let end, let length?):
            "the span \(start):\(end) does not lie within the text of \(length) code points"
        case .offsetOutOfRange(let start, let end, nil):
            "the span \(start):\(end) begins before the text or ends before it begins"
        case .quoteMissing(let start, let end):
            "the span \(start):\(end) has a digest for a quote, which only one over \(Quote.inlineLimit) code points has"
        case .quoteMismatch(let start, let end, let said, let found):
            "the span \(start):\(end) is quoted as \(excerpt(said)), but the text there is \(excerpt(found))"
                // Canonical equivalence, for once: what looks alike needs the reason told.
                + (said == found ? ", which looks alike but has other code points" : "")
        case .spanInvalid(let reason): reason
        }
    }

    private func excerpt(_ text: String) -> String {
        let head = text.unicodeScalars.prefix(80)
        return "“\(String(String.UnicodeScalarView(head)))\(head.count < text.unicodeScalars.count ? "…" : "")”"
    }
}

extension Anchor {
    /// Checks the order of the spans, and each against the text it names.
    package func check(in text: ArticleText, allowsZeroWidth: Bool) throws(AnchorError) {
        for span in spans where span.start < 0 || span.start > span.end || span.end > text.length {
            throw .offsetOutOfRange(start: span.start, end: span.end, length: text.length)
        }
        try checkShape(allowsZeroWidth: allowsZeroWidth)
        for span in spans {
            guard let covered = text[span.start, span.end] else {
                throw .offsetOutOfRange(start: span.start, end: span.end, length: text.length)
            }
            guard span.quote.matches(covered) else {
                let said =
                    switch span.quote {
                    case .text(let quote): quote
                    case .digest(let digest): "sha256:" + digest.hex
                    }
                throw .quoteMismatch(start: span.start, end: span.end, said: said, found: String(covered))
            }
            if case .digest = span.quote, span.end - span.start <= Quote.inlineLimit {
                throw .quoteMissing(start: span.start, end: span.end)
            }
        }
    }

    /// Checks what can be checked without the text: spans are sorted, disjoint and not empty unless allowed.
    package func checkShape(allowsZeroWidth: Bool) throws(AnchorError) {
        var previous: Span?
        for span in spans {
            guard span.start >= 0, span.start <= span.end else {
                throw .offsetOutOfRange(start: span.start, end: span.end, length: nil)
            }
            guard span.start < span.end || allowsZeroWidth else {
                throw .spanInvalid("the span \(span.start):\(span.end) is empty, and its label allows no zero width")
            }
            if let previous, span.start < previous.end || span.start == previous.start {
                let both = "\(previous.start):\(previous.end) and \(span.start):\(span.end)"
                throw .spanInvalid("the spans \(both) of one annotation overlap or are not sorted")
            }
            previous = span
        }
    }
}
