import AnnotationModel
import Foundation
import GRDB
import JSONText
import SyncEngine
import SyncProtocol

extension Database {
    /// Keeps what the server refused, once, until its user says what becomes of it.
    func journal(
        n: Int64, operation: Int?, code: String, message: String, bytes: Data, at now: Timestamp, waitsFor: [EntityID]
    ) throws {
        let client = try requiredMetaID(.clientID).text
        let isThere = try Bool.fetchOne(
            self,
            sql: "SELECT EXISTS (SELECT 1 FROM rejected WHERE client_id = ? AND n = ? AND op IS ?)",
            arguments: [client, n, operation])
        guard isThere != true else { return }
        try execute(
            sql: """
                INSERT INTO rejected (client_id, n, op, code, message, bytes, at, state, waits_for)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                client, n, operation, code, message, bytes, now.microseconds,
                (waitsFor.isEmpty ? RejectedItem.State.open : .waiting).rawValue,
                waitsFor.map(\.text).joined(separator: ","),
            ])
    }

    func rejectedItems(_ numbers: [Int64]? = nil, states: [RejectedItem.State]) throws -> [RejectedItem] {
        let rows = try SQLRow.fetchAll(
            self,
            sql:
                "SELECT * FROM rejected WHERE state IN (\(states.map { "'\($0.rawValue)'" }.joined(separator: ", "))) ORDER BY number"
        )
        return rows.map(RejectedItem.init(stored:)).filter { numbers?.contains($0.number) ?? true }
    }

    /// The operations of a refusal, as they were made.
    func rejectedOperations(_ number: Int64) throws -> (operations: [SyncProtocol.Operation], atomic: Bool) {
        guard
            let row = try SQLRow.fetchOne(
                self, sql: "SELECT op, bytes FROM rejected WHERE number = ?", arguments: [number])
        else { return ([], false) }
        let operation: Int? = row["op"]
        do throws(Refusal) {
            let mutation = try Mutation(reading: Array(row["bytes"] as Data))
            guard let operation else { return (mutation.operations, mutation.atomic) }
            return (operation < mutation.operations.count ? [mutation.operations[operation]] : [], false)
        } catch {
            throw ClientError(
                .usage, error.code.rawValue, "refusal \(number) cannot be sent as it is: \(error.message)")
        }
    }

    func setState(_ state: RejectedItem.State, ofRejected number: Int64) throws {
        try execute(
            sql: "UPDATE rejected SET state = ? WHERE number = ?", arguments: [state.rawValue, number])
    }

    /// Sends again, under a new number, what was refused for want of an entity that is here now.
    ///
    /// - Parameter arrived: the ids that have just come; nil to look at everything, after a snapshot.
    func resendWaiting(arrived: Set<String>?, at now: Timestamp) throws {
        let rows = try SQLRow.fetchAll(
            self, sql: "SELECT number, waits_for FROM rejected WHERE state = 'waiting' ORDER BY number")
        for row in rows {
            let wanted = (row["waits_for"] as String).split(separator: ",").map(String.init)
            if let arrived, arrived.isDisjoint(with: wanted) { continue }
            guard try wanted.allSatisfy({ try isHere($0) }) else { continue }
            let number: Int64 = row["number"]
            let (operations, atomic) = try rejectedOperations(number)
            if !operations.isEmpty { _ = try enqueue(operations, madeAt: now, atomic: atomic) }
            try setState(.retried, ofRejected: number)
        }
    }

    private func isHere(_ id: String) throws -> Bool {
        let target = try EntityID(id).map { try resolvingAlias($0).text } ?? id
        return try Bool.fetchOne(
            self,
            sql: """
                SELECT EXISTS (SELECT 1 FROM rows WHERE deleted = 0 AND id = ?
                  AND kind IN ('article', 'annotation', 'relation', 'comment', 'review', 'assignment', 'conflict'))
                """,
            arguments: [target]) ?? false
    }
}

extension RejectedItem {
    init(stored row: SQLRow) {
        let bytes = Array(row["bytes"] as Data)
        let operation: Int? = row["op"]
        var content = (try? JSONValue(parsing: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
        if let operation, let one = content["ops"]?[operation], var object = content.objectValue {
            object["ops"] = .array([one])
            content = .object(object)
        }
        self.init(
            number: row["number"], n: row["n"], operation: operation, code: row["code"], message: row["message"],
            mutation: content, at: Timestamp(microseconds: row["at"]),
            state: State(rawValue: row["state"]) ?? .open)
    }
}
