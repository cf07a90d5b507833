package import AnnotationModel
import CommandSupport
package import JSONText

/// What `--value` means for the field of a conflict.
package enum ConflictValue {
    /// The value as the protocol wants it. `text` gives the current text of an article, which an anchor is cut from.
    package static func parse(
        _ value: String, for conflict: Conflict, text: (EntityID) throws -> ArticleText
    ) throws -> JSONValue {
        switch conflict.field {
        case "anchor": return try anchor(value, for: conflict, in: try text(conflict.articleID))
        case "deleted": return .bool(try boolean(value, conflict.field))
        default:
            guard Row.attributeKey(conflict.field) != nil else { return .string(value) }
            return try attribute(value, for: conflict)
        }
    }

    /// Typed like the values in conflict, of which one may be null: removed.
    private static func attribute(_ value: String, for conflict: Conflict) throws -> JSONValue {
        if value.isEmpty { return .null }
        switch [conflict.kept.value, conflict.other.value].first(where: { !$0.isNull }) {
        case .bool: return .bool(try boolean(value, conflict.field))
        case .number:
            guard case .number(let number)? = try? JSONValue(parsing: value) else {
                throw CommandFailure.usage("\(conflict.field) is a number, not “\(value)”")
            }
            return .number(number)
        default: return .string(value)
        }
    }

    private static func boolean(_ value: String, _ field: String) throws -> Bool {
        switch value {
        case "true": return true
        case "false": return false
        default: throw CommandFailure.usage("\(field) is true or false, not “\(value)”")
        }
    }

    /// `10:12,15:18` on the version of the text that the kept value stands on.
    private static func anchor(_ value: String, for conflict: Conflict, in text: ArticleText) throws -> JSONValue {
        guard let kept = try? Anchor(json: conflict.kept.value) else {
            throw CommandFailure.usage("the anchor in conflict cannot be read; choose --kept or --other")
        }
        var spans: [Span] = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let span = try? SpanArgument.parse(String(part)) else {
                throw CommandFailure.usage("an anchor is START:END,… in code points, not “\(value)”")
            }
            guard let covered = text[span.start, span.end] else {
                throw CommandFailure.usage(
                    "the span \(span.start):\(span.end) does not lie within the text of \(text.length) code points")
            }
            spans.append(Span(start: span.start, end: span.end, quote: Quote(covering: covered)))
        }
        return Anchor(articleVersion: kept.articleVersion, spans: spans.sorted { $0.start < $1.start }).json
    }
}
