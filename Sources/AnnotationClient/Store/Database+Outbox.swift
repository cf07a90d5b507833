import AnnotationModel
import Foundation
import GRDB
import JSONText
import SyncEngine
import SyncProtocol

/// A mutation that is to be pushed: exactly the bytes that were stored when it was made.
struct QueuedMutation: Sendable, Hashable {
    var n: Int64
    var bytes: [UInt8]
}

extension Database {
    /// Gives a mutation its number and stores its bytes; they never change while the clone keeps its id.
    func enqueue(_ operations: [SyncProtocol.Operation], madeAt: Timestamp, atomic: Bool = false) throws -> Mutation {
        let n = (try metaNumber(.lastN) ?? 0) + 1
        let mutation = Mutation(n: n, madeAt: madeAt, atomic: atomic, operations: operations)
        let bytes = mutation.encode()
        guard operations.count <= Limits.operationsPerMutation, bytes.count <= Limits.mutationRowBytes else {
            throw ClientError(
                .usage, "too_large", "that is \(operations.count) operations in \(bytes.count) bytes, too much at once")
        }
        try store(QueuedMutation(n: n, bytes: bytes), madeAt: madeAt)
        try setMeta(.lastN, number: n)
        return mutation
    }

    private func store(_ queued: QueuedMutation, madeAt: Timestamp) throws {
        try execute(
            sql: "INSERT INTO outbox (n, made_at, bytes) VALUES (?, ?, ?)",
            arguments: [queued.n, madeAt.microseconds, Data(queued.bytes)])
    }

    /// What is to be sent, in order: acknowledged mutations that a restored backup does not know, then the outbox.
    ///
    /// The history may know the first of the outbox, when an answer was lost: asked again, it repeats that answer.
    func queue(limit: Int) throws -> [QueuedMutation] {
        let known = try metaNumber(.serverLast) ?? 0
        return try SQLRow.fetchAll(
            self,
            sql: """
                SELECT n, bytes FROM acknowledged WHERE client_id = :client AND n > :known
                UNION ALL SELECT n, bytes FROM outbox ORDER BY n LIMIT :limit
                """,
            arguments: ["client": try meta(.clientID), "known": known, "limit": limit]
        ).map { QueuedMutation(n: $0["n"], bytes: Array($0["bytes"] as Data)) }
    }

    func queueCount() throws -> Int {
        try Int.fetchOne(
            self,
            sql: """
                SELECT (SELECT count(*) FROM acknowledged WHERE client_id = :client AND n > :known)
                  + (SELECT count(*) FROM outbox)
                """,
            arguments: ["client": try meta(.clientID), "known": try metaNumber(.serverLast) ?? 0]) ?? 0
    }

    /// The server cannot even read mutation `n`: it goes to the journal, and a void takes its place.
    func void(_ n: Int64, code: String, message: String, at now: Timestamp) throws -> Bool {
        let stored: Data? = try Data.fetchOne(self, sql: "SELECT bytes FROM outbox WHERE n = ?", arguments: [n])
        guard let stored, (try? Mutation(reading: Array(stored)))?.isVoid != true else { return false }
        try journal(n: n, operation: nil, code: code, message: message, bytes: stored, at: now, waitsFor: [])
        try execute(
            sql: "UPDATE outbox SET bytes = ? WHERE n = ?",
            arguments: [Data(Mutation.void(n: n).encode()), n])
        return true
    }

    /// Gives the clone a new id. What the server has not answered, or no longer knows, is numbered anew from 1 with the
    /// same operations.
    func fork(to client: EntityID, ids: IDSource) throws {
        let unresolved = try queue(limit: Int(Int32.max))
        let old = try requiredMetaID(.clientID)
        try execute(
            sql: "DELETE FROM acknowledged WHERE client_id = ? AND n > ?",
            arguments: [old.text, try metaNumber(.serverLast) ?? 0])
        try execute(sql: "DELETE FROM outbox")
        try setMeta(.lastN, number: 0)
        for queued in unresolved {
            let mutation = try? Mutation(reading: queued.bytes)
            // A void stands for nothing.
            guard let mutation, !mutation.isVoid else { continue }
            _ = try enqueue(mutation.operations, madeAt: mutation.madeAt ?? ids.now(), atomic: mutation.atomic)
        }
        try setMeta(.clientID, client.text)
        try setMeta(.forkedFrom, old.text)
        try setMeta(.registered, nil)
        try setMeta(.serverLast, number: 0)
        try restartSnapshot()
    }

    /// Forgets acknowledged mutations after 30 days: until then a restored backup can be healed by them.
    func forgetOldAcknowledged(now: Timestamp) throws {
        try execute(
            sql: "DELETE FROM acknowledged WHERE pending = 0 AND acknowledged_at < ?",
            arguments: [now.adding(seconds: -30 * 86_400).microseconds])
    }
}
