import AnnotationModel
import Foundation
import GRDB
import SyncEngine
import SyncProtocol

extension Database {
    /// Takes the server's answer to one mutation: moves it out of the outbox, keeps what was refused, learns aliases.
    ///
    /// Returns nil where the mutation is not known here. An answer that is told twice changes nothing more.
    func acknowledge(_ result: MutationResult, at now: Timestamp) throws -> ResultMeaning? {
        let client = try requiredMetaID(.clientID)
        let row = try SQLRow.fetchOne(
            self,
            sql: """
                SELECT made_at, bytes FROM outbox WHERE n = :n
                UNION ALL SELECT made_at, bytes FROM acknowledged WHERE client_id = :client AND n = :n
                """,
            arguments: ["n": result.n, "client": client.text])
        guard let row else { return nil }
        let bytes: Data = row["bytes"]
        let mutation = try? Mutation(reading: Array(bytes))
        let meaning = ResultMeaning(result, operations: mutation?.operations ?? [])
        let isShown = try phase == .ready && meaning.version <= (try metaNumber(.shown) ?? 0)
        try execute(
            sql: """
                INSERT INTO acknowledged
                  (client_id, n, made_at, bytes, status, version, standing, pending, acknowledged_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (client_id, n) DO UPDATE SET status = excluded.status, version = excluded.version,
                  standing = excluded.standing, pending = excluded.pending, acknowledged_at = excluded.acknowledged_at
                """,
            arguments: [
                client.text, result.n, row["made_at"] as Int64, bytes, result.status.rawValue, meaning.version,
                meaning.standing.map { String($0) }.joined(separator: ","),
                !meaning.standing.isEmpty && meaning.version > 0 && !isShown, now.microseconds,
            ])
        try execute(sql: "DELETE FROM outbox WHERE n = ?", arguments: [result.n])
        for rejection in meaning.rejections {
            // An atomic mutation is refused, and tried again, as a whole.
            let isWhole = mutation?.atomic ?? true
            if isWhole, rejection.code == .atomicAborted { continue }
            try journal(
                n: result.n, operation: isWhole ? nil : rejection.operation, code: rejection.code.rawValue,
                message: rejection.message, bytes: bytes, at: now, waitsFor: rejection.waitsFor)
        }
        for (alias, id) in meaning.aliases {
            try execute(
                sql: "INSERT OR REPLACE INTO aliases (alias, id) VALUES (?, ?)", arguments: [alias.text, id.text])
        }
        if result.n > (try metaNumber(.serverLast) ?? 0) { try setMeta(.serverLast, number: result.n) }
        return meaning
    }

    /// The entity that an id means: itself, or the one into which it was merged.
    func resolvingAlias(_ id: EntityID) throws -> EntityID {
        let found = try String.fetchOne(
            cachedStatement(sql: "SELECT id FROM aliases WHERE alias = ?"), arguments: [id.text])
        return found.flatMap { EntityID($0) } ?? id
    }
}
