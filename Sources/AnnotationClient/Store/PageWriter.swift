import AnnotationModel
import FailPoints
import GRDB
import SyncEngine
import SyncProtocol

/// Takes a checked page into the tables, with its cursor, inside the caller's transaction.
///
/// A run of pages is shown whole: as long as the head that its first page named is not reached, entries are kept aside.
struct PageWriter {
    let db: Database
    let now: Timestamp

    func take(_ page: ChangePage, entries: [PageEntry], epoch: EntityID) throws {
        let runHead = try db.metaNumber(.runHead) ?? page.head
        try db.setCursor(Cursor(epoch: epoch, since: page.to, at: page.at))
        if page.to >= runHead || page.complete {
            try show(entries, upTo: page.to)
        } else {
            try db.setMeta(.runHead, number: runHead)
            try keepAside(entries)
        }
        // Too many views to list: the rows stay until a fresh snapshot replaces them.
        if page.views == .changed { try db.restartSnapshot() }
    }

    private func show(_ entries: [PageEntry], upTo seq: Int64) throws {
        let wasPulling = try db.phase == .pulling
        if wasPulling {
            try FailPoints.hit(.clientSnapshotBeforeSwap)
            try swap()
        }
        var arrived = Set<String>()
        try apply(try kept(), &arrived)
        try db.execute(sql: "DELETE FROM incoming")
        try apply(entries, &arrived)
        try db.setMeta(.runHead, nil)
        try db.setMeta(.shown, number: seq)
        try db.execute(
            sql: "UPDATE acknowledged SET pending = 0 WHERE pending = 1 AND version <= ? AND client_id = ?",
            arguments: [seq, try db.meta(.clientID)])
        try db.resendWaiting(arrived: wasPulling ? nil : arrived, at: now)
        try db.rebuildOverlay()
    }

    // MARK: Rows

    private func apply(_ entries: [PageEntry], _ arrived: inout Set<String>) throws {
        let middle = entries.count / 2
        for (index, entry) in entries.enumerated() {
            if index == middle { try FailPoints.hit(.clientSyncMidPage) }
            switch entry {
            case .put(let record):
                if try db.store(record, in: .rows) { arrived.insert(record.id) }
            case .delete(let kind, let id, let version):
                try db.markDeleted(kind, id, version: version, in: .rows)
            case .view(let article, let view): try apply(view, of: article)
            }
        }
    }

    /// What a view excludes is dropped at once; what it may show beyond what is here is fetched by article.
    private func apply(_ view: ArticleView, of article: EntityID) throws {
        switch view {
        case .none:
            try db.execute(sql: "DELETE FROM rows WHERE article_id = ?", arguments: [article.text])
            try db.execute(sql: "DELETE FROM stale_articles WHERE article_id = ?", arguments: [article.text])
            try db.forgetUnusedTexts()
            return
        case .own: try dropLayersOfOthers(article)
        case .all: break
        }
        try db.execute(
            sql: "INSERT OR IGNORE INTO stale_articles (article_id) VALUES (?)", arguments: [article.text])
    }

    private func dropLayersOfOthers(_ article: EntityID) throws {
        let user = try db.requiredMetaID(.userID)
        let own: StatementArguments = ["article": article.text, "user": user.text]
        try db.execute(
            sql: """
                DELETE FROM rows WHERE article_id = :article AND kind IN ('annotation', 'relation')
                  AND json ->> 'author' <> :user AND json ->> 'layer' = 'own'
                """,
            arguments: own)
        try db.execute(
            sql: """
                DELETE FROM rows WHERE article_id = :article AND kind IN ('comment', 'review')
                  AND coalesce(json ->> 'author', json ->> 'reviewer') <> :user
                  AND parent_id NOT IN (SELECT id FROM rows WHERE kind = 'annotation')
                """,
            arguments: own)
        try db.execute(
            sql: """
                DELETE FROM rows WHERE article_id = :article AND kind = 'conflict'
                  AND NOT EXISTS (SELECT 1 FROM rows AS about
                    WHERE about.kind = rows.json ->> 'entity' AND about.id = rows.json ->> 'entity_id')
                """,
            arguments: ["article": article.text])
    }

    // MARK: Runs of several pages

    private func keepAside(_ entries: [PageEntry]) throws {
        let middle = entries.count / 2
        for (index, entry) in entries.enumerated() {
            if index == middle { try FailPoints.hit(.clientSyncMidPage) }
            let statement = try db.cachedStatement(
                sql: """
                    INSERT INTO incoming (action, kind, id, article_id, parent_id, name, version, json)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            switch entry {
            case .put(let row):
                try statement.execute(
                    arguments: [
                        "put", row.kind.rawValue, row.id, row.articleID, row.parentID, row.name, row.version, row.json,
                    ])
            case .delete(let kind, let id, let version):
                try statement.execute(arguments: ["del", kind.rawValue, id, nil, nil, nil, version, ""])
            case .view(let article, let view):
                try statement.execute(
                    arguments: ["view", EntityKind.article.rawValue, article.text, nil, nil, nil, 0, view.rawValue])
            }
        }
    }

    private func kept() throws -> [PageEntry] {
        try SQLRow.fetchAll(db, sql: "SELECT *, 0 AS deleted FROM incoming ORDER BY place").compactMap { row in
            let record = try RowRecord(row)
            switch row["action"] as String {
            case "put": return .put(record)
            case "del": return .delete(record.kind, id: record.id, version: record.version)
            default:
                guard let article = EntityID(record.id), let view = ArticleView(rawValue: record.json) else {
                    return nil
                }
                return .view(article: article, view)
            }
        }
    }

    // MARK: The end of a snapshot

    /// The rows of the snapshot take the place of the old ones.
    private func swap() throws {
        try db.execute(
            sql: """
                DELETE FROM rows;
                INSERT INTO rows SELECT * FROM staging;
                DELETE FROM staging;
                DELETE FROM stale_articles;
                """)
        try db.forgetUnusedTexts()
        // What the snapshot's history knew is in its rows.
        try db.execute(
            sql: "UPDATE acknowledged SET pending = 0 WHERE pending = 1 AND (client_id <> ? OR n <= ?)",
            arguments: [try db.meta(.clientID), try db.metaNumber(.snapshotLastMutation) ?? 0])
        try db.setMeta(.phase, Phase.ready.rawValue)
        try db.setMeta(.quarantined, nil)
    }
}

extension Database {
    /// Texts that no article version here names any longer.
    func forgetUnusedTexts() throws {
        try execute(
            sql: """
                DELETE FROM texts WHERE sha256 NOT IN (
                  SELECT name FROM rows WHERE kind = 'article_version'
                  UNION SELECT name FROM staging WHERE kind = 'article_version')
                """)
    }
}
