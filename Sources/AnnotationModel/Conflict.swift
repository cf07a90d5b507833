package import JSONText

/// One of the two values of a field that could not both stand, and who set it.
package struct ConflictSide: Sendable, Hashable {
    /// The field's value in its row form; for the field `deleted` what the protocol says of it.
    package var value: JSONValue
    /// The user who set it.
    package var by: EntityID
    /// The client it was made on; nil for what came without one (plain HTTP, the command line, an import).
    package var client: EntityID?
    package var at: Timestamp

    package init(value: JSONValue, by: EntityID, client: EntityID?, at: Timestamp) {
        self.value = value
        self.by = by
        self.client = client
        self.at = at
    }
}

/// Two values of one field that could not both stand: one is kept, the other is kept too, until somebody resolves it.
package struct Conflict: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, CaseIterable {
        case open, resolved
    }

    package enum Choice: String, Sendable, Hashable, CaseIterable {
        case kept, other, value
    }

    package var id: EntityID
    package var articleID: EntityID
    package var entity: EntityKind
    package var entityID: EntityID
    /// `label`, `attributes/KEY`, `state`, `anchor`, `text`, `decision`, or `deleted`.
    package var field: String
    package var kept: ConflictSide
    package var other: ConflictSide
    package var state: State
    package var choice: Choice?
    package var resolvedBy: EntityID?
    package var version: Int64

    package init(
        id: EntityID, articleID: EntityID, entity: EntityKind, entityID: EntityID, field: String, kept: ConflictSide,
        other: ConflictSide, state: State = .open, choice: Choice? = nil, resolvedBy: EntityID? = nil,
        version: Int64 = 0
    ) {
        self.id = id
        self.articleID = articleID
        self.entity = entity
        self.entityID = entityID
        self.field = field
        self.kept = kept
        self.other = other
        self.state = state
        self.choice = choice
        self.resolvedBy = resolvedBy
        self.version = version
    }
}
