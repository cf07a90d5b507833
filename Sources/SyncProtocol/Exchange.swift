package import AnnotationModel
package import JSONText

/// The body of `POST …/sync` as the server reads it.
package struct ExchangeRequest: Sendable {
    package var protocolVersion: Int
    package var clientID: EntityID
    package var schemaVersion: Int
    package var cursor: Cursor
    /// How many visible changes the page may hold; the server's limit otherwise.
    package var limit: Int?
    package var mutations: [ReceivedMutation]

    package init(
        protocolVersion: Int, clientID: EntityID, schemaVersion: Int, cursor: Cursor, limit: Int?,
        mutations: [ReceivedMutation]
    ) {
        self.protocolVersion = protocolVersion
        self.clientID = clientID
        self.schemaVersion = schemaVersion
        self.cursor = cursor
        self.limit = limit
        self.mutations = mutations
    }
}

/// One field of a set that met another value.
package struct FieldConflict: Sendable, Hashable {
    package var field: String
    package var conflictID: EntityID
    /// True: mine won and the other value is kept in the conflict; false: mine was not applied and is kept there.
    package var applied: Bool

    package init(field: String, conflictID: EntityID, applied: Bool) {
        self.field = field
        self.conflictID = conflictID
        self.applied = applied
    }
}

/// What became of one operation. As stored on the server `version` is relative to the head before the mutation's
/// transaction, because the seq is known only when it is written; on the wire it is absolute (`shifted(by:)`).
package struct OperationResult: Sendable, Hashable {
    package var status: OperationStatus
    package var code: OperationCode?
    package var message: String?
    package var version: Int64?
    /// The existing entity into which a create of equal content went.
    package var aliasOf: EntityID?
    package var conflicts: [FieldConflict]
    /// The conflict of a refused delete, set or create (the field `deleted`).
    package var conflictID: EntityID?
    /// The row as the user may see it today; never stored.
    package var current: JSONValue?

    package init(
        status: OperationStatus, code: OperationCode? = nil, message: String? = nil, version: Int64? = nil,
        aliasOf: EntityID? = nil, conflicts: [FieldConflict] = [], conflictID: EntityID? = nil,
        current: JSONValue? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.version = version
        self.aliasOf = aliasOf
        self.conflicts = conflicts
        self.conflictID = conflictID
        self.current = current
    }
}

/// What became of one mutation.
package struct MutationResult: Sendable, Hashable {
    package var n: Int64
    package var status: MutationStatus
    /// Of a mutation refused whole, or of a duplicate whose body has expired.
    package var code: OperationCode?
    package var message: String?
    package var operations: [OperationResult]

    package init(
        n: Int64, status: MutationStatus, code: OperationCode? = nil, message: String? = nil,
        operations: [OperationResult] = []
    ) {
        self.n = n
        self.status = status
        self.code = code
        self.message = message
        self.operations = operations
    }
}

/// One entry of a page: the last of `n` changes to one entity.
package struct ChangeEntry: Sendable {
    package enum Kind: String, Sendable { case put, del }

    package var seq: Int64
    package var n: Int
    package var tag: Tag
    package var kind: Kind
    package var entity: EntityKind
    /// A label's key, anything else's UUID.
    package var id: String
    /// Canonical JSON of the row with its version; nil for a `del`.
    package var row: [UInt8]?
    package var by: EntityID?
    package var origin: (client: EntityID, n: Int64)?

    package init(
        seq: Int64, n: Int, tag: Tag, kind: Kind, entity: EntityKind, id: String, row: [UInt8]?, by: EntityID?,
        origin: (client: EntityID, n: Int64)?
    ) {
        self.seq = seq
        self.n = n
        self.tag = tag
        self.kind = kind
        self.entity = entity
        self.id = id
        self.row = row
        self.by = by
        self.origin = origin
    }
}

/// What a page says of articles whose view changed for this user.
package enum Views: Sendable, Hashable {
    case articles([(EntityID, ArticleView)])
    /// Too many to list: take a fresh snapshot.
    case changed

    package static func == (left: Views, right: Views) -> Bool {
        switch (left, right) {
        case (.changed, .changed): true
        case (.articles(let left), .articles(let right)): left.elementsEqual(right) { $0 == $1 }
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        if case .articles(let articles) = self {
            for (id, view) in articles { hasher.combine(id); hasher.combine(view) }
        }
    }
}

/// One page of the log. `count + hidden = to − from`, and Σ n of the entries is `count`.
package struct ChangePage: Sendable {
    package var from: Int64
    package var to: Int64
    package var at: Tag?
    package var head: Int64
    package var complete: Bool
    package var count: Int
    package var hidden: Int
    package var entries: [ChangeEntry]
    package var views: Views?

    package init(
        from: Int64, to: Int64, at: Tag?, head: Int64, complete: Bool, count: Int, hidden: Int,
        entries: [ChangeEntry], views: Views? = nil
    ) {
        self.from = from
        self.to = to
        self.at = at
        self.head = head
        self.complete = complete
        self.count = count
        self.hidden = hidden
        self.entries = entries
        self.views = views
    }
}

/// The body of the answer to `POST …/sync`; `GET …/sync/changes` answers `epoch` and `changes` alone.
package struct ExchangeReply: Sendable {
    package var epoch: EntityID
    package var lastMutation: Int64
    package var results: [MutationResult]
    package var changes: ChangePage

    package init(epoch: EntityID, lastMutation: Int64, results: [MutationResult], changes: ChangePage) {
        self.epoch = epoch
        self.lastMutation = lastMutation
        self.results = results
        self.changes = changes
    }
}
