package import JSONText

/// Attribute values by key; scalars only, never null.
package typealias Attributes = [String: JSONValue]

/// One statement by one author: a label and attributes on zero (document level), one or several spans.
package struct Annotation: Sendable, Hashable {
    package var id: EntityID
    package var articleID: EntityID
    package var author: EntityID
    package var layer: Layer
    package var label: String
    package var attributes: Attributes
    package var anchor: Anchor
    package var state: AnnotationState
    package var createdAt: Timestamp
    package var version: Int64

    package init(
        id: EntityID, articleID: EntityID, author: EntityID, layer: Layer, label: String, attributes: Attributes = [:],
        anchor: Anchor, state: AnnotationState = .draft, createdAt: Timestamp, version: Int64 = 0
    ) {
        self.id = id
        self.articleID = articleID
        self.author = author
        self.layer = layer
        self.label = label
        self.attributes = attributes
        self.anchor = anchor
        self.state = state
        self.createdAt = createdAt
        self.version = version
    }
}

/// A labelled, directed link between two annotations of one article and layer.
package struct Relation: Sendable, Hashable {
    package var id: EntityID
    package var articleID: EntityID
    package var author: EntityID
    package var layer: Layer
    package var label: String
    package var attributes: Attributes
    package var from: EntityID
    package var to: EntityID
    package var createdAt: Timestamp
    package var version: Int64

    package init(
        id: EntityID, articleID: EntityID, author: EntityID, layer: Layer, label: String, attributes: Attributes = [:],
        from: EntityID, to: EntityID, createdAt: Timestamp, version: Int64 = 0
    ) {
        self.id = id
        self.articleID = articleID
        self.author = author
        self.layer = layer
        self.label = label
        self.attributes = attributes
        self.from = from
        self.to = to
        self.createdAt = createdAt
        self.version = version
    }
}

/// A remark on an annotation.
package struct Comment: Sendable, Hashable {
    package var id: EntityID
    package var articleID: EntityID
    package var annotationID: EntityID
    package var author: EntityID
    package var text: String
    package var createdAt: Timestamp
    package var version: Int64

    package init(
        id: EntityID, articleID: EntityID, annotationID: EntityID, author: EntityID, text: String,
        createdAt: Timestamp, version: Int64 = 0
    ) {
        self.id = id
        self.articleID = articleID
        self.annotationID = annotationID
        self.author = author
        self.text = text
        self.createdAt = createdAt
        self.version = version
    }
}

/// One reviewer's verdict on one annotation; one row per reviewer and annotation.
package struct Review: Sendable, Hashable {
    package var id: EntityID
    package var articleID: EntityID
    package var annotationID: EntityID
    package var reviewer: EntityID
    package var decision: ReviewDecision
    package var text: String
    package var createdAt: Timestamp
    package var version: Int64

    package init(
        id: EntityID, articleID: EntityID, annotationID: EntityID, reviewer: EntityID, decision: ReviewDecision,
        text: String = "", createdAt: Timestamp, version: Int64 = 0
    ) {
        self.id = id
        self.articleID = articleID
        self.annotationID = annotationID
        self.reviewer = reviewer
        self.decision = decision
        self.text = text
        self.createdAt = createdAt
        self.version = version
    }
}

/// One annotator's job on one article, leased until `expiresAt`.
package struct Assignment: Sendable, Hashable {
    package var id: EntityID
    package var articleID: EntityID
    package var user: EntityID
    package var state: AssignmentState
    package var expiresAt: Timestamp?
    package var version: Int64

    package init(
        id: EntityID, articleID: EntityID, user: EntityID, state: AssignmentState, expiresAt: Timestamp?,
        version: Int64 = 0
    ) {
        self.id = id
        self.articleID = articleID
        self.user = user
        self.state = state
        self.expiresAt = expiresAt
        self.version = version
    }
}
