import AnnotationModel
import JSONText
import SyncProtocol

// A value that cannot stand is kept in a conflict. There may be several open ones on one field: each has one of the
// values that lost, and all have as `kept` the value that stands.

extension ConflictSide {
    init(_ value: JSONValue, _ stamp: Stamp) {
        self.init(value: value, by: stamp.by, client: stamp.client, at: stamp.at)
    }
}

extension Planner {
    /// The name of the field that says whether an entity is deleted.
    static var deletedField: String { "deleted" }

    func conflict(_ id: EntityID) -> Conflict? {
        guard case .conflict(let conflict) = row(EntityKey(.conflict, id)) else { return nil }
        return conflict
    }

    private func openConflicts(of key: EntityKey, on field: String) -> [Conflict] {
        (state.openConflicts[key] ?? []).compactMap { conflict($0) }
            .filter { $0.state == .open && ExactString.equal($0.field, field) }
    }

    /// Brings the open conflicts of a field in line with its new value.
    ///
    /// - Parameters:
    ///   - lost: the value that was replaced without having been seen.
    ///   - closing: an informed edit decides, and what was open on the field is settled.
    /// - Returns: The conflict that keeps the lost value.
    mutating func settle(
        _ field: String, of key: EntityKey, now side: ConflictSide, lost: ConflictSide?, closing: Bool,
        except: EntityID?, _ actor: Actor
    ) throws(Refusal) -> EntityID? {
        for open in openConflicts(of: key, on: field) where open.id != except {
            if closing && !isUnseen(open, actor) || open.other.value == side.value {
                try close(open.id, nil, actor)
            } else if open.kept != side {
                var open = open
                open.kept = side
                try rewrite(open, actor)
            }
        }
        guard let lost else { return nil }
        return try keep(field, of: key, kept: side, other: lost, actor)
    }

    /// Whether `was` may equal the present value only because this client has set it itself, in a chain of edits made
    /// before it could know of the conflict: such an edit has seen its own value, and not the one that lost.
    private func isUnseen(_ conflict: Conflict, _ actor: Actor) -> Bool {
        guard let client = actor.context.client, let since = actor.context.since else { return false }
        // A conflict that the running mutation made has no version yet.
        return conflict.kept.client == client && (conflict.version == 0 || conflict.version > since)
    }

    /// Keeps a value in an open conflict: in one that has it already from the same user, or in a new one.
    private mutating func keep(
        _ field: String, of key: EntityKey, kept: ConflictSide, other: ConflictSide, _ actor: Actor
    ) throws(Refusal) -> EntityID {
        let same = openConflicts(of: key, on: field).first {
            $0.other.value == other.value && $0.other.by == other.by && $0.kept.value == kept.value
        }
        if let same { return same.id }
        guard let articleID = row(key)?.articleID else {
            throw Refusal(.unknownEntity, "the project has no \(key.kind.rawValue) \(key.id)")
        }
        let conflict = Conflict(
            id: actor.context.ids.id(), articleID: articleID, entity: key.kind, entityID: key.id, field: field,
            kept: kept, other: other)
        try write(StoredRow(row: .conflict(conflict), history: RowHistory(created: actor.stamp)))
        setOpenConflicts((state.openConflicts[key] ?? []) + [conflict.id], of: key)
        return conflict.id
    }

    private mutating func rewrite(_ conflict: Conflict, _ actor: Actor) throws(Refusal) {
        let history = state.rows[EntityKey(.conflict, conflict.id)]?.history ?? RowHistory(created: actor.stamp)
        var stored = StoredRow(row: .conflict(conflict), history: history)
        stored.history.last = actor.stamp
        try write(stored)
    }

    /// Closes a conflict; without a choice it closed by itself.
    mutating func close(_ id: EntityID, _ choice: Conflict.Choice?, _ actor: Actor) throws(Refusal) {
        guard var conflict = conflict(id) else { return }
        conflict.state = .resolved
        conflict.choice = choice
        conflict.resolvedBy = actor.user
        try rewrite(conflict, actor)
        let key = EntityKey(conflict.entity, conflict.entityID)
        setOpenConflicts((state.openConflicts[key] ?? []).filter { $0 != id }, of: key)
    }

    /// A row came back: what its reviver had been refused is decided, and what it says now anyway.
    mutating func closeRefusedSets(
        of key: EntityKey, now row: Row, except: EntityID?, _ actor: Actor
    ) throws(Refusal) {
        for open in openConflicts(of: key, on: Self.deletedField) where open.id != except {
            guard open.kept.value == .bool(true), let said = open.other.value.objectValue, said["create"] == nil else {
                continue
            }
            let stands = said.members.allSatisfy { row.field($0.key) == $0.value }
            if stands || open.other.by == actor.user { try close(open.id, nil, actor) }
        }
    }

    // MARK: Refused

    private mutating func refuse(
        _ key: EntityKey, _ code: OperationCode, _ message: String, kept: ConflictSide, other: JSONValue,
        _ actor: Actor
    ) throws(Refusal) -> Outcome {
        var outcome = Outcome(.conflict, code, version: nil)
        outcome.result.message = message
        outcome.result.conflictID = try keep(Self.deletedField, of: key, kept: kept, other: actor.side(other), actor)
        return outcome
    }

    /// Somebody else deleted what mine sets: it stays deleted, and what mine says is kept.
    mutating func refuseSet(
        _ sets: [FieldSet], of key: EntityKey, _ stored: StoredRow, _ actor: Actor
    ) throws(Refusal) -> Outcome {
        let changed = try changed(stored.row, by: sets)
        try check(changed, before: stored.row, isProven: sets.contains { $0.isProven })
        var said = JSONObject()
        for set in sets { said[set.field] = changed.field(set.field) }
        let kept = ConflictSide(.bool(true), stored.deleted ?? stored.history.last)
        return try refuse(
            key, .deletedSince, "the \(key.kind.rawValue) \(key.id) has been deleted", kept: kept,
            other: .object(said), actor)
    }

    /// The annotation below which mine creates something is deleted.
    mutating func refuseCreate(of row: Row, said json: JSONObject, _ actor: Actor) throws(Refusal) -> Outcome {
        let annotation: EntityID
        switch row {
        case .comment(let row): annotation = row.annotationID
        case .review(let row): annotation = row.annotationID
        default: throw Refusal(.relationInvalid, "the annotation of \(row.id) is deleted")
        }
        let key = EntityKey(.annotation, annotation)
        let stored = state.rows[key]
        let kept = ConflictSide(.bool(true), stored?.deleted ?? actor.stamp)
        let said: JSONObject = [
            "create": .string(row.kind.rawValue), "id": .string(row.id.text), "row": .object(json),
        ]
        return try refuse(
            key, .deletedSince, "the annotation \(annotation) has been deleted", kept: kept, other: .object(said),
            actor)
    }

    /// Somebody else edited what mine deletes: it stays.
    mutating func refuseDelete(of key: EntityKey, editedBy other: Stamp, _ actor: Actor) throws(Refusal) -> Outcome {
        try refuse(
            key, .editedSince, "the \(key.kind.rawValue) \(key.id) has been edited by somebody else",
            kept: ConflictSide(.bool(false), other), other: .bool(true), actor)
    }
}
