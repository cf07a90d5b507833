package import AnnotationModel

/// One annotation in a file.
package struct AnnotationRecord: Sendable, Hashable {
    /// The file's own, or derived from project, external id and place in the row, so that a rerun finds it again.
    package var id: EntityID
    /// The author's name; nil where the format carries none.
    package var author: String?
    /// Nil where the format carries none: the project's settings decide.
    package var layer: Layer?
    package var label: String
    package var attributes: Attributes
    /// Checked against its text: spans are in range, sorted and disjoint, and quotes match.
    package var anchor: Anchor
    package var state: AnnotationState
    /// Nil where the format carries none: the moment of the import.
    package var createdAt: Timestamp?
    package var comments: [CommentRecord]

    package init(
        id: EntityID, author: String? = nil, layer: Layer? = nil, label: String, attributes: Attributes = [:],
        anchor: Anchor, state: AnnotationState = .draft, createdAt: Timestamp? = nil, comments: [CommentRecord] = []
    ) {
        self.id = id
        self.author = author
        self.layer = layer
        self.label = label
        self.attributes = attributes
        self.anchor = anchor
        self.state = state
        self.createdAt = createdAt
        self.comments = comments
    }
}

/// One remark on the annotation that holds it.
package struct CommentRecord: Sendable, Hashable {
    package var id: EntityID
    package var author: String?
    package var text: String
    package var createdAt: Timestamp?

    package init(id: EntityID, author: String? = nil, text: String, createdAt: Timestamp? = nil) {
        self.id = id
        self.author = author
        self.text = text
        self.createdAt = createdAt
    }
}

/// One link between two annotations of the same record.
package struct RelationRecord: Sendable, Hashable {
    package var id: EntityID
    package var author: String?
    package var layer: Layer?
    package var label: String
    package var attributes: Attributes
    package var from: EntityID
    package var to: EntityID
    package var createdAt: Timestamp?

    package init(
        id: EntityID, author: String? = nil, layer: Layer? = nil, label: String, attributes: Attributes = [:],
        from: EntityID, to: EntityID, createdAt: Timestamp? = nil
    ) {
        self.id = id
        self.author = author
        self.layer = layer
        self.label = label
        self.attributes = attributes
        self.from = from
        self.to = to
        self.createdAt = createdAt
    }
}

/// One verdict on an annotation of the same record.
package struct ReviewRecord: Sendable, Hashable {
    package var id: EntityID
    package var annotationID: EntityID
    /// The reviewer's name; nil where the format carries none.
    package var reviewer: String?
    package var decision: ReviewDecision
    package var text: String
    package var createdAt: Timestamp?

    package init(
        id: EntityID, annotationID: EntityID, reviewer: String? = nil, decision: ReviewDecision, text: String = "",
        createdAt: Timestamp? = nil
    ) {
        self.id = id
        self.annotationID = annotationID
        self.reviewer = reviewer
        self.decision = decision
        self.text = text
        self.createdAt = createdAt
    }
}
