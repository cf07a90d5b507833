import AnnotationClient
import AnnotationModel
import CommandSupport
import JSONText

/// Rows as one line for people.
enum Shown {
    /// `stance=pro certain=true`, by key.
    static func attributes(_ attributes: Attributes) -> String {
        attributes.keys.sorted().map { "\($0)=\(value(attributes[$0] ?? .null))" }.joined(separator: " ")
    }

    /// A value as it would be typed.
    static func value(_ value: JSONValue) -> String {
        (value.stringValue ?? value.canonicalText).printable()
    }

    /// `“Ada Lindqvist” 87:100`, with every piece of several; `width` cuts the quote down to a readable rest.
    static func place(_ anchor: Anchor, in text: ArticleText? = nil, width: Int? = nil) -> String {
        guard !anchor.spans.isEmpty else { return "the whole article" }
        let places = spans(anchor)
        let limit = max(12, min(width.map { $0 - places.displayWidth - 3 } ?? 60, 60))
        return "“\(quote(anchor, in: text).truncated(toWidth: limit))” \(places)"
    }

    /// `10:12,15:18`.
    static func spans(_ anchor: Anchor) -> String {
        anchor.spans.map { "\($0.start):\($0.end)" }.joined(separator: ",")
    }

    /// The covered text; pieces are joined by an ellipsis.
    static func quote(_ anchor: Anchor, in text: ArticleText? = nil) -> String {
        anchor.spans.map { span in
            switch span.quote {
            case .text(let quote): quote.printable()
            case .digest: text.flatMap { $0[span.start, span.end] }.map { String($0).printable() } ?? "(a long text)"
            }
        }.joined(separator: " … ")
    }

    static func line(_ item: AnnotationItem) -> String {
        let annotation = item.annotation
        var parts = [annotation.id.text, annotation.label.printable(), place(annotation.anchor)]
        let attributes = attributes(annotation.attributes)
        if !attributes.isEmpty { parts.append(attributes) }
        if annotation.state == .final { parts.append("final") }
        parts.append("by \(item.author.printable())")
        parts += item.comments.map { "(\($0.author.printable()): \($0.comment.text.printable()))" }
        return parts.joined(separator: "  ")
    }

    static func line(_ item: RelationItem) -> String {
        let relation = item.relation
        let attributes = attributes(relation.attributes)
        return [
            relation.id.text, relation.label.printable(), "\(relation.from.text) → \(relation.to.text)", attributes,
            "by \(item.author.printable())",
        ].filter { !$0.isEmpty }.joined(separator: "  ")
    }

    static func line(_ item: CommentItem) -> String {
        "\(item.comment.id.text)  on \(item.comment.annotationID.text)  \(item.author.printable()): "
            + item.comment.text.printable()
    }

    static func line(_ item: EntityItem) -> String {
        switch item {
        case .annotation(let item): line(item)
        case .relation(let item): line(item)
        case .comment(let item): line(item)
        }
    }

    /// One side of a conflict: the value as far as a line can show it, and who set it.
    static func side(_ side: ConflictSide, field: String, by: String) -> String {
        let text: String
        if field == "anchor", let anchor = try? Anchor(json: side.value) {
            text = place(anchor)
        } else if field == "deleted", let isDeleted = side.value.boolValue {
            text = isDeleted ? "deleted" : "not deleted"
        } else if side.value.isNull {
            text = "none"
        } else {
            text = value(side.value).truncated(toWidth: 40)
        }
        return "\(text) (\(by.printable()))"
    }
}
