package import AnnotationModel
package import JSONText

/// An operation, or a whole mutation, that the server refused. It is kept until its user says what becomes of it.
package struct RejectedItem: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case open
        /// Refused as `unknown_entity`: sent again by itself when the entity arrives.
        case waiting
        case retried, discarded
    }

    /// Counts the refusals of this clone; what `retry`, `export` and `discard` take.
    package var number: Int64
    package var n: Int64
    /// The operation's index; nil for the whole mutation.
    package var operation: Int?
    package var code: String
    package var message: String
    package var mutation: JSONValue
    package var at: Timestamp
    package var state: State

    package var json: JSONValue {
        [
            "number": .number(Double(number)), "n": .number(Double(n)),
            "op": operation.map { .number(Double($0)) } ?? .null, "code": .string(code), "message": .string(message),
            "mutation": mutation, "at": .string(at.text), "state": .string(state.rawValue),
        ]
    }
}
