import AnnotationModel
import GRDB
import SyncProtocol

/// What a clone knows about itself.
enum MetaKey: String {
    case server, projectID = "project_id", projectName = "project_name", userID = "user_id", userName = "user_name"
    case clientID = "client_id", device, forkedFrom = "forked_from", registered
    /// The cursor: up to where the log has been received.
    case epoch, since, at
    /// Up to where `rows` have it; behind `since` while a run has not reached its head.
    case shown
    case runHead = "run_head"
    case phase
    /// The highest `n` ever given, and the highest that this history knows.
    case lastN = "last_n", serverLast = "server_last"
    case quarantined
    case lastSync = "last_sync"
    /// A snapshot on its way: where to take it up, and what its first header said.
    case resume, snapshotAsOf = "snapshot_as_of", snapshotAt = "snapshot_at", snapshotEpoch = "snapshot_epoch"
    case snapshotLastMutation = "snapshot_last_mutation"
}

/// Where a clone is between nothing and a full replica.
enum Phase: String {
    /// A snapshot is to be taken, or is on its way.
    case snapshot
    /// The snapshot is complete in `staging`; the log since is on its way.
    case pulling
    case ready
}

extension Database {
    func meta(_ key: MetaKey) throws -> String? {
        try String.fetchOne(
            cachedStatement(sql: "SELECT value FROM meta WHERE key = ?"), arguments: [key.rawValue])
    }

    func setMeta(_ key: MetaKey, _ value: String?) throws {
        if let value {
            try cachedStatement(
                sql:
                    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            ).execute(arguments: [key.rawValue, value])
        } else {
            try cachedStatement(sql: "DELETE FROM meta WHERE key = ?").execute(arguments: [key.rawValue])
        }
    }

    func metaNumber(_ key: MetaKey) throws -> Int64? { try meta(key).flatMap { Int64($0) } }

    func setMeta(_ key: MetaKey, number: Int64?) throws { try setMeta(key, number.map { String($0) }) }

    func metaID(_ key: MetaKey) throws -> EntityID? { try meta(key).flatMap { EntityID($0) } }

    /// A value that every clone has from its first moment.
    func requiredMetaID(_ key: MetaKey) throws -> EntityID {
        guard let id = try metaID(key) else {
            throw ClientError(.environment, "incomplete", "the clone has no \(key.rawValue): take it again")
        }
        return id
    }

    var phase: Phase {
        get throws { try meta(.phase).flatMap { Phase(rawValue: $0) } ?? .snapshot }
    }

    /// Nil before the first snapshot is complete.
    var cursor: SyncProtocol.Cursor? {
        get throws {
            guard let epoch = try metaID(.epoch), let since = try metaNumber(.since) else { return nil }
            return SyncProtocol.Cursor(epoch: epoch, since: since, at: try meta(.at).flatMap { Tag($0) })
        }
    }

    func setCursor(_ cursor: SyncProtocol.Cursor?) throws {
        try setMeta(.epoch, cursor?.epoch.text)
        try setMeta(.since, number: cursor?.since)
        try setMeta(.at, cursor?.at?.text)
    }
}
