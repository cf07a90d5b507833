import AnnotationModel
import Digest
import JSONText
import SyncEngine
import SyncProtocol
import Testing

@Suite("Conflicts") struct ConflictTests {
    /// Ada said ORG, Bea GAP, neither having seen the other: GAP stands.
    static func contested() throws -> (Stage, EntityID) {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        stage.push(laptop, [stage.set(id(1), ["label": "ORG"])])
        let result = stage.push(beas, [stage.set(id(1), ["label": "GAP"], seen: ["label": "PER"])])
        return (stage, try #require(result.first.conflicts.first?.conflictID))
    }

    @Test("To keep what stands closes it and changes nothing else")
    func kept() throws {
        var (stage, conflict) = try Self.contested()
        let result = stage.push(laptop, [stage.resolve(conflict, .kept)])
        #expect(result.first == OperationResult(status: .applied, version: stage.state.head))
        #expect(stage.annotation(id(1))?.label == "GAP")
        let row = try #require(stage.conflict(conflict))
        #expect(row.state == .resolved)
        #expect(row.choice == .kept)
        #expect(row.resolvedBy == ada.id)
        #expect(stage.plans.last?.entries.map(\.entity) == [.conflict])
        #expect(stage.state.openConflicts[EntityKey(.annotation, id(1))] == [])
    }

    @Test("To take the other value sets it and closes, in one")
    func other() throws {
        var (stage, conflict) = try Self.contested()
        #expect(stage.push(laptop, [stage.resolve(conflict, .other)]).first.status == .applied)
        #expect(stage.annotation(id(1))?.label == "ORG")
        #expect(stage.openConflicts.isEmpty)
        #expect(stage.conflict(conflict)?.choice == .other)
        #expect(stage.plans.last?.entries.map(\.entity) == [.annotation, .conflict])
    }

    @Test("To give a third value sets it, if it may stand there")
    func value() throws {
        var (stage, conflict) = try Self.contested()
        #expect(stage.push(laptop, [stage.resolve(conflict, .value, value: "nope")]).codes == [.unknownLabel])
        #expect(stage.push(laptop, [stage.resolve(conflict, .value)]).codes == [.malformed])
        #expect(stage.conflict(conflict)?.state == .open)
        #expect(stage.push(laptop, [stage.resolve(conflict, .value, value: "QUOTE")]).first.status == .applied)
        #expect(stage.annotation(id(1))?.label == "QUOTE")
        #expect(stage.conflict(conflict)?.choice == .value)
    }

    @Test("A resolution that had not seen the present value keeps that one in a new conflict")
    func unseen() throws {
        var (stage, conflict) = try Self.contested()
        stage.push(beas, [stage.resolve(conflict, .value, value: "QUOTE")])
        let result = stage.push(laptop, [stage.resolve(conflict, .other, seen: "GAP")])
        #expect(result.first.status == .conflict)
        #expect(stage.annotation(id(1))?.label == "ORG")
        #expect(stage.conflict(conflict)?.choice == .other)
        #expect(stage.conflict(conflict)?.resolvedBy == ada.id)
        let open = try #require(stage.openConflicts.first)
        #expect(open.id == result.first.conflicts.first?.conflictID)
        #expect(open.kept.value == "ORG")
        #expect(open.other.value == "QUOTE")
        #expect(open.other.by == bea.id)
    }

    @Test("A second resolution with another choice wins later; with the same one nothing happens")
    func second() throws {
        var (stage, conflict) = try Self.contested()
        stage.push(beas, [stage.resolve(conflict, .kept)])
        let before = stage.log.count
        #expect(stage.push(laptop, [stage.resolve(conflict, .kept)]).first.status == .applied)
        #expect(stage.log.count == before)
        #expect(stage.push(laptop, [stage.resolve(conflict, .other)]).first.status == .applied)
        #expect(stage.annotation(id(1))?.label == "ORG")
        #expect(stage.conflict(conflict)?.choice == .other)
    }

    @Test("Three values: the one that stands is kept in each conflict, the two that lost are in one each")
    func three() throws {
        var (stage, first) = try Self.contested()
        let result = stage.push(rexs, [stage.set(id(1), ["label": "QUOTE"], seen: ["label": "PER"])])
        let second = try #require(result.first.conflicts.first?.conflictID)
        #expect(second != first)
        #expect(stage.conflict(first)?.kept.value == "QUOTE")
        #expect(stage.conflict(first)?.other.value == "ORG")
        #expect(stage.conflict(second)?.kept.value == "QUOTE")
        #expect(stage.conflict(second)?.other.value == "GAP")
        // To settle one leaves the other open, with what stands now.
        stage.push(laptop, [stage.resolve(first, .other)])
        #expect(stage.openConflicts.map(\.id) == [second])
        #expect(stage.conflict(second)?.kept.value == "ORG")
        #expect(stage.conflict(second)?.other.value == "GAP")
    }

    @Test("A value that wins after all closes the conflict that kept it")
    func comesBack() throws {
        var (stage, first) = try Self.contested()
        stage.push(rexs, [stage.set(id(1), ["label": "ORG"], seen: ["label": "PER"])])
        #expect(stage.conflict(first)?.state == .resolved)
        #expect(stage.openConflicts.map(\.other.value) == ["GAP"])
    }

    @Test("The same lost value of the same user is kept once")
    func keptOnce() throws {
        var (stage, _) = try Self.contested()
        stage.push(laptop, [stage.set(id(1), ["label": "ORG"])])
        stage.push(beas, [stage.set(id(1), ["label": "GAP"], seen: ["label": "PER"])])
        stage.push(beas, [stage.set(id(1), ["label": "GAP"], seen: ["label": "PER"])])
        #expect(stage.openConflicts.count == 1)
    }

    @Test("An informed edit of the field closes it, of another field does not")
    func informedEdit() throws {
        var (stage, conflict) = try Self.contested()
        stage.push(laptop, [stage.set(id(1), ["state": "final"])])
        #expect(stage.conflict(conflict)?.state == .open)
        stage.push(laptop, [stage.set(id(1), ["label": "QUOTE"])])
        #expect(stage.conflict(conflict)?.state == .resolved)
        #expect(stage.conflict(conflict)?.choice == nil)
        #expect(stage.conflict(conflict)?.resolvedBy == ada.id)
    }

    @Test("A chain of offline edits does not close the conflict that it could not know of")
    func chain() throws {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        let since = stage.state.head
        stage.push(laptop, [stage.set(id(1), ["label": "ORG"])])
        let edits = [("PER", "GAP"), ("GAP", "QUOTE")].map { seen, value in
            stage.set(id(1), ["label": .string(value)], seen: ["label": .string(seen)])
        }
        for operations in [edits, [stage.set(id(1), ["label": "PER"], seen: ["label": "QUOTE"])]] {
            stage.push(beas, operations, since: since)
            #expect(stage.openConflicts.map(\.other.value) == ["ORG"])
            #expect(stage.openConflicts.first?.kept.value == stage.stored(.annotation, id(1))?.row.field("label"))
        }
        stage.push(beas, [stage.set(id(1), ["label": "GAP"])])
        #expect(stage.openConflicts.isEmpty)
    }

    @Test("Deleting the entity closes its conflicts")
    func deletion() throws {
        var (stage, conflict) = try Self.contested()
        stage.push(laptop, [stage.delete(id(1))])
        #expect(stage.conflict(conflict)?.state == .resolved)
        // A late resolution is a set on a deleted row.
        let late = stage.push(beas, [stage.resolve(conflict, .other, seen: "GAP")])
        #expect(late.codes == [.deletedSince])
        #expect(stage.conflict(late.first.conflictID)?.other.value == ["label": "ORG"])
    }

    @Test("Who may edit the entity resolves; whoever sees it does not")
    func rights() throws {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        stage.push(laptop, [stage.set(id(1), ["label": "ORG"])])
        let result = stage.push(phone, [stage.set(id(1), ["label": "GAP"], seen: ["label": "PER"])])
        let conflict = result.first.conflicts.first?.conflictID
        #expect(stage.push(beas, [stage.resolve(conflict, .other)]).codes == [.notAllowed])
        #expect(stage.push(rexs, [stage.resolve(conflict, .other)]).codes == [.notAllowed])
        #expect(stage.push(laptop, [stage.resolve(id(98), .other)]).codes == [.unknownEntity])
        #expect(stage.push(laptop, [stage.resolve(conflict, .other)]).first.status == .applied)
    }

    // MARK: The field `deleted`

    /// Ada's delete was refused, because Bea had edited.
    static func refusedDelete() throws -> (Stage, EntityID) {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        let seen = try #require(stage.stored(.annotation, id(1))?.row.contentDigest)
        stage.push(beas, [stage.set(id(1), ["label": "ORG"])])
        let result = stage.push(laptop, [stage.delete(id(1), was: seen)])
        return (stage, try #require(result.first.conflictID))
    }

    @Test("A refused delete: kept leaves it, other deletes it", arguments: [Conflict.Choice.kept, .other, .value])
    func refusedDelete(choice: Conflict.Choice) throws {
        var (stage, conflict) = try Self.refusedDelete()
        let value: JSONValue? = choice == .value ? true : .none
        #expect(stage.push(laptop, [stage.resolve(conflict, choice, value: value)]).first.status == .applied)
        #expect(stage.isDeleted(.annotation, id(1)) == (choice != .kept))
        #expect(stage.conflict(conflict)?.state == .resolved)
        #expect(stage.conflict(conflict)?.choice == choice)
    }

    @Test("A deletion decided on an old row is refused again, and the conflict stays open")
    func refusedAgain() throws {
        var (stage, conflict) = try Self.refusedDelete()
        let seen = try #require(stage.stored(.annotation, id(1))?.row.contentDigest)
        stage.push(beas, [stage.set(id(1), ["state": "final"])])
        let result = stage.push(laptop, [stage.resolve(conflict, .other, seen: .string(seen.hex))])
        #expect(result.first.status == .conflict)
        #expect(result.first.conflictID == conflict)
        #expect(!stage.isDeleted(.annotation, id(1)))
        #expect(stage.openConflicts.map(\.id) == [conflict])
    }

    @Test("Asking twice for a refused delete gives one conflict; a seen one closes it")
    func deleteTwice() throws {
        var (stage, conflict) = try Self.refusedDelete()
        #expect(stage.push(laptop, [stage.delete(id(1), was: SHA256.hash("old"))]).first.conflictID == conflict)
        #expect(stage.push(laptop, [stage.delete(id(1))]).first.status == .applied)
        #expect(stage.openConflicts.isEmpty)
    }

    /// Bea's set came after Ada's delete.
    static func refusedSet() throws -> (Stage, EntityID) {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        stage.push(laptop, [stage.delete(id(1))])
        let result = stage.push(beas, [stage.set(id(1), ["label": "ORG", "anchor": Stage.anchor([(9, 16)])])])
        return (stage, try #require(result.first.conflictID))
    }

    @Test("A refused set: kept leaves it deleted")
    func refusedSetKept() throws {
        var (stage, conflict) = try Self.refusedSet()
        #expect(stage.push(beas, [stage.resolve(conflict, .kept)]).first.status == .applied)
        #expect(stage.isDeleted(.annotation, id(1)))
        #expect(stage.conflict(conflict)?.state == .resolved)
    }

    @Test("A refused set: other revives with what was set, by who may revive")
    func refusedSetOther() throws {
        var (stage, conflict) = try Self.refusedSet()
        #expect(stage.push(beas, [stage.resolve(conflict, .other)]).codes == [.notAllowed])
        // The text was checked when it was pushed; it need not be loaded for this.
        stage.state.texts = [:]
        #expect(stage.push(laptop, [stage.resolve(conflict, .other)]).first.status == .applied)
        #expect(!stage.isDeleted(.annotation, id(1)))
        #expect(stage.annotation(id(1))?.label == "ORG")
        #expect(stage.annotation(id(1))?.anchor.spans.first?.start == 9)
        #expect(stage.openConflicts.isEmpty)
    }

    @Test("A refused set: the value false revives without it")
    func refusedSetValue() throws {
        var (stage, conflict) = try Self.refusedSet()
        #expect(stage.push(rexs, [stage.resolve(conflict, .value, value: false)]).first.status == .applied)
        #expect(!stage.isDeleted(.annotation, id(1)))
        #expect(stage.annotation(id(1))?.label == "PER")
    }

    @Test("Reviving what one was refused closes one's own conflict; others' wishes stay open")
    func reviveCloses() throws {
        var (stage, conflict) = try Self.refusedSet()
        let mine = stage.push(rexs, [stage.set(id(1), ["state": "final"])]).first.conflictID
        stage.push(rexs, [stage.set(id(1), ["state": "final"], revive: true)])
        #expect(stage.conflict(mine)?.state == .resolved)
        #expect(stage.openConflicts.map(\.id) == [conflict])
        // Its other value can still be taken, on the live row.
        #expect(stage.push(beas, [stage.resolve(conflict, .other)]).first.status == .applied)
        #expect(stage.annotation(id(1))?.label == "ORG")
        #expect(stage.annotation(id(1))?.state == .final)
    }

    @Test("A refused comment comes with the annotation, in its author's name, when it is revived for it")
    func refusedComment() throws {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        stage.push(laptop, [stage.delete(id(1))])
        let conflict = stage.push(beas, [stage.comment(id(5), on: id(1), "garde-le")]).first.conflictID
        #expect(stage.push(beas, [stage.resolve(conflict, .other)]).codes == [.notAllowed])
        let result = stage.push(laptop, [stage.resolve(conflict, .other)])
        #expect(result.first.status == .applied)
        #expect(!stage.isDeleted(.annotation, id(1)))
        guard case .comment(let comment)? = stage.stored(.comment, id(5))?.row else {
            Issue.record("the comment is not there")
            return
        }
        #expect(comment.author == bea.id)
        #expect(comment.text == "garde-le")
        #expect(stage.stored(.comment, id(5))?.history.created.client == beas.client)
        #expect(stage.plans.last?.entries.map(\.entity) == [.annotation, .comment, .conflict])
        // A second time there is nothing more to make.
        #expect(stage.push(laptop, [stage.resolve(conflict, .other)]).first.status == .applied)
    }

    @Test("A conflict is seen by whoever sees its entity")
    func audience() throws {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        stage.push(beas, [stage.comment(id(2), on: id(1))])
        stage.push(beas, [stage.set(.comment, id(2), ["text": "un"])])
        stage.push(Device(bea, 2), [stage.set(.comment, id(2), ["text": "deux"], seen: ["text": "sûr ?"])])
        let entry = try #require(stage.plans.last?.entries.last)
        #expect(entry.entity == .conflict)
        #expect(entry.owner == ada.id)
        #expect(entry.author == bea.id)
        #expect(entry.articleID == stage.article)
        var gold = Stage()
        gold.push(rexs, [gold.create(id(1), layer: .gold)])
        #expect(gold.plans.last?.entries.first?.owner == nil)
    }
}
