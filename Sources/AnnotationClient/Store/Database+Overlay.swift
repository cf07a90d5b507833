import AnnotationModel
import Foundation
import GRDB
import SyncEngine
import SyncProtocol

extension Database {
    /// Builds the overlay anew: the pending mutations in their order over the server's rows as they are now.
    ///
    /// Pending is what the outbox holds, and what the server has answered but whose change the log has not brought yet.
    func rebuildOverlay() throws {
        var overlay = Overlay(user: try requiredMetaID(.userID))
        let answered = try SQLRow.fetchAll(
            self, sql: "SELECT bytes, made_at, standing FROM acknowledged WHERE pending = 1 ORDER BY acknowledged_at, n"
        )
        for row in answered {
            let standing = Set((row["standing"] as String).split(separator: ",").compactMap { Int($0) })
            try extend(&overlay, with: row, over: .rows) { standing.contains($0) }
        }
        for row in try SQLRow.fetchAll(self, sql: "SELECT bytes, made_at FROM outbox ORDER BY n") {
            try extend(&overlay, with: row, over: .rows) { _ in true }
        }
        try execute(sql: "DELETE FROM overlay")
        try keep(overlay)
    }

    /// Puts one more mutation on top of what is seen.
    func extendOverlay(with mutation: Mutation) throws {
        var overlay = Overlay(user: try requiredMetaID(.userID))
        try overlay.apply(
            try mutation.operations.map { try $0.resolvingAliases(resolvingAlias) },
            madeAt: mutation.madeAt ?? Timestamp(microseconds: 0), base: localRow)
        try keep(overlay)
    }

    private func extend(
        _ overlay: inout Overlay, with row: SQLRow, over table: RowRecord.Table, keeping isKept: (Int) -> Bool
    ) throws {
        // What cannot be read (a mutation of an older program) is for the server to judge.
        guard let mutation = try? Mutation(reading: Array(row["bytes"] as Data)) else { return }
        let operations = try mutation.operations.enumerated()
            .filter { isKept($0.offset) }.map { try $0.element.resolvingAliases(resolvingAlias) }
        try overlay.apply(operations, madeAt: Timestamp(microseconds: row["made_at"])) { key in
            try record(key.kind, key.id.text, in: table)?.local()
        }
    }

    private func keep(_ overlay: Overlay) throws {
        for row in overlay.rows.values { try store(RowRecord(row), in: .overlay, ifNewer: false) }
    }

    /// A row as it is seen here: with pending work on top, deleted ones included.
    func localRow(_ key: EntityKey) throws -> LocalRow? {
        if let pending = try record(key.kind, key.id.text, in: .overlay) { return try pending.local() }
        return try record(key.kind, key.id.text, in: .rows)?.local()
    }
}
