import AnnotationModel
import Digest
import JSONText
import SyncEngine
import SyncProtocol
import Testing

/// The local view is the server's rows with the pending mutations on top, applied as the server would.
struct ClientOverlayTests {
    private let bob = EntityID(high: 1, low: 1)
    private let carol = EntityID(high: 1, low: 2)
    private let article = EntityID(high: 2, low: 1)
    private let time = Timestamp(microseconds: 1_700_000_000_000_000)

    private func annotation(_ low: UInt64, label: String = "PER") -> Annotation {
        Annotation(
            id: EntityID(high: 3, low: low), articleID: article, author: bob, layer: .own, label: label,
            anchor: Anchor(
                articleVersion: SHA256.hash("text"), spans: [Span(start: 0, end: 4, quote: .text("text"))]),
            createdAt: time, version: 7)
    }

    private func view(
        _ operations: [SyncProtocol.Operation], over rows: [Row], deleted: Set<EntityID> = []
    ) -> [EntityKey: LocalRow] {
        let base = Dictionary(
            uniqueKeysWithValues: rows.map {
                (EntityKey($0.kind, $0.id), LocalRow(row: $0, isDeleted: deleted.contains($0.id)))
            })
        var overlay = Overlay(user: bob)
        overlay.apply(operations, madeAt: time) { base[$0] }
        return overlay.rows
    }

    @Test("a create that went out comes back as the row it was made from")
    func createRoundTrip() {
        var row = annotation(1)
        row.version = 0
        row.attributes = ["certain": .bool(true)]
        let made = view([Row.annotation(row).creation], over: [])
        #expect(made[EntityKey(.annotation, row.id)]?.row == .annotation(row))
    }

    @Test("a create under an id that is there changes nothing")
    func createTwice() {
        let there = annotation(1, label: "LOC")
        #expect(view([Row.annotation(annotation(1)).creation], over: [.annotation(there)]).isEmpty)
    }

    @Test("an edit is laid over whatever the server has by now, field by field")
    func rebase() {
        let before = annotation(1)
        var mine = before
        mine.label = "LOC"
        let edit = Row.annotation(before).update(to: .annotation(mine))
        var theirs = before
        theirs.state = .final
        theirs.version = 9
        let seen = view([edit].compactMap { $0 }, over: [.annotation(theirs)])
        guard case .annotation(let row) = seen[EntityKey(.annotation, before.id)]?.row else {
            Issue.record("the edit is not seen")
            return
        }
        #expect(row.label == "LOC")
        #expect(row.state == .final)
    }

    @Test("an update says only what changes, and what was seen there; a long value by its digest")
    func updateSaysWhatWasSeen() throws {
        let before = annotation(1)
        var after = before
        after.label = "LOC"
        after.attributes["note"] = "new"
        after.anchor.spans[0].end = 3
        guard case .update(_, _, let edits, false) = Row.annotation(before).update(to: .annotation(after)) else {
            Issue.record("no update")
            return
        }
        #expect(edits.map(\.field) == ["anchor", "attributes/note", "label"])
        #expect(edits[0].was == .digest(SHA256.hash(before.anchor.json.canonicalBytes())))
        #expect(edits[1].was == .value(.null))
        #expect(edits[2].was == .value("PER"))
        #expect(Row.annotation(before).update(to: .annotation(before)) == nil)
    }

    @Test("what was deleted is not edited, unless the edit revives it")
    func deletedAndRevived() {
        let row = annotation(1)
        let edit = FieldEdit(field: "label", was: .value("PER"), value: "LOC")
        let update = SyncProtocol.Operation.update(.annotation, id: row.id, edits: [edit], revive: false)
        let revival = SyncProtocol.Operation.update(.annotation, id: row.id, edits: [edit], revive: true)
        let key = EntityKey(.annotation, row.id)
        #expect(view([update], over: [.annotation(row)], deleted: [row.id])[key] == nil)
        let revived = view([revival], over: [.annotation(row)], deleted: [row.id])[key]
        #expect(revived?.isDeleted == false)
        #expect(revived?.row.field("label") == "LOC")
        #expect(view([Row.annotation(row).deletion, update], over: [.annotation(row)])[key]?.isDeleted == true)
    }

