package import AnnotationModel
import AnnotationStore
import Digest
package import JSONText
import Postgres
import SyncEngine
package import SyncProtocol

/// A row after a write.
package struct WrittenRow: Sendable, Hashable {
    package var row: Row
    /// Made by this write; false where it was there already and says the same.
    package var isNew: Bool
}

/// Writes annotations, relations, comments and reviews for callers who are no replica: through the same planner and
/// log as what clients push, with the version that the caller saw in place of a merge.
package struct EditService: Sendable {
    private let database: Database
    private let log: ChangeLog

    init(database: Database, log: ChangeLog) {
        self.database = database
        self.log = log
    }

    /// Makes a row. `content` is what the author says, with an `id` where the caller made one: the same content under
    /// the same id again is the same row.
    ///
    /// Nothing merges here: a second review of one annotation, and a comment on a deleted one, are refused.
    package func create(
        _ access: ProjectAccess, _ kind: EntityKind, _ content: JSONObject
    ) async throws -> WrittenRow {
        let operation = try creation(kind, content)
        let outcomes = try await write(access, [operation]) { state, viewer in
            state.hide(from: viewer, except: [EntityKey(kind, operation.id)])
            return [operation]
        }
        return try outcomes.first.required().get()
    }

    /// Makes many rows of one kind; each stands or is refused on its own.
    package func createAll(
        _ access: ProjectAccess, _ kind: EntityKind, _ contents: [JSONValue]
    ) async throws -> [Result<WrittenRow, Problem>] {
        try access.require(.annotate)
        var results: [Result<WrittenRow, Problem>?] = []
        var operations: [(index: Int, operation: Operation)] = []
        for (index, content) in contents.enumerated() {
            results.append(nil)
            do throws(Problem) {
                guard let object = content.objectValue else { throw .malformed("items[\(index)] must be an object") }
                operations.append((index, try creation(kind, object)))
            } catch {
                results[index] = .failure(error)
            }
        }
        var rest = operations[...]
        while !rest.isEmpty {
            let batch = rest.prefix(Limits.changesPerTransaction).map(\.operation)
            let outcomes = try await write(access, batch) { state, viewer in
                state.hide(from: viewer, except: Set(batch.map { EntityKey(kind, $0.id) }))
                return batch
            }
            for (position, outcome) in zip(rest, outcomes) { results[position.index] = outcome }
            rest = rest.dropFirst(outcomes.count)
        }
        return try results.map { try $0.required() }
    }

    /// Sets fields of a row that still has the version which the caller saw.
    package func change(
        _ access: ProjectAccess, _ kind: EntityKind, _ id: EntityID, _ patch: JSONObject, expecting version: Int64
    ) async throws -> Row {
        let fields = try RowPatch.fields(of: kind, patch)
        let wanted = FieldEdit.unseen(fields)
        var unchanged: Row?
        let outcomes = try await write(access, [.update(kind, id: id, edits: wanted, revive: false)]) { state, viewer in
            let stored = try Self.live(kind, id, in: state, viewer, access)
            try Expectation.check(version, stored.row)
            guard !fields.isEmpty else {
                unchanged = stored.row
                return []
            }
            state.hide(from: viewer, except: [])
            // The version says that the caller saw what stands there.
            let edits = fields.map { field, value in
                FieldEdit(field: field, was: SeenValue(stored.row.field(field) ?? .null), value: value)
            }
            return [.update(kind, id: id, edits: edits, revive: false)]
        }
        if let unchanged { return unchanged }
        return try outcomes.first.required().get().row
    }

    /// Takes away a row that still has the version which the caller saw.
    package func delete(
        _ access: ProjectAccess, _ kind: EntityKind, _ id: EntityID, expecting version: Int64
    ) async throws {
        let outcomes = try await write(access, [.delete(kind, id: id, was: SHA256.hash([]))]) { state, viewer in
            let stored = try Self.live(kind, id, in: state, viewer, access)
            try Expectation.check(version, stored.row)
            return [.delete(kind, id: id, was: stored.row.contentDigest)]
        }
        _ = try outcomes.first.required().get()
    }

    /// Decides a conflict that still has the version which the caller saw. When the field has changed since the
    /// conflict arose, nothing is decided: `edited_since`.
    package func resolve(
        _ access: ProjectAccess, conflict id: EntityID, _ choice: Conflict.Choice, value: JSONValue?,
        expecting version: Int64
    ) async throws -> Conflict {
        let unseen = Operation.resolve(conflict: id, choice: choice, value: value, was: .value(.null))
        let outcomes = try await write(access, [unseen]) { state, viewer in
            let stored = try Self.live(.conflict, id, in: state, viewer, access)
            try Expectation.check(version, stored.row)
            guard case .conflict(let conflict) = stored.row else { return [] }
            var was = SeenValue(conflict.kept.value)
            if conflict.field == "deleted",
                let entity = state.rows[EntityKey(conflict.entity, conflict.entityID)]
            {
                was = .digest(entity.row.contentDigest)
            }
            return [.resolve(conflict: id, choice: choice, value: value, was: was)]
        }
        let written = try outcomes.first.required().get()
        guard case .conflict(let conflict) = written.row else {
            throw Problem.internalError("the conflict was not read as one")
        }
        return conflict
    }

    // MARK: Writing

    private func creation(_ kind: EntityKind, _ content: JSONObject) throws(Problem) -> Operation {
        var content = content
        var id = database.ids.id()
        if let given = content.removeValue(forKey: "id"), !given.isNull {
            guard let made = given.stringValue.flatMap({ EntityID($0) }) else {
                throw .malformed("id must be a UUID, or left out")
            }
            id = made
        }
        return .create(kind, id: id, row: content)
    }

    /// Plans what `decide` makes of the state now, and commits it; from the start again when somebody else came first.
    ///
    /// - Returns: an outcome for each operation, in order, as far as one transaction goes.
    private func write(
        _ access: ProjectAccess, _ operations: [Operation],
        _ decide: (inout ProjectState, Viewer) throws -> [Operation]
    ) async throws -> [Result<WrittenRow, Problem>] {
        try access.require(.annotate)
        let wanted = operations.map { Self.mutation(of: $0) }
        var planned: [(result: MutationResult, row: Row?, isNew: Bool)] = []
        let committed = try await log.write(
            project: access.project.id, raisesGuard: false, by: access.principal.user.id
        ) { transaction, opened in
            planned = []
            try access.confirm(opened, .annotate)
            let context = try context(access, opened)
            var state = try await log.load(transaction, opened, LoadRequest(for: wanted, context: context))
            let more = LoadRequest(following: state, mutations: wanted)
            if !more.isEmpty { state = try await log.load(transaction, opened, more, extending: state) }
            let decided = try decide(&state, context.viewer(of: opened.project))
            var planner = Planner(state: state)
            for operation in decided {
                guard let result = planner.applyIfItFits(Self.mutation(of: operation), as: context) else { break }
                let key = EntityKey(operation.entity, result.operations.first?.aliasOf ?? operation.id)
                planned.append(
                    (result, planner.state.rows[key]?.row, result.operations.first?.status == .applied))
            }
            return planner.plan.entries.isEmpty ? nil : planner.plan
        }
        return planned.map { planned in
            let result = planned.result.shifted(by: committed?.base ?? 0)
            guard let operation = result.operations.first else {
                return .failure(Problem(refused: result.code, result.message))
            }
            guard operation.status != .rejected, var row = planned.row, let version = operation.version else {
                return .failure(Problem(refused: operation.code, operation.message))
            }
            row.version = version
            return .success(WrittenRow(row: row, isNew: planned.isNew))
        }
    }

    /// One operation that stands or falls as a whole: nothing of it may end in a conflict.
    private static func mutation(of operation: Operation) -> ReceivedMutation {
        ReceivedMutation(
            n: 1, madeAt: nil, atomic: true, isVoid: false, bytes: [], content: .success([.success(operation)]))
    }

    private func context(_ access: ProjectAccess, _ opened: OpenedLog) throws(Problem) -> PushContext {
        guard let pusher = opened.pushers.first, let role = pusher.rights.role else {
            // Annotations belong to members: an administrator who is none reads everything and writes nothing.
            throw .notAllowed("you are no member of this project; a manager adds you first")
        }
        return PushContext(
            user: access.principal.user.id, role: role, client: nil, since: nil, ids: database.ids,
            assigned: pusher.rights.assigned, done: pusher.rights.done)
    }

    /// The row that a path names, as reading would find it: what is deleted or not shown is as good as missing.
    private static func live(
        _ kind: EntityKind, _ id: EntityID, in state: ProjectState, _ viewer: Viewer, _ access: ProjectAccess
    ) throws(Problem) -> StoredRow {
        let key = EntityKey(kind, state.rows[EntityKey(kind, id)] == nil ? state.aliases[id] ?? id : id)
        guard let stored = state.rows[key], stored.deleted == nil,
            viewer.sees(stored.row.audience { state.rows[$0]?.row }),
            let article = stored.row.articleID, state.articles[article]?.isDeleted == false
        else { throw AnnotationService.unknown(kind, id, access) }
        return stored
    }
}

extension ProjectState {
    /// Takes away what the viewer does not see: a plan then treats it as missing, whether it is or not.
    fileprivate mutating func hide(from viewer: Viewer, except kept: Set<EntityKey>) {
        let all = rows
        rows = all.filter { key, stored in
            kept.contains(key) || viewer.sees(stored.row.audience { all[$0]?.row })
        }
        articles = articles.filter { viewer.view(of: $0.key) != .none }
    }
}

extension FieldEdit {
    /// Edits that say which fields will be set, before it is known what stands there.
    fileprivate static func unseen(_ fields: [(field: String, value: JSONValue)]) -> [FieldEdit] {
        fields.map { FieldEdit(field: $0.field, was: .value(.null), value: $0.value) }
    }
}

extension Optional {
    /// What must be there by the way it was made.
    fileprivate func required() throws(Problem) -> Wrapped {
        guard let self else { throw .internalError("a write has no outcome") }
        return self
    }
}
