import AnnotationModel
import Digest
import JSONText
import SyncProtocol

extension Planner {
    mutating func resolve(
        _ key: EntityKey, _ choice: Conflict.Choice, value: JSONValue?, was: SeenValue, _ actor: Actor
    ) throws(Refusal) -> Outcome {
        _ = try reachable(key, actor)
        guard let conflict = conflict(key.id) else {
            throw Refusal(.unknownEntity, "the project has no conflict \(key.id)")
        }
        let entity = EntityKey(conflict.entity, conflict.entityID)
        let stored = try reachable(entity, actor)
        let isDeletion = ExactString.equal(conflict.field, Self.deletedField)
        guard actor.mayEdit(stored.row) || isDeletion && actor.mayRevive(stored.row) else {
            throw Refusal(.notAllowed, "who may edit the \(entity.kind.rawValue) \(entity.id) resolves its conflicts")
        }
        let mark = journal.count
        let chosen: JSONValue
        switch choice {
        case .kept: chosen = conflict.kept.value
        case .other: chosen = conflict.other.value
        case .value:
            guard let value else { throw Refusal(.malformed, "the choice “value” needs a value") }
            chosen = value
        }
        let outcome =
            isDeletion
            ? try decideDeletion(of: entity, stored, conflict, to: chosen, was: was, actor)
            : try decideField(of: entity, stored, conflict, to: chosen, isProven: choice != .value, was: was, actor)
        // A refused deletion leaves the conflict as it was.
        guard outcome.result.status != .conflict || outcome.version != nil else { return outcome }
        if conflict.state == .open || conflict.choice != choice || journal.count > mark {
            try close(key.id, choice, actor)
        }
        return outcome
    }

    private mutating func decideField(
        of entity: EntityKey, _ stored: StoredRow, _ conflict: Conflict, to value: JSONValue, isProven: Bool,
        was: SeenValue, _ actor: Actor
    ) throws(Refusal) -> Outcome {
        let isInformed = stored.row.field(conflict.field).map { was.matches($0) } ?? false
        let set = FieldSet(field: conflict.field, value: value, isInformed: isInformed, isProven: isProven)
        guard stored.deleted == nil else { return try refuseSet([set], of: entity, stored, actor) }
        var outcome = try merge([set], into: entity, reviving: false, resolving: conflict.id, actor)
        outcome.version = EntityKey(.conflict, conflict.id)
        return outcome
    }

    /// The field `deleted`: the entity goes, or stays; or it comes back with what was refused.
    private mutating func decideDeletion(
        of entity: EntityKey, _ stored: StoredRow, _ conflict: Conflict, to value: JSONValue, was: SeenValue,
        _ actor: Actor
    ) throws(Refusal) -> Outcome {
        let done = Outcome(.applied, version: EntityKey(.conflict, conflict.id))
        let digest = stored.row.contentDigest
        let isInformed = was == .digest(digest) || was == .value(.string(digest.hex))
        switch value {
        case .bool(true):
            guard stored.deleted == nil else { return done }
            try actor.checkMayDelete(stored.row)
            if !isInformed, let other = stored.lastEdit(notBy: actor.user) {
                guard conflict.state == .open, conflict.kept.value == .bool(false) else {
                    return try refuseDelete(of: entity, editedBy: other, actor)
                }
                // What was refused then is refused now, and stays open.
                var refused = Outcome(.conflict, .editedSince, version: nil)
                refused.result.conflictID = conflict.id
                return refused
            }
            _ = try remove(entity, stored, resolving: conflict.id, actor)
            return done
        case .bool(false):
            guard stored.deleted != nil else { return done }
            try actor.checkMayRevive(stored.row)
            _ = try merge([], into: entity, reviving: true, resolving: conflict.id, actor)
            return done
        case .object(let said):
            if stored.deleted != nil { try actor.checkMayRevive(stored.row) }
            return try bringBack(entity, said, conflict, isInformed: isInformed, actor)
        default: throw Refusal(.malformed, "the field “deleted” is true or false")
        }
    }

    private mutating func bringBack(
        _ entity: EntityKey, _ said: JSONObject, _ conflict: Conflict, isInformed: Bool, _ actor: Actor
    ) throws(Refusal) -> Outcome {
        var sets: [FieldSet] = []
        let isCreate = said["create"] != nil
        if !isCreate {
            if let row = row(entity), !said.isEmpty { try actor.checkMayEdit(row) }
            sets = said.members.map {
                FieldSet(field: $0.key, value: $0.value, isInformed: isInformed, isProven: true)
            }
        }
        var outcome = try merge(sets, into: entity, reviving: true, resolving: conflict.id, actor)
        if isCreate { try createRefused(said, by: conflict.other, actor) }
        outcome.version = EntityKey(.conflict, conflict.id)
        return outcome
    }

    /// Makes the comment or review that was refused, as its author made it, unless it is there by now.
    private mutating func createRefused(
        _ said: JSONObject, by side: ConflictSide, _ actor: Actor
    ) throws(Refusal) {
        guard let kind = said["create"]?.stringValue.flatMap({ EntityKind(rawValue: $0) }),
            let id = said["id"]?.stringValue.flatMap({ EntityID($0) }), let json = said["row"]?.objectValue,
            state.rows[real(kind, id)] == nil
        else { return }
        var row = try NewRow.read(kind, id, json, by: side.by, at: side.at)
        resolveReferences(of: &row)
        if case .review(let review) = row {
            // Their later review stands.
            guard reviews[ReviewKey(review)] == nil else { return }
            addReview(review)
        }
        let stamp = Stamp(by: side.by, client: side.client, at: side.at)
        var history = RowHistory(created: stamp)
        history.last = actor.stamp
        try write(StoredRow(row: row, history: history))
    }
}
