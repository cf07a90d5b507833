import AnnotationModel
import JSONText
import SyncEngine
import SyncProtocol
import Testing

@Suite("Mutations") struct MutationTests {
    @Test("Operations on one row fold to one entry and share its version")
    func folding() throws {
        var stage = Stage()
        let result = stage.push(
            laptop,
            [
                stage.create(id(1)), stage.create(id(2), spans: [(9, 16)]),
                stage.set(id(1), ["label": "ORG"], seen: ["label": "PER"]),
                stage.set(id(1), ["state": "final"], seen: ["state": "draft"]),
            ])
        #expect(result.status == .applied)
        #expect(result.operations.map(\.version) == [101, 102, 101, 101])
        let plan = try #require(stage.plans.last)
        #expect(plan.entries.map(\.id) == [id(1), id(2)])
        #expect(plan.rows.count == 2)
        #expect(stage.annotation(id(1))?.label == "ORG")
        #expect(stage.annotation(id(1))?.state == .final)
    }

    @Test("A create and a delete in one mutation log one del, and the id is taken for ever")
    func createAndDelete() throws {
        var stage = Stage()
        var planned = Stage()
        planned.push(laptop, [planned.create(id(1))])
        let result = stage.push(laptop, [stage.create(id(1)), planned.delete(id(1))])
        #expect(result.operations.map(\.version) == [101, 101])
        let plan = try #require(stage.plans.last)
        #expect(plan.entries.map(\.kind) == [.del])
        #expect(plan.rows.map(\.isNew) == [true])
        #expect(plan.entries[0].articleID == stage.article)
        #expect(plan.entries[0].owner == ada.id)
        #expect(stage.push(laptop, [stage.create(id(1))]).codes == [.idDeleted])
    }

    @Test("Mutations do not fold: each has its entry, the row is written once with the last state")
    func neverAcross() throws {
        var stage = Stage()
        let one = stage.received([.success(stage.create(id(1)))])
        let two = stage.received([.success(stage.set(id(1), ["label": "ORG"], seen: ["label": "PER"]))], n: one.n + 1)
        let three = stage.received([.success(stage.set(id(1), ["label": "GAP"], seen: ["label": "ORG"]))], n: one.n + 2)
        let results = stage.push([(laptop, one), (laptop, two), (laptop, three)])
        #expect(results.map(\.first.version) == [101, 102, 103])
        let plan = try #require(stage.plans.last)
        #expect(plan.entries.map { $0.row?.field("label") } == ["PER", "ORG", "GAP"])
        #expect(plan.entries.map(\.n) == [one.n, two.n, three.n])
        #expect(plan.rows.map(\.offset) == [3])
        #expect(plan.rows.map(\.isNew) == [true])
    }

    @Test("A chain of offline edits sees its own earlier values", arguments: [true, false])
    func chain(inOneMutation: Bool) {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        let chain = [("PER", "ORG"), ("ORG", "GAP"), ("GAP", "QUOTE")].map { seen, value in
            stage.set(id(1), ["label": .string(value)], seen: ["label": .string(seen)])
        }
        if inOneMutation {
            stage.push(laptop, chain)
        } else {
            for operation in chain { stage.push(laptop, [operation], since: 100) }
        }
        #expect(stage.annotation(id(1))?.label == "QUOTE")
        #expect(stage.conflicts.isEmpty)
        #expect(stage.results.allSatisfy { $0.operations.allSatisfy { $0.status == .applied } })
    }

    @Test("A bad operation does not touch the others, and nothing of it stays")
    func partial() throws {
        var stage = Stage()
        let result = stage.push(
            laptop,
            content: [
                .success(stage.create(id(1))), .failure(Refusal(.malformed, "an operation must be an object")),
                .success(stage.create(id(2), label: "nope")), .success(stage.create(id(3), spans: [(9, 16)])),
            ])
        #expect(result.status == .partial)
        #expect(result.statuses == [.applied, .rejected, .rejected, .applied])
        #expect(result.codes == [nil, .malformed, .unknownLabel, nil])
        #expect(result.operations.map(\.version) == [101, nil, nil, 102])
        let write = try #require(stage.plans.last?.results.last)
        #expect(write.payload == Array("mutation 1".utf8))
        #expect(write.client == laptop.client)
    }

