import AnnotationModel
import GRDB
import SyncEngine

/// Finds what a person means: an id, an alias, an external id, or an unambiguous beginning of one.
struct References {
    let db: Database

    /// A live article by its id, its external id, or an unambiguous beginning of either.
    func article(_ reference: String) throws -> Article {
        let exact = try records(
            "kind = 'article' AND deleted = 0 AND (id = lower(:text) OR name = :text)", reference, limit: 2)
        // Two articles never share an external id; an id that is another's external id means the id.
        let chosen =
            exact.count > 1 ? exact.filter { $0.id == reference.lowercased() } : exact
        if let one = chosen.first { return try one.article() }
        let found = try records(
            """
            kind = 'article' AND deleted = 0
            AND (substr(id, 1, length(:text)) = lower(:text) OR substr(name, 1, length(:text)) = :text)
            """, reference, limit: 6)
        return try only(found, "article", reference) { $0.name ?? $0.id }.article()
    }

    /// A live row of one of some kinds, by its id or an unambiguous beginning of it.
    func row(_ reference: String, _ kinds: [EntityKind]) throws -> RowRecord {
        let what = kinds.map(\.rawValue).joined(separator: " or ")
        let list = kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        if let id = EntityID(reference) {
            let target = try db.resolvingAlias(id).text
            let exact = try records("kind IN (\(list)) AND deleted = 0 AND id = :text", target, limit: 1)
            return try only(exact, what, reference) { $0.id }
        }
        let found = try records(
            "kind IN (\(list)) AND deleted = 0 AND substr(id, 1, length(:text)) = lower(:text)", reference, limit: 6)
        return try only(found, what, reference) { $0.id }
    }

    private func records(_ condition: String, _ text: String, limit: Int) throws -> [RowRecord] {
        guard !text.isEmpty else { return [] }
        return try SQLRow.fetchAll(
            db, sql: "SELECT * FROM local WHERE \(condition) ORDER BY id LIMIT \(limit)", arguments: ["text": text]
        ).map { try RowRecord($0) }
    }

    private func only(
        _ found: [RowRecord], _ what: String, _ reference: String, name: (RowRecord) -> String
    ) throws -> RowRecord {
        let shown = reference.prefix(80)
        guard let first = found.first else {
            throw ClientError(.usage, "not_found", "no \(what) in this clone is called “\(shown)”")
        }
        guard found.count == 1 else {
            let names = found.prefix(5).map(name).joined(separator: ", ") + (found.count > 5 ? ", …" : "")
            throw ClientError(.usage, "ambiguous", "“\(shown)” may be \(names): say more of it")
        }
        return first
    }
}

extension RowRecord {
    func article() throws -> Article {
        guard case .article(let article) = try local().row else { throw Self.unexpected(self) }
        return article
    }

    static func unexpected(_ record: RowRecord) -> ClientError {
        ClientError(.environment, "no_database", "the clone's file holds \(record.id) as another kind of row")
    }
}
