package import AnnotationModel
package import JSONText

/// Where a clone stands.
package struct CloneStatus: Sendable {
    package var server: String
    package var project: String
    package var user: String
    package var role: Role?
    package var clientID: EntityID
    package var device: String
    package var epoch: EntityID?
    /// The seq up to which the log has been seen.
    package var cursor: Int64
    /// Mutations without an answer yet.
    package var pending: Int
    package var articles: Int
    package var annotations: Int
    /// Open conflicts.
    package var conflicts: Int
    /// Refusals that nobody has settled.
    package var rejected: Int
    /// Refusals that are sent again by themselves when what they need arrives.
    package var waiting: Int
    /// The server said that the project is not there for this user: rows were dropped, the outbox is kept.
    package var isQuarantined: Bool
    /// The next sync begins with a fresh snapshot.
    package var needsSnapshot: Bool
    package var forkedFrom: EntityID?
    package var lastSync: Timestamp?

    package var json: JSONValue {
        [
            "server": .string(server), "project": .string(project), "user": .string(user),
            "role": role.map { .string($0.rawValue) } ?? .null, "client_id": .string(clientID.text),
            "device": .string(device), "epoch": epoch.map { .string($0.text) } ?? .null,
            "cursor": .number(Double(cursor)), "pending": .number(Double(pending)),
            "articles": .number(Double(articles)), "annotations": .number(Double(annotations)),
            "conflicts": .number(Double(conflicts)), "rejected": .number(Double(rejected)),
            "waiting": .number(Double(waiting)), "quarantined": .bool(isQuarantined),
            "needs_snapshot": .bool(needsSnapshot),
            "forked_from": forkedFrom.map { .string($0.text) } ?? .null,
            "last_sync": lastSync.map { .string($0.text) } ?? .null,
        ]
    }
}