    @Test("Nothing of a mutation without faults goes to the journal")
    func noPayload() {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        stage.push(laptop, [stage.set(id(1), ["label": "ORG"])])
        stage.push(beas, [stage.set(id(1), ["label": "GAP"], seen: ["label": "PER"])])
        #expect(stage.plans.allSatisfy { $0.results.allSatisfy { $0.payload == nil } })
    }

    @Test("An atomic mutation with a fault does nothing; the culprit keeps its code")
    func atomic() {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        stage.push(laptop, [stage.set(id(1), ["label": "ORG"])])
        let before = stage.state.rows
        let rejected = stage.push(
            beas, [stage.create(id(2)), stage.create(id(3), label: "nope"), stage.create(id(4))], atomic: true)
        #expect(rejected.status == .rejected)
        #expect(rejected.statuses == [.rejected, .rejected, .rejected])
        #expect(rejected.codes == [.atomicAborted, .unknownLabel, .atomicAborted])
        // A set that wins over another value is a conflict too.
        let won = stage.push(
            beas, [stage.create(id(2)), stage.set(id(1), ["label": "GAP"], seen: ["label": "PER"])], atomic: true)
        #expect(won.codes == [.atomicAborted, .editedSince])
        #expect(won.statuses == [.rejected, .rejected])
        #expect(won.operations.allSatisfy { $0.conflicts.isEmpty && $0.version == nil })
        #expect(stage.state.rows == before)
        #expect(stage.conflicts.isEmpty)
        #expect(stage.plans.suffix(2).allSatisfy { $0.entries.isEmpty && $0.results.first?.payload != nil })
        #expect(
            stage.push(beas, [stage.create(id(2)), stage.create(id(3), spans: [(9, 16)])], atomic: true).status
                == .applied)
    }

    @Test("What an atomic mutation undid is as if it had never been", arguments: [true, false])
    func undone(atomic: Bool) {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        stage.push(rexs, [stage.review(id(20), of: id(1), .accept)])
        // An alias, a review and a twin are made, then the last operation fails.
        let result = stage.push(
            Device(ada, 2),
            [stage.create(id(2)), stage.create(id(3), spans: [(9, 16)]), stage.create(id(4), label: "nope")],
            atomic: atomic)
        #expect(result.operations[2].code == .unknownLabel)
        #expect((stage.state.aliases[id(2)] == nil) == atomic)
        #expect((stage.stored(.annotation, id(3)) == nil) == atomic)
        let again = stage.push(laptop, [stage.create(id(5), spans: [(9, 16)])])
        #expect((again.first.aliasOf == nil) == atomic)
        #expect(stage.plans.last?.aliases.count == (atomic ? 0 : 1))
    }

    @Test("A void, and what cannot be read, are refused whole and stored")
    func refusedWhole() throws {
        var stage = Stage()
        let void = ReceivedMutation(
            n: 1, madeAt: nil, atomic: false, isVoid: true, bytes: Array("{}".utf8), content: .success([]))
        let bad = ReceivedMutation(
            n: 2, madeAt: nil, atomic: false, isVoid: false, bytes: Array("?".utf8),
            content: .failure(Refusal(.malformed, "cannot be read")))
        let results = stage.push([(laptop, void), (laptop, bad)])
        #expect(results.map(\.status) == [.rejected, .rejected])
        #expect(results.map(\.code) == [.void, .malformed])
        #expect(results.allSatisfy { $0.operations.isEmpty })
        #expect(stage.plans.last?.results.map(\.payload) == [Array("{}".utf8), Array("?".utf8)])
        #expect(stage.plans.last?.changeCount == 0)
    }

    @Test("A mutation of more than 1 MiB of rows, or of 256 operations, is refused whole")
    func tooLarge() {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        let text = String(repeating: "x", count: 60_000)
        let large = (0..<18).map { stage.comment(id(100 + $0), on: id(1), text) }
        let result = stage.push(laptop, large)
        #expect(result.status == .rejected)
        #expect(result.code == .tooLarge)
        #expect(result.operations.isEmpty)
        #expect(stage.stored(.comment, id(100)) == nil)
        #expect(stage.push(laptop, Array(large.prefix(17))).status == .applied)
        let many = (0..<257).map { stage.comment(id(1000 + $0), on: id(1)) }
        #expect(stage.push(laptop, many).code == .tooLarge)
        #expect(stage.push(laptop, Array(many.prefix(256))).status == .applied)
    }

    @Test("A transaction is cut at a mutation's border when it would become too large")
    func cut() throws {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        func mutation(_ n: Int64) -> ReceivedMutation {
            stage.received((0..<256).map { .success(stage.comment(id(UInt64(n) * 1000 + $0), on: id(1))) }, n: n)
        }
        let context = stage.context(laptop, since: stage.state.head)
        var planner = Planner(state: stage.state)
        for n in 2...4 { #expect(planner.applyIfItFits(mutation(Int64(n)), as: context) != nil) }
        #expect(planner.size.changes == 768)
        let before = planner.plan.entries
        #expect(planner.applyIfItFits(mutation(5), as: context) == nil)
        #expect(planner.plan.entries == before)
        #expect(planner.plan.results.count == 3)
        #expect(planner.state.rows[EntityKey(.comment, id(5000))] == nil)
        var next = Planner(state: planner.state)
        #expect(next.applyIfItFits(mutation(5), as: context) != nil)

        let text = String(repeating: "x", count: 60_000)
        func heavy(_ n: Int64) -> ReceivedMutation {
            stage.received((0..<16).map { .success(stage.comment(id(UInt64(n) * 1000 + $0), on: id(1), text)) }, n: n)
        }
        var bytes = Planner(state: stage.state)
        #expect(bytes.applyIfItFits(heavy(2), as: context) != nil)
        #expect(bytes.applyIfItFits(heavy(3), as: context) != nil)
        #expect(bytes.applyIfItFits(heavy(4), as: context) == nil)
        #expect(bytes.size.rowBytes <= Limits.transactionRowBytes)
    }

    @Test("A group commit: each mutation with its own user, client and rights, later ones see earlier ones")
    func group() throws {
        var stage = Stage()
        let one = stage.received([.success(stage.create(id(1)))])
        let two = stage.received([.success(stage.comment(id(2), on: id(1)))])
        let three = stage.received([.success(stage.set(id(1), ["label": "ORG"], seen: ["label": "PER"]))])
        let four = stage.received([.success(stage.review(id(3), of: id(1), .accept))])
        let five = stage.received([.success(stage.review(id(4), of: id(1), .reject))])
        let results = stage.push([(laptop, one), (beas, two), (beas, three), (rexs, four), (mias, five)])
        #expect(results.map(\.status) == [.applied, .applied, .rejected, .applied, .applied])
        #expect(results[2].codes == [.notAllowed])
        let plan = try #require(stage.plans.last)
        #expect(plan.results.map(\.client) == [laptop, beas, beas, rexs, mias].map(\.client))
        #expect(plan.entries.map(\.by) == [ada.id, bea.id, rex.id, mia.id])
        #expect(plan.entries.map(\.owner) == [ada.id, ada.id, ada.id, ada.id])
        #expect(plan.entries.map(\.author) == [nil, bea.id, rex.id, mia.id])
    }

    @Test("Without a client there is no origin and no merging by cursor")
    func plainHTTP() throws {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        let result = stage.push(Device(bea, nil), [stage.set(id(1), ["label": "ORG"])])
        #expect(result.first.status == .applied)
        let plan = try #require(stage.plans.last)
        #expect(plan.entries[0].client == nil)
        #expect(plan.entries[0].n == nil)
        #expect(plan.results[0].client == nil)
        #expect(stage.push(laptop, [stage.set(id(1), ["state": "final"])], since: 101).first.status == .merged)
    }

    @Test("Rows keep who set which field, by the client's clock")
    func history() throws {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        stage.push(beas, [stage.set(id(1), ["label": "ORG", "attributes/certain": true])])
        let stored = try #require(stage.stored(.annotation, id(1)))
        #expect(stored.history.stamp(of: "label").by == bea.id)
        #expect(stored.history.stamp(of: "attributes/certain").client == beas.client)
        #expect(stored.history.stamp(of: "state").by == ada.id)
        #expect(stored.history.last.by == bea.id)
        #expect(stage.annotation(id(1))?.author == ada.id)
        #expect(stage.annotation(id(1))?.createdAt == stored.history.created.at)
    }
}
