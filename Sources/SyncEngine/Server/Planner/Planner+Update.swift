import AnnotationModel
import Digest
import JSONText
import SyncProtocol

/// A value for one field, and whether who sets it had seen what stands there.
struct FieldSet {
    var field: String
    var value: JSONValue
    var isInformed: Bool
    /// An anchor that has been checked against its text before.
    var isProven = false
}

extension Planner {
    mutating func update(
        _ key: EntityKey, _ edits: [FieldEdit], revive: Bool, _ actor: Actor
    ) throws(Refusal) -> Outcome {
        guard key.kind != .conflict else { throw Refusal(.notAllowed, "a conflict is resolved, not updated") }
        let stored = try reachable(key, actor)
        if !edits.isEmpty { try actor.checkMayEdit(stored.row) }
        let sets = edits.map { edit in
            FieldSet(
                field: edit.field, value: edit.value,
                isInformed: stored.row.field(edit.field).map { edit.was.matches($0) } ?? false)
        }
        guard stored.deleted != nil else {
            if edits.isEmpty { try actor.checkMayRevive(stored.row) }
            return try merge(sets, into: key, reviving: false, actor)
        }
        guard key.kind != .assignment else {
            throw Refusal(.deletedSince, "the assignment \(key.id) has been taken back")
        }
        if revive {
            try actor.checkMayRevive(stored.row)
            return try merge(sets, into: key, reviving: true, actor)
        }
        return try refuseSet(sets, of: key, stored, actor)
    }

    /// Sets fields: an informed set replaces, an uninformed one wins and keeps the other value in a conflict.
    mutating func merge(
        _ sets: [FieldSet], into key: EntityKey, reviving: Bool, resolving: EntityID? = nil, _ actor: Actor
    ) throws(Refusal) -> Outcome {
        guard var stored = state.rows[key] else {
            throw Refusal(.unknownEntity, "the project has no \(key.kind.rawValue) \(key.id)")
        }
        let isMerged = othersChanged(stored, key, actor)
        let before = stored
        stored.row = try changed(stored.row, by: sets)
        let changes = sets.filter { before.row.field($0.field) != stored.row.field($0.field) }
        try check(stored.row, before: before.row, isProven: sets.contains { $0.isProven })
        for change in changes { stored.history.fields[change.field] = actor.stamp }
        if reviving { stored.deleted = nil }
        if !changes.isEmpty || before.deleted != nil && reviving {
            stored.history.last = actor.stamp
            try write(stored)
            if case .annotation(let row) = stored.row, changes.contains(where: { $0.field != "state" }) { addTwin(row) }
        }

        var outcome = Outcome(isMerged ? .merged : .applied, version: key)
        for set in sets {
            guard let value = stored.row.field(set.field), let old = before.row.field(set.field) else { continue }
            let lost = value == old || set.isInformed ? nil : ConflictSide(old, before.history.stamp(of: set.field))
            guard value != old || set.isInformed && resolving == nil else { continue }
            let id = try settle(
                set.field, of: key, now: actor.side(value), lost: lost, closing: set.isInformed && resolving == nil,
                except: resolving, actor)
            if let id {
                outcome.result.status = .conflict
                outcome.result.code = .editedSince
                outcome.result.conflicts.append(FieldConflict(field: set.field, conflictID: id, applied: true))
            }
        }
        if reviving, before.deleted != nil { try closeRefusedSets(of: key, now: stored.row, except: resolving, actor) }
        return outcome
    }

    /// The row with the fields set; types are checked, rules are not.
    func changed(_ row: Row, by sets: [FieldSet]) throws(Refusal) -> Row {
        var row = row
        for set in sets {
            if set.field.hasPrefix("attributes/"), Row.attributeKey(set.field) == nil {
                throw Refusal(
                    .unknownAttribute, "“\(set.field)” names no attribute: keys are 1 to 64 of a-z, 0-9 and _")
            }
            guard row.field(set.field) != nil else {
                throw Refusal(.malformed, "“\(set.field)” is no field of \(row.kind.rawValue) that can be set")
            }
            if set.field == "anchor" { try NewRow.checkQuotes(set.value) }
            do throws(RowError) {
                try row.setField(set.field, set.value)
            } catch {
                throw Refusal(.malformed, "\(error.path) \(error.message)")
            }
        }
        return row
    }

    /// Whether another client changed the row after the exchange's cursor. Once seen in an exchange it stays so, also
    /// when this client has changed the row since.
    private mutating func othersChanged(_ stored: StoredRow, _ key: EntityKey, _ actor: Actor) -> Bool {
        guard let client = actor.context.client, let since = actor.context.since else { return false }
        let mark = MergedKey(row: key, client: client)
        if merged.contains(mark) { return true }
        guard stored.row.version > since, stored.history.last.client != client else { return false }
        merged.insert(mark)
        return true
    }

    mutating func delete(_ key: EntityKey, was: SHA256Digest, _ actor: Actor) throws(Refusal) -> Outcome {
        guard key.kind != .conflict else { throw Refusal(.notAllowed, "a conflict is resolved, not deleted") }
        let stored = try reachable(key, actor)
        try actor.checkMayDelete(stored.row)
        guard stored.deleted == nil else { return Outcome(.applied, version: key) }
        if stored.row.contentDigest != was, let other = stored.lastEdit(notBy: actor.user) {
            return try refuseDelete(of: key, editedBy: other, actor)
        }
        return try remove(key, stored, actor)
    }

    mutating func remove(
        _ key: EntityKey, _ stored: StoredRow, resolving: EntityID? = nil, _ actor: Actor
    ) throws(Refusal) -> Outcome {
        var stored = stored
        stored.deleted = actor.stamp
        stored.history.last = actor.stamp
        try write(stored)
        for id in state.openConflicts[key] ?? [] where id != resolving { try close(id, nil, actor) }
        return Outcome(.applied, version: key)
    }
}

extension StoredRow {
    /// Who else set a field last; of several the one whose time is the latest, for telling only.
    func lastEdit(notBy user: EntityID) -> Stamp? {
        let fields = Set(row.fieldNames).union(history.fields.keys)
        return fields.map { history.stamp(of: $0) }.filter { $0.by != user }
            .max { ($0.at, $0.by) < ($1.at, $1.by) }
    }
}
