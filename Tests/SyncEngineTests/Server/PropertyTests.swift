import AnnotationModel
import AnnotationModelTestSupport
import Digest
import JSONText
import SyncEngine
import SyncProtocol
import Testing

/// Clients that edit what they saw some time ago, as people do who are offline.
struct Crowd {
    struct Client {
        var device: Device
        /// The rows as this client saw them last.
        var seen: [EntityKey: StoredRow] = [:]
        var since: Int64 = 0
    }

    var stage: Stage
    var clients: [Client]
    var random: SeededGenerator

    init(seed: UInt64) {
        stage = Stage(layers: .shared, seed: seed)
        random = SeededGenerator(seed: seed)
        clients = [laptop, phone, beas, rexs, mias].map { Client(device: $0) }
        stage.push(laptop, (1...3).map { stage.create(id($0), attributes: ["certain": true]) })
        for index in clients.indices { pull(index) }
    }

    mutating func pull(_ index: Int) {
        clients[index].seen = stage.state.rows
        clients[index].since = stage.state.head
    }

    private mutating func value(of field: String) -> JSONValue {
        switch field {
        case "label": .string(random.pick(["PER", "ORG"]))
        case "attributes/certain": random.pick([true, false, nil])
        case "state": .string(random.pick(["draft", "final"]))
        case "anchor": Stage.anchor(random.pick([[(0, 8)], [(9, 16)], [(0, 8), (9, 16)], [(25, 34)]]))
        default: .string("text \(random.int(0...5))")
        }
    }

    /// Something that this client could do, by what it saw.
    mutating func operation(_ index: Int, fresh: inout UInt64) -> Operation {
        let seen = clients[index].seen.values.sorted { $0.row.id < $1.row.id }
        let live = seen.filter { $0.deleted == nil && $0.row.kind != .conflict }
        let open = seen.filter { if case .conflict(let row) = $0.row { row.state == .open } else { false } }
        fresh += 1
        if random.one(in: 6), !open.isEmpty, case .conflict(let conflict) = random.pick(open).row,
            let row = clients[index].seen[EntityKey(conflict.entity, conflict.entityID)]?.row
        {
            let was: SeenValue =
                conflict.field == "deleted" ? .digest(row.contentDigest) : SeenValue(row.field(conflict.field) ?? .null)
            return .resolve(conflict: conflict.id, choice: random.pick([.kept, .other]), value: .none, was: was)
        }
        guard !live.isEmpty, !random.one(in: 10) else { return stage.create(id(1000 + fresh)) }
        let row = random.pick(live).row
        switch random.int(0...7) {
        case 0: return .delete(row.kind, id: row.id, was: row.contentDigest)
        case 1:
            guard row.kind == .annotation else { fallthrough }
            return stage.comment(id(1000 + fresh), on: row.id, "comment \(fresh)")
        default:
            let fields = row.kind == .annotation ? ["label", "attributes/certain", "state", "anchor"] : ["text"]
            let edits = fields.filter { _ in random.one(in: 2) }.map { field in
                FieldEdit(field: field, was: SeenValue(row.field(field) ?? .null), value: value(of: field))
            }
            return .update(row.kind, id: row.id, edits: edits, revive: random.one(in: 8))
        }
    }
}

@Suite("Properties of the merge") struct PropertyTests {
    /// Every value in the project: what stands, also in deleted rows, and what conflicts keep, also closed ones.
    static func keeps(
        _ stage: Stage, _ conflicts: [Conflict], _ value: JSONValue, of field: String, _ key: EntityKey
    ) -> Bool {
        if stage.state.rows[key]?.row.field(field) == value { return true }
        return conflicts.contains { conflict in
            guard conflict.entity == key.kind, conflict.entityID == key.id else { return false }
            let sides = [conflict.kept.value, conflict.other.value]
            if conflict.field == field { return sides.contains(value) }
            return sides.contains { $0.objectValue?[field] == value }
        }
    }

