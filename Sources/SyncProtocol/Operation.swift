package import AnnotationModel
package import Digest
package import JSONText

/// The value of a field that the user saw when editing: itself, or its SHA-256 when its canonical JSON is longer than
/// `Limits.wasInlineBytes`.
package enum SeenValue: Sendable, Hashable {
    case value(JSONValue)
    case digest(SHA256Digest)

    /// What `was` says of a value.
    package init(_ value: JSONValue) {
        let canonical = value.canonicalBytes()
        self = canonical.count > Limits.wasInlineBytes ? .digest(SHA256.hash(canonical)) : .value(value)
    }

    /// Whether a current value is the one that was seen.
    package func matches(_ current: JSONValue) -> Bool { SeenValue(current) == self }
}

/// One field of an update: what was seen, and what is set.
package struct FieldEdit: Sendable, Hashable {
    /// `label`, `attributes/KEY`, `state`, `anchor`, `text`, `decision`.
    package var field: String
    package var was: SeenValue
    package var value: JSONValue

    package init(field: String, was: SeenValue, value: JSONValue) {
        self.field = field
        self.was = was
        self.value = value
    }
}

/// One operation of a mutation.
package enum Operation: Sendable, Hashable {
    /// `row` as it came: without id, author and version; checked by the planner.
    case create(EntityKind, id: EntityID, row: JSONObject)
    case update(EntityKind, id: EntityID, edits: [FieldEdit], revive: Bool)
    /// `was`: the digest of the row's content as the user saw it.
    case delete(EntityKind, id: EntityID, was: SHA256Digest)
    /// `value` for the choice `value`; `was`: what stood in the field, for `deleted` the content's digest as a string.
    case resolve(conflict: EntityID, choice: Conflict.Choice, value: JSONValue?, was: SeenValue)

    package var entity: EntityKind {
        switch self {
        case .create(let kind, _, _), .update(let kind, _, _, _), .delete(let kind, _, _): kind
        case .resolve: .conflict
        }
    }

    package var id: EntityID {
        switch self {
        case .create(_, let id, _), .update(_, let id, _, _), .delete(_, let id, _), .resolve(let id, _, _, _): id
        }
    }
}

/// Why an operation, or a whole mutation, cannot be read.
package struct Refusal: Error, Sendable, Hashable {
    package var code: OperationCode
    package var message: String

    package init(_ code: OperationCode, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// One numbered, atomic group of operations made on a client.
package struct Mutation: Sendable, Hashable {
    package var n: Int64
    /// When the user did it, by the client's clock; never an order.
    package var madeAt: Timestamp?
    package var atomic: Bool
    /// Stands in for a mutation that could not be sent.
    package var isVoid: Bool
    package var operations: [Operation]

    package init(
        n: Int64, madeAt: Timestamp? = nil, atomic: Bool = false, isVoid: Bool = false, operations: [Operation]
    ) {
        self.n = n
        self.madeAt = madeAt
        self.atomic = atomic
        self.isVoid = isVoid
        self.operations = operations
    }
}

/// A mutation as it reached the server: its exact bytes, which are hashed, and what could be read of it.
package struct ReceivedMutation: Sendable {
    package var n: Int64
    package var madeAt: Timestamp?
    package var atomic: Bool
    package var isVoid: Bool
    package var bytes: [UInt8]
    /// The operations, each readable or refused on its own; or why the mutation is refused whole.
    package var content: Result<[Result<Operation, Refusal>], Refusal>

    package init(
        n: Int64, madeAt: Timestamp?, atomic: Bool, isVoid: Bool, bytes: [UInt8],
        content: Result<[Result<Operation, Refusal>], Refusal>
    ) {
        self.n = n
        self.madeAt = madeAt
        self.atomic = atomic
        self.isVoid = isVoid
        self.bytes = bytes
        self.content = content
    }

    /// The identity of the bytes: the same `n` with another one is `mutation_reused`.
    package var digest: SHA256Digest { SHA256.hash(bytes) }
}
