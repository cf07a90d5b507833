package import AnnotationModel
package import JSONText

/// Where an annotation is to stand, as a person says it.
package enum PlaceInput: Sendable, Hashable {
    /// The article as a whole.
    case document
    /// Pieces in code points; they are sorted here.
    case spans([Range<Int>])
    /// A text that stands there; the occurrence counts from 1 and may be left out where there is only one.
    case quote(String, occurrence: Int? = nil)
}

/// An attribute as a person says it.
package enum AttributeInput: Sendable, Hashable {
    /// Typed by what the label declares: `true` is a boolean only where one is wanted.
    case text(String)
    case value(JSONValue)
    /// Takes the attribute away; only in edits.
    case remove
}

/// A new annotation.
package struct AnnotationDraft: Sendable {
    package var label: String
    package var place: PlaceInput
    package var attributes: [String: AttributeInput]
    /// A first comment, made in the same mutation.
    package var comment: String?
    /// Nil: what the project writes, `own` or `shared`.
    package var layer: Layer?
    package var state: AnnotationState

    package init(
        label: String, place: PlaceInput, attributes: [String: AttributeInput] = [:], comment: String? = nil,
        layer: Layer? = nil, state: AnnotationState = .draft
    ) {
        self.label = label
        self.place = place
        self.attributes = attributes
        self.comment = comment
        self.layer = layer
        self.state = state
    }
}

/// What is to change of an annotation, a relation (label, attributes) or a comment (text); nil stays as it is.
package struct EntityEdit: Sendable {
    package var label: String?
    package var place: PlaceInput?
    package var attributes: [String: AttributeInput]
    package var state: AnnotationState?
    package var text: String?

    package init(
        label: String? = nil, place: PlaceInput? = nil, attributes: [String: AttributeInput] = [:],
        state: AnnotationState? = nil, text: String? = nil
    ) {
        self.label = label
        self.place = place
        self.attributes = attributes
        self.state = state
        self.text = text
    }
}

/// How a conflict is settled.
package enum ResolveChoice: Sendable, Hashable {
    /// The value made on this clone, else by this user; or the other one.
    case mine, theirs
    /// The sides as the conflict names them.
    case kept, other
    /// A third value of the field.
    case value(JSONValue)
}
