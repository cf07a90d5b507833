package import AnnotationModel
package import JSONText
package import SyncProtocol

/// One mutation made on this clone.
package struct LogItem: Sendable {
    package enum State: String, Sendable, CaseIterable {
        /// In the outbox; the server may or may not have it.
        case pending
        /// The server has answered.
        case acknowledged
    }

    package var n: Int64
    package var madeAt: Timestamp?
    package var state: State
    /// One line for each operation.
    package var operations: [String]
    /// Nil while it is pending.
    package var result: MutationStatus?

    package var json: JSONValue {
        [
            "n": .number(Double(n)), "made_at": madeAt.map { .string($0.text) } ?? .null,
            "state": .string(state.rawValue), "operations": .array(operations.map { .string($0) }),
            "result": result.map { .string($0.rawValue) } ?? .null,
        ]
    }
}
