import AnnotationModel
import FailPoints
import GRDB
import JSONText
import SyncEngine
import SyncProtocol

/// A row of a snapshot.
struct SnapshotRow: Sendable {
    var kind: EntityKind
    var wire: JSONObject
}

extension Database {
    /// Forgets a snapshot that is on its way; the next one begins from its beginning. Rows, outbox and journal stay.
    func restartSnapshot() throws {
        try execute(sql: "DELETE FROM staging; DELETE FROM incoming;")
        for key in [MetaKey.resume, .snapshotAsOf, .snapshotAt, .snapshotEpoch, .snapshotLastMutation, .runHead] {
            try setMeta(key, nil)
        }
        try setMeta(.phase, Phase.snapshot.rawValue)
    }

    /// What the first header of the snapshot said; a resumed one must repeat it.
    var snapshotHeader: SnapshotHeader? {
        get throws {
            guard let epoch = try metaID(.snapshotEpoch), let asOf = try metaNumber(.snapshotAsOf) else { return nil }
            return SnapshotHeader(
                protocolVersion: Limits.protocolVersion, epoch: epoch, asOf: asOf,
                at: try meta(.snapshotAt).flatMap { Tag($0) }, lastMutation: try metaNumber(.snapshotLastMutation) ?? 0)
        }
    }

    func beginSnapshot(_ header: SnapshotHeader) throws {
        try restartSnapshot()
        try setMeta(.snapshotEpoch, header.epoch.text)
        try setMeta(.snapshotAsOf, number: header.asOf)
        try setMeta(.snapshotAt, header.at?.text)
        try setMeta(.snapshotLastMutation, number: header.lastMutation)
    }

    /// Rows up to a place from which the snapshot can be taken up again, together with that place.
    func stageSnapshot(_ rows: [SnapshotRow], resume: String?) throws {
        for row in rows { try stage(row) }
        if let resume { try setMeta(.resume, resume) }
    }

    private func stage(_ row: SnapshotRow) throws {
        if row.kind == .articleVersion { try keepText(of: row.wire) }
        try store(record(row), in: .staging)
    }

    private func record(_ row: SnapshotRow) -> RowRecord {
        RowRecord(row.kind, wire: row.wire, version: Int64(row.wire["version"]?.intValue ?? 0))
    }

    /// Keeps an article version's inline text if it is what its SHA-256 says; another one is fetched by that.
    private func keepText(of wire: JSONObject) throws {
        guard let text = wire["text"]?.stringValue, let sha256 = wire["sha256"]?.stringValue else { return }
        try keepText(text, sha256: sha256)
    }

    /// The snapshot is complete: the log goes on from where it was taken, and the rows are shown when that has come.
    func finishSnapshot() throws {
        guard let header = try snapshotHeader else { return }
        try setCursor(SyncProtocol.Cursor(epoch: header.epoch, since: header.asOf, at: header.at))
        try setMeta(.serverLast, number: header.lastMutation)
        try setMeta(.resume, nil)
        try setMeta(.phase, Phase.pulling.rawValue)
    }

    /// Replaces all rows of some articles by what a snapshot of them says; false when the cursor has passed it.
    func replaceArticles(_ articles: [EntityID], with rows: [SnapshotRow], header: SnapshotHeader) throws -> Bool {
        guard try phase == .ready, let cursor = try cursor, cursor.epoch == header.epoch, header.asOf >= cursor.since,
            try metaNumber(.shown) == cursor.since
        else { return false }
        for article in articles {
            try execute(sql: "DELETE FROM rows WHERE article_id = ?", arguments: [article.text])
            try execute(sql: "DELETE FROM stale_articles WHERE article_id = ?", arguments: [article.text])
        }
        for row in rows {
            if row.kind == .articleVersion { try keepText(of: row.wire) }
            try store(record(row), in: .rows)
        }
        try rebuildOverlay()
        return true
    }
}

extension Database {
    /// The project is not there for this user any longer: its rows go, what was made here stays and can be exported.
    func quarantine() throws {
        try restartSnapshot()
        try execute(sql: "DELETE FROM rows; DELETE FROM overlay; DELETE FROM texts; DELETE FROM stale_articles;")
        try setCursor(nil)
        try setMeta(.shown, nil)
        try setMeta(.quarantined, "1")
    }
}

extension Database {
    func stagedCount() throws -> Int { try Int.fetchOne(self, sql: "SELECT count(*) FROM staging") ?? 0 }

    /// Articles whose rows are to be fetched anew.
    func staleArticles(limit: Int) throws -> [EntityID] {
        try String.fetchAll(self, sql: "SELECT article_id FROM stale_articles ORDER BY 1 LIMIT ?", arguments: [limit])
            .compactMap { EntityID($0) }
    }
}