    @Test(
        "No value is ever lost: it stands, or is in a conflict, or was refused, or somebody who saw it replaced it",
        arguments: UInt64(1)...40)
    func nothingLost(seed: UInt64) {
        var crowd = Crowd(seed: seed)
        var fresh: UInt64 = 0
        var owed: [(key: EntityKey, field: String, value: JSONValue)] = []
        for _ in 0..<60 {
            let index = crowd.random.int(0...(crowd.clients.count - 1))
            if crowd.random.one(in: 4) { crowd.pull(index) }
            let operation = crowd.operation(index, fresh: &fresh)
            let key = EntityKey(operation.entity, crowd.stage.state.aliases[operation.id] ?? operation.id)
            let before = crowd.stage.stored(operation.entity, operation.id)?.row
            let stood = crowd.stage.state.rows
            let result = crowd.stage.push(
                crowd.clients[index].device, [operation], since: crowd.clients[index].since)
            #expect(result.first.status != .rejected || result.first.code == .notAllowed, "\(result.first)")
            guard result.first.status != .rejected else { continue }
            switch operation {
            case .update(_, _, let edits, _):
                for edit in edits {
                    if let old = before?.field(edit.field), edit.was.matches(old) {
                        owed.removeAll { $0.key == key && $0.field == edit.field && $0.value == old }
                    }
                    owed.append((key, edit.field, edit.value))
                }
            case .create(.comment, _, let row) where result.first.status == .conflict:
                let kept = crowd.stage.conflict(result.first.conflictID)
                #expect(kept?.other.value["row"]?["text"] == row["text"])
            case .resolve(_, _, _, let was):
                guard case .conflict(let conflict)? = before else { continue }
                let entity = EntityKey(conflict.entity, conflict.entityID)
                // Who resolves has seen the two values that it names, and what `was` says.
                var seen = [conflict.kept.value, conflict.other.value]
                if let old = stood[entity]?.row.field(conflict.field), was.matches(old) { seen.append(old) }
                owed.removeAll { $0.key == entity && $0.field == conflict.field && seen.contains($0.value) }
                if let old = stood[entity]?.row, was == .digest(old.contentDigest) {
                    owed.removeAll { $0.key == entity && $0.value == old.field($0.field) }
                }
            default: break
            }
            let conflicts = crowd.stage.conflicts
            let lost = owed.first { !Self.keeps(crowd.stage, conflicts, $0.value, of: $0.field, $0.key) }
            guard let lost else { continue }
            Issue.record("\(lost.value) of \(lost.field) of \(lost.key.id) is lost by \(operation)")
            return
        }
    }

    @Test(
        "Conflicts are in order: open ones are listed, their kept value stands, closed ones say who closed them",
        arguments: UInt64(100)...120)
    func conflictsInOrder(seed: UInt64) {
        var crowd = Crowd(seed: seed)
        var fresh: UInt64 = 0
        for _ in 0..<60 {
            let index = crowd.random.int(0...(crowd.clients.count - 1))
            if crowd.random.one(in: 3) { crowd.pull(index) }
            let operations = (0..<crowd.random.int(1...4)).map { _ in crowd.operation(index, fresh: &fresh) }
            crowd.stage.push(
                crowd.clients[index].device, operations, atomic: crowd.random.one(in: 4),
                since: crowd.clients[index].since)
        }
        let stage = crowd.stage
        let listed = Set(stage.state.openConflicts.values.flatMap { $0 })
        #expect(listed == Set(stage.openConflicts.map(\.id)))
        for conflict in stage.conflicts {
            let stored = stage.stored(conflict.entity, conflict.entityID)
            guard conflict.state == .open else {
                #expect(conflict.resolvedBy != nil)
                continue
            }
            if conflict.field == "deleted" { continue }
            #expect(stored?.deleted == nil)
            #expect(conflict.kept.value == stored?.row.field(conflict.field))
            #expect(conflict.other.value != conflict.kept.value)
        }
    }

    /// Everything that a plan's way of writing must not change.
    static func summary(_ stage: Stage) -> [String] {
        stage.state.rows.values.map { stored in
            var row = stored.row.jsonWithoutVersion
            if stored.row.kind == .conflict { row["id"] = .none }
            for key in ["created_at", "kept", "other"] {
                guard row[key] != nil else { continue }
                row[key] = row[key]?["value"] ?? .none
            }
            return "\(stored.row.kind) \(JSONValue.object(row).canonicalText) \(stored.deleted?.by.text ?? "live")"
        }.sorted()
    }

    @Test("However mutations are grouped into transactions, the end is the same", arguments: UInt64(1)...20)
    func grouping(seed: UInt64) {
        var crowd = Crowd(seed: seed)
        let start = crowd.stage
        var fresh: UInt64 = 0
        var pushed: [(Device, [Operation], Bool)] = []
        for _ in 0..<30 {
            let index = crowd.random.int(0...(crowd.clients.count - 1))
            if crowd.random.one(in: 3) { crowd.pull(index) }
            let operations = (0..<crowd.random.int(1...3)).map { _ in crowd.operation(index, fresh: &fresh) }
            // The ids of conflicts depend on the run.
            guard !operations.contains(where: { $0.entity == .conflict }) else { continue }
            let atomic = crowd.random.one(in: 5)
            pushed.append((crowd.clients[index].device, operations, atomic))
            crowd.stage.push(crowd.clients[index].device, operations, atomic: atomic, since: 0)
        }
        var grouped = start
        var rest = pushed[...]
        while !rest.isEmpty {
            let group = rest.prefix(crowd.random.int(1...8))
            rest = rest.dropFirst(group.count)
            grouped.push(
                group.enumerated().map { offset, push in
                    (push.0, grouped.received(push.1.map { .success($0) }, atomic: push.2, n: Int64(offset + 1)))
                }, since: 0)
        }
        #expect(Self.summary(grouped) == Self.summary(crowd.stage))
        #expect(grouped.results.map(\.status) == crowd.stage.results.map(\.status))
        #expect(grouped.state.head == crowd.stage.state.head)
    }
}
