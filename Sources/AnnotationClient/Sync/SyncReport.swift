package import AnnotationModel
package import JSONText

/// What one sync did. All but `pulled` and `cursor` count operations.
package struct SyncReport: Sendable {
    /// Operations that the server has answered.
    package var pushed = 0
    /// Done, or found done already.
    package var applied = 0
    /// Done, while other fields of the row had changed.
    package var merged = 0
    package var conflicts = 0
    package var rejected = 0
    /// Changes taken from the log.
    package var pulled = 0
    /// The seq up to which the log has been seen.
    package var cursor: Int64 = 0
    /// Of the rejected ones: those that are sent again by themselves.
    package var waiting = 0
    /// The id given up when the clone found its history copied or rewound.
    package var forkedFrom: EntityID?
    /// Whether the rows were taken anew because they could not be trusted any longer.
    package var repaired = false

    package init() {}

    /// Whether nothing of it was rejected or is in conflict.
    package var isClean: Bool { conflicts == 0 && rejected == 0 }

    package var json: JSONValue {
        [
            "pushed": .number(Double(pushed)), "applied": .number(Double(applied)), "merged": .number(Double(merged)),
            "conflicts": .number(Double(conflicts)), "rejected": .number(Double(rejected)),
            "pulled": .number(Double(pulled)), "cursor": .number(Double(cursor)),
        ]
    }
}

/// What a sync is doing.
package enum SyncProgress: Sendable, Hashable {
    case snapshot(rows: Int)
    case pushing(done: Int, total: Int)
    case pulling(seq: Int64, head: Int64)
    case texts(done: Int, total: Int)
    case waiting(seconds: Double, reason: String)
}

package typealias SyncProgressHandler = @Sendable (SyncProgress) -> Void
