package import AnnotationModel
import Digest
package import JSONText
package import SyncProtocol

/// A row as a replica sees it; deleted rows are remembered, so that an older image cannot bring them back.
package struct LocalRow: Sendable, Hashable {
    package var row: Row
    package var isDeleted: Bool

    package init(row: Row, isDeleted: Bool = false) {
        self.row = row
        self.isDeleted = isDeleted
    }
}

/// What pending mutations make of the server's rows: only the rows that differ.
///
/// Rebasing is building it anew: the pending mutations in their order over the rows as they are now.
package struct Overlay: Sendable {
    package private(set) var rows: [EntityKey: LocalRow] = [:]
    private let user: EntityID

    /// `user`: the author of whatever is created.
    package init(user: EntityID) {
        self.user = user
    }

    /// Applies operations as the server would if nobody else had done anything; what does not fit is left out.
    ///
    /// - Parameters:
    ///   - madeAt: when they were made: the `created_at` of new rows.
    ///   - base: the row below this overlay: the server's, or an overlay's that was built before.
    package mutating func apply(
        _ operations: [Operation], madeAt: Timestamp, base: (EntityKey) throws -> LocalRow?
    ) rethrows {
        for operation in operations { try apply(operation, madeAt: madeAt, base: base) }
    }

    private mutating func apply(
        _ operation: Operation, madeAt: Timestamp, base: (EntityKey) throws -> LocalRow?
    ) rethrows {
        switch operation {
        case .create(let kind, let id, let object):
            let key = EntityKey(kind, id)
            guard try current(key, base) == nil else { return }
            guard let row = Row(creating: kind, id: id, from: object, author: user, at: madeAt) else { return }
            rows[key] = LocalRow(row: row)
        case .update(let kind, let id, let edits, let revive):
            let key = EntityKey(kind, id)
            guard var local = try current(key, base), !local.isDeleted || revive else { return }
            local.isDeleted = false
            for edit in edits { local.row.set(edit.field, edit.value) }
            rows[key] = local
        case .delete(let kind, let id, _):
            let key = EntityKey(kind, id)
            guard var local = try current(key, base) else { return }
            local.isDeleted = true
            rows[key] = local
        case .resolve(let id, let choice, let value, _):
            try resolve(id, choice, value, base)
        }
    }

    private mutating func resolve(
        _ id: EntityID, _ choice: Conflict.Choice, _ value: JSONValue?, _ base: (EntityKey) throws -> LocalRow?
    ) rethrows {
        let key = EntityKey(.conflict, id)
        guard var local = try current(key, base), case .conflict(var conflict) = local.row else { return }
        let entity = EntityKey(conflict.entity, conflict.entityID)
        let chosen: JSONValue? =
            switch choice {
            case .kept: conflict.kept.value
            case .other: conflict.other.value
            case .value: value
            }
        if var target = try current(entity, base), let chosen {
            target.settle(conflict.field, chosen)
            rows[entity] = target
        }
        conflict.state = .resolved
        conflict.choice = choice
        conflict.resolvedBy = user
        local.row = .conflict(conflict)
        rows[key] = local
    }

    private func current(
        _ key: EntityKey, _ base: (EntityKey) throws -> LocalRow?
    ) rethrows -> LocalRow? {
        if let row = rows[key] { return row }
        return try base(key)
    }
}

extension LocalRow {
    /// Gives a field the value that a conflict's resolution chose; for `deleted` a boolean, or a set that revives.
    mutating func settle(_ field: String, _ chosen: JSONValue) {
        guard field == "deleted" else {
            isDeleted = false
            row.set(field, chosen)
            return
        }
        if let deleted = chosen.boolValue {
            isDeleted = deleted
        } else if let fields = chosen.objectValue {
            isDeleted = false
            guard fields["create"] == nil else { return }
            for member in fields.members { row.set(member.key, member.value) }
        }
    }
}

extension Row {
    /// Sets a field where the value fits; whatever does not is refused by the server, and shown then.
    fileprivate mutating func set(_ field: String, _ value: JSONValue) {
        var changed = self
        do throws(RowError) { try changed.setField(field, value) } catch { return }
        self = changed
    }

    /// The row that a create makes: what was sent, with what the server adds.
    package init?(creating kind: EntityKind, id: EntityID, from object: JSONObject, author: EntityID, at: Timestamp) {
        guard kind.isPushable, kind != .conflict, kind != .assignment else { return nil }
        var full = object
        full["id"] = .string(id.text)
        full[kind == .review ? "reviewer" : "author"] = .string(author.text)
        full["created_at"] = .string(at.text)
        full["version"] = .number(0)
        do throws(RowError) { try self.init(kind: kind, json: full) } catch { return nil }
    }
}
