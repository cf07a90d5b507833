package import AnnotationModel
import Foundation
import GRDB
import JSONText
import SyncEngine
import SyncProtocol

extension Clone {
    /// All live articles, by external id.
    package func articles() throws -> [ArticleItem] {
        try store.read { db in
            let reader = try LocalReader(db)
            _ = try reader.project()
            return try reader.articles()
        }
    }

    /// One article with its text, its live annotations and relations.
    ///
    /// `reference`: its id, its external id, or an unambiguous beginning of either.
    package func article(_ reference: String) throws -> ArticleDetail {
        try store.read { db in
            let reader = try LocalReader(db)
            _ = try reader.project()
            let article = try reader.references.article(reference)
            return ArticleDetail(
                article: article, text: try Self.text(of: article, db).text,
                annotations: try reader.annotations(article.id), relations: try reader.relations(article.id))
        }
    }

    static func text(of article: Article, _ db: Database) throws -> ArticleText {
        guard let text = try db.text(article.articleVersion) else {
            throw ClientError(
                .environment, "no_text", "the text of \(article.externalID) has not arrived yet: sync first")
        }
        return text
    }

    /// Live annotations, of all articles or of one.
    package func annotations(article reference: String? = nil) throws -> [AnnotationItem] {
        try store.read { db in
            let reader = try LocalReader(db)
            _ = try reader.project()
            return try reader.annotations(try reference.map { try reader.references.article($0).id })
        }
    }

    /// Live relations, of all articles or of one.
    package func relations(article reference: String? = nil) throws -> [RelationItem] {
        try store.read { db in
            let reader = try LocalReader(db)
            _ = try reader.project()
            return try reader.relations(try reference.map { try reader.references.article($0).id })
        }
    }

    /// The project's labels, retired ones included, by key.
    package func labels() throws -> [Label] {
        try store.read { try LocalReader($0).labels() }
    }

    /// Open conflicts, or all of them, oldest first.
    package func conflicts(includingResolved: Bool = false) throws -> [ConflictItem] {
        try store.read { try LocalReader($0).conflicts(includingResolved: includingResolved) }
    }

    /// Where the clone stands.
    package func status() throws -> CloneStatus {
        try store.read { db in
            func count(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM \(sql)") ?? 0 }
            let isQuarantined = try db.meta(.quarantined) != nil
            let live = "IN (SELECT id FROM local WHERE kind = 'article' AND deleted = 0)"
            return CloneStatus(
                server: try db.meta(.server) ?? "", project: try db.meta(.projectName) ?? "",
                user: try db.meta(.userName) ?? "", role: isQuarantined ? nil : try LocalReader(db).role(),
                clientID: try db.requiredMetaID(.clientID), device: try db.meta(.device) ?? "",
                epoch: try db.metaID(.epoch), cursor: try db.metaNumber(.since) ?? 0, pending: try db.queueCount(),
                articles: try count("local WHERE kind = 'article' AND deleted = 0"),
                annotations: try count("local WHERE kind = 'annotation' AND deleted = 0 AND article_id \(live)"),
                conflicts: try count(
                    "local WHERE kind = 'conflict' AND deleted = 0 AND json ->> 'state' = 'open' AND article_id \(live)"
                ),
                rejected: try count("rejected WHERE state = 'open'"),
                waiting: try count("rejected WHERE state = 'waiting'"), isQuarantined: isQuarantined,
                needsSnapshot: try db.phase != .ready, forkedFrom: try db.metaID(.forkedFrom),
                lastSync: try db.meta(.lastSync).flatMap { Timestamp($0) })
        }
    }

    /// The mutations made on this clone, newest first: those that wait, and those of the last 30 days.
    package func log(limit: Int? = nil) throws -> [LogItem] {
        try store.read { db in
            let sql = """
                SELECT n, made_at, bytes, NULL AS status, 1 AS pending_order FROM outbox
                UNION ALL SELECT n, made_at, bytes, status, 0 FROM acknowledged
                ORDER BY pending_order DESC, made_at DESC, n DESC LIMIT ?
                """
            return try SQLRow.fetchAll(db, sql: sql, arguments: [limit ?? -1]).map { row in
                let mutation = try? Mutation(reading: Array(row["bytes"] as Data))
                let status: String? = row["status"]
                return LogItem(
                    n: row["n"], madeAt: Timestamp(microseconds: row["made_at"]),
                    state: status == nil ? .pending : .acknowledged,
                    operations: mutation.map { $0.isVoid ? ["void"] : $0.operations.map(\.summary) } ?? ["unreadable"],
                    result: status.flatMap { MutationStatus(rawValue: $0) })
            }
        }
    }
}

extension SyncProtocol.Operation {
    /// One line for people.
    var summary: String {
        switch self {
        case .create(let kind, let id, let row):
            let what = row["label"]?.stringValue ?? row["text"]?.stringValue.map { "“\($0.prefix(40))”" } ?? ""
            return "create \(kind.rawValue) \(id) \(what)"
        case .update(let kind, let id, let edits, _):
            let fields = edits.map { edit in
                edit.value.stringValue.map { "\(edit.field)=\($0.prefix(40))" } ?? edit.field
            }
            return "update \(kind.rawValue) \(id) \(fields.joined(separator: " "))"
        case .delete(let kind, let id, _): return "delete \(kind.rawValue) \(id)"
        case .resolve(let id, let choice, _, _): return "resolve conflict \(id) \(choice.rawValue)"
        }
    }
}