    private func conflict(_ field: String, kept: JSONValue, other: JSONValue) -> Conflict {
        Conflict(
            id: EntityID(high: 4, low: 1), articleID: article, entity: .annotation, entityID: annotation(1).id,
            field: field, kept: ConflictSide(value: kept, by: bob, client: nil, at: time),
            other: ConflictSide(value: other, by: carol, client: nil, at: time))
    }

    @Test(
        "a resolution sets the chosen value and closes the conflict",
        arguments: [
            (Conflict.Choice.kept, JSONValue?.none, "PER"), (.other, .none, "LOC"), (.value, .some("ORG"), "ORG"),
        ])
    func resolveField(_ choice: Conflict.Choice, _ value: JSONValue?, _ expected: String) {
        let conflict = conflict("label", kept: "PER", other: "LOC")
        let resolution = SyncProtocol.Operation.resolve(
            conflict: conflict.id, choice: choice, value: value, was: .value("PER"))
        let seen = view([resolution], over: [.annotation(annotation(1)), .conflict(conflict)])
        #expect(seen[EntityKey(.annotation, conflict.entityID)]?.row.field("label") == .string(expected))
        guard case .conflict(let closed) = seen[EntityKey(.conflict, conflict.id)]?.row else {
            Issue.record("the conflict is not seen")
            return
        }
        #expect(closed.state == .resolved)
        #expect(closed.choice == choice)
        #expect(closed.resolvedBy == bob)
    }

    @Test("a refused delete that is chosen deletes; a refused set that is chosen brings the row back with it")
    func resolveDeletion() {
        let refusedDelete = conflict("deleted", kept: false, other: true)
        let resolution = SyncProtocol.Operation.resolve(
            conflict: refusedDelete.id, choice: .other, value: nil,
            was: .digest(Row.annotation(annotation(1)).contentDigest))
        let key = EntityKey(.annotation, annotation(1).id)
        #expect(
            view([resolution], over: [.annotation(annotation(1)), .conflict(refusedDelete)])[key]?.isDeleted == true)
        let refusedSet = conflict("deleted", kept: true, other: ["label": "ORG"])
        let back = view(
            [resolution], over: [.annotation(annotation(1)), .conflict(refusedSet)], deleted: [annotation(1).id])[key]
        #expect(back?.isDeleted == false)
        #expect(back?.row.field("label") == "ORG")
    }

    @Test("mine is what this clone made, else what this user made; otherwise it cannot be told")
    func mine() {
        let laptop = EntityID(high: 9, low: 1)
        let phone = EntityID(high: 9, low: 2)
        var conflict = conflict("label", kept: "PER", other: "LOC")
        #expect(conflict.mine(user: bob, clients: [laptop]) == .kept)
        #expect(conflict.mine(user: carol, clients: [laptop]) == .other)
        #expect(conflict.mine(user: EntityID(high: 1, low: 3), clients: [laptop]) == nil)
        conflict.other.by = bob
        conflict.kept.client = phone
        #expect(conflict.mine(user: bob, clients: [EntityID(high: 9, low: 3)]) == nil)
        conflict.other.client = laptop
        #expect(conflict.mine(user: bob, clients: [laptop]) == .other)
        #expect(conflict.mine(user: bob, clients: [phone]) == .kept)
    }

    @Test("ids that were merged into others lead there, also at the ends of relations")
    func aliases() {
        let (old, new) = (EntityID(high: 3, low: 8), EntityID(high: 3, low: 9))
        let target = { (id: EntityID) in id == old ? new : id }
        let relation = Relation(
            id: EntityID(high: 5, low: 1), articleID: article, author: bob, layer: .own, label: "said_by",
            from: old, to: annotation(1).id, createdAt: time)
        guard case .create(_, _, let row) = Row.relation(relation).creation.resolvingAliases(target) else {
            Issue.record("no create")
            return
        }
        #expect(row["from"]?.stringValue == new.text)
        #expect(row["to"]?.stringValue == annotation(1).id.text)
        let deletion = SyncProtocol.Operation.delete(.annotation, id: old, was: SHA256.hash("x"))
        #expect(deletion.resolvingAliases(target).id == new)
    }
}
