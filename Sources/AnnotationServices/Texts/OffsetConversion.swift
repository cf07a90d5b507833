package import AnnotationModel
package import Digest
package import JSONText
package import SyncProtocol

/// Turns the offsets of anchors between code points and the unit that a caller counts in. Nothing is rounded: an
/// offset inside of a code point is refused.
package struct OffsetConversion: Sendable {
    package let unit: OffsetUnit
    private let texts: [SHA256Digest: ArticleText]

    package init(unit: OffsetUnit, texts: [SHA256Digest: ArticleText]) {
        self.unit = unit
        self.texts = texts
    }

    /// Code points both ways.
    package static let none = OffsetConversion(unit: .codepoint, texts: [:])

    /// The versions that anchors name: `{article_version, spans}`.
    package static func versions(in anchors: [JSONValue]) -> Set<SHA256Digest> {
        Set(anchors.compactMap { $0["article_version"]?.stringValue.flatMap { SHA256Digest(hex: $0) } })
    }

    // MARK: Out

    /// An anchor of the store, with offsets as the caller counts.
    package func outgoing(_ anchor: Anchor) -> Anchor {
        guard unit != .codepoint, let text = texts[anchor.articleVersion] else { return anchor }
        var anchor = anchor
        for index in anchor.spans.indices {
            anchor.spans[index].start = Self.offset(anchor.spans[index].start, in: text, unit)
            anchor.spans[index].end = Self.offset(anchor.spans[index].end, in: text, unit)
        }
        return anchor
    }

    /// The same for an anchor that is JSON, as in a conflict.
    package func outgoing(json anchor: JSONValue) -> JSONValue {
        guard let text = text(of: anchor) else { return anchor }
        return (try? Self.mapped(anchor) { offset in Self.offset(offset, in: text, unit) }) ?? anchor
    }

    // The stored spans have been checked against their text: they lie within.
    private static func offset(_ codepoint: Int, in text: ArticleText, _ unit: OffsetUnit) -> Int {
        (try? text.offset(ofCodepoint: codepoint, unit: unit)) ?? codepoint
    }

    // MARK: In

    /// An anchor that came in, with offsets in code points. What cannot be read stays: the planner says what is wrong.
    package func incoming(_ anchor: JSONValue) throws(Problem) -> JSONValue {
        guard let text = text(of: anchor) else { return anchor }
        return try Self.mapped(anchor) { offset throws(Problem) in
            do throws(OffsetError) {
                return try text.codepoint(from: offset, unit: unit)
            } catch {
                throw refusal(of: error)
            }
        }
    }

    private func refusal(of error: OffsetError) -> Problem {
        switch error {
        case .outOfRange(let offset, let length):
            Problem(
                refused: .offsetOutOfRange,
                "the offset \(offset) does not lie within the text of \(length) units of \(unit.rawValue)")
        case .splitsScalar(let offset):
            Problem(
                refused: .offsetSplitsScalar,
                "the offset \(offset), counted in \(unit.rawValue), lies inside of a character; it is not rounded")
        }
    }

    private func text(of anchor: JSONValue) -> ArticleText? {
        guard unit != .codepoint, let hex = anchor["article_version"]?.stringValue,
            let sha256 = SHA256Digest(hex: hex)
        else { return nil }
        return texts[sha256]
    }

    private static func mapped(
        _ anchor: JSONValue, _ convert: (Int) throws(Problem) -> Int
    ) throws(Problem) -> JSONValue {
        guard var object = anchor.objectValue, let spans = object["spans"]?.arrayValue else { return anchor }
        var converted: [JSONValue] = []
        converted.reserveCapacity(spans.count)
        for span in spans {
            guard var members = span.objectValue else {
                converted.append(span)
                continue
            }
            for name in ["start", "end"] {
                guard let offset = members[name]?.intValue else { continue }
                members[name] = .number(Double(try convert(offset)))
            }
            converted.append(.object(members))
        }
        object["spans"] = .array(converted)
        return .object(object)
    }
}
