import AnnotationModel
import JSONText
import SyncEngine
import SyncProtocol

extension Clone {
    /// Settles a conflict: the chosen value stands in the field (or the row is revived or deleted), and it is closed.
    ///
    /// `mine` is the value made on this clone, else by this user; where that says neither side or both, an error names
    /// the choices `kept` and `other`.
    package func resolve(_ reference: String, _ choice: ResolveChoice) throws -> ConflictItem {
        try mutate { bench in
            guard case .conflict(let conflict) = try bench.reader.references.row(reference, [.conflict]).local().row
            else { throw ClientError(.usage, "not_found", "“\(reference.prefix(80))” is no conflict") }
            guard bench.rules.role != .viewer else {
                throw ClientError(.refused, "not_allowed", "a viewer of \(bench.rules.project.name) only reads")
            }
            let (chosen, value) = try Self.choice(choice, of: conflict, bench)
            let local = try bench.db.localRow(EntityKey(conflict.entity, conflict.entityID))
            if let row = local?.row {
                try bench.check { () throws(Refusal) in try bench.rules.checkMayResolve(conflict, of: row) }
            }
            try Self.check(chosen, value, of: conflict, in: local, bench)
            let operation = Operation.resolve(
                conflict: conflict.id, choice: chosen, value: value, was: Self.seenValue(of: conflict, in: local))
            try bench.push([operation])
            guard let (record, isPending) = try bench.reader.one(.conflict, conflict.id) else { throw Self.vanished }
            return try bench.reader.conflict(record, isPending)
        }
    }

    private static func choice(
        _ choice: ResolveChoice, of conflict: Conflict, _ bench: Workbench
    ) throws -> (Conflict.Choice, JSONValue?) {
        switch choice {
        case .kept: return (.kept, nil)
        case .other: return (.other, nil)
        case .value(let value): return (.value, value)
        case .mine, .theirs:
            let clients = [try bench.db.metaID(.clientID), try bench.db.metaID(.forkedFrom)].compactMap { $0 }
            guard let mine = conflict.mine(user: bench.rules.user, clients: Set(clients)) else {
                throw ClientError(
                    .usage, "ambiguous",
                    "it cannot be told which value is yours: choose --kept (\(describe(conflict.kept, bench))) or --other (\(describe(conflict.other, bench)))"
                )
            }
            let isMine = choice == .mine
            return ((mine == .kept) == isMine ? .kept : .other, nil)
        }
    }

    private static func describe(_ side: ConflictSide, _ bench: Workbench) -> String {
        let value = side.value.stringValue ?? side.value.canonicalText
        return "\(value.prefix(60)), by \(bench.reader.name(side.by))"
    }

    /// Whether the row may take the chosen value, as far as it is known here.
    private static func check(
        _ choice: Conflict.Choice, _ value: JSONValue?, of conflict: Conflict, in local: LocalRow?, _ bench: Workbench
    ) throws {
        guard choice == .value, let value else { return }
        guard conflict.field != "deleted" else {
            guard value.boolValue != nil else {
                throw ClientError(.usage, "malformed", "whether it is deleted is true or false")
            }
            return
        }
        guard var after = local?.row, let before = local?.row else { return }
        do throws(RowError) { try after.setField(conflict.field, value) } catch {
            throw ClientError(.usage, "malformed", "the value of \(conflict.field) \(error.message)")
        }
        guard case .annotation(let row) = after, case .annotation(let old) = before,
            let text = try bench.db.text(row.anchor.articleVersion)
        else { return }
        try bench.check { () throws(Refusal) in try bench.rules.check(row, before: old, in: text) }
    }

    /// What stood in the field when the user chose; for a deletion the content's hash.
    private static func seenValue(of conflict: Conflict, in local: LocalRow?) -> SeenValue {
        guard let row = local?.row else { return SeenValue(conflict.kept.value) }
        guard conflict.field != "deleted" else { return .digest(row.contentDigest) }
        return SeenValue(row.field(conflict.field) ?? .null)
    }
}
