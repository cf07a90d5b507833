import AnnotationModel
import JSONText
import SyncEngine
import SyncProtocol
import Testing

@Suite("Orders of delivery") struct DeliveryOrderTests {
    /// All orders that keep each client's own order.
    static func interleavings<Element>(_ queues: [[Element]]) -> [[Element]] {
        guard queues.contains(where: { !$0.isEmpty }) else { return [[]] }
        return queues.indices.filter { !queues[$0].isEmpty }.flatMap { index in
            var rest = queues
            let first = rest[index].removeFirst()
            return interleavings(rest).map { [first] + $0 }
        }
    }

    @Test("Edits of different fields end alike in every order of delivery")
    func disjoint() {
        var start = Stage(layers: .shared)
        start.push(laptop, [start.create(id(1), attributes: ["certain": true])])
        let queues: [[(Device, Operation)]] = [
            [(laptop, start.set(id(1), ["label": "ORG"])), (laptop, start.comment(id(5), on: id(1)))],
            [
                (beas, start.set(id(1), ["attributes/certain": false])),
                (beas, start.set(id(1), ["attributes/certain": nil], seen: ["attributes/certain": false])),
            ],
            [
                (rexs, start.set(id(1), ["anchor": Stage.anchor([(9, 16)])])),
                (rexs, start.review(id(6), of: id(1), .accept)),
            ],
        ]
        var ends: Set<[String]> = []
        for order in Self.interleavings(queues) {
            var stage = start
            for (device, operation) in order { stage.push(device, [operation], since: start.state.head) }
            #expect(stage.conflicts.isEmpty)
            ends.insert(PropertyTests.summary(stage))
        }
        #expect(ends.count == 1)
    }

    @Test("Whatever the order, the last pushed word stands, and the others' are in open conflicts")
    func lastWords() {
        var start = Stage(layers: .shared)
        start.push(laptop, [start.create(id(1))])
        let words: [(Device, JSONValue)] = [(laptop, "ORG"), (beas, "QUOTE"), (rexs, "GAP")]
        for order in Self.interleavings(words.map { [$0] }) {
            var stage = start
            for (device, label) in order {
                stage.push(device, [stage.set(id(1), ["label": label], seen: ["label": "PER"])])
            }
            let others = Set(stage.openConflicts.map(\.other.value))
            #expect(others == Set(order.dropLast().map(\.1)))
            #expect(stage.stored(.annotation, id(1))?.row.field("label") == order.last?.1)
        }
    }

    @Test("Whatever the order, the last word of each chain of offline edits stands or is in an open conflict")
    func chains() {
        var start = Stage(layers: .shared)
        start.push(laptop, [start.create(id(1))])
        let field = "attributes/note"
        let words: [(Device, [JSONValue])] = [(laptop, ["a", "b"]), (beas, ["c"]), (rexs, ["d", "e"])]
        let queues = words.map { device, notes in
            zip([.null] + notes, notes).map { seen, note in
                (device, note, start.set(id(1), [field: note], seen: [field: seen]))
            }
        }
        for order in Self.interleavings(queues) {
            var stage = start
            for (device, _, operation) in order { stage.push(device, [operation], since: start.state.head) }
            let stands = stage.stored(.annotation, id(1))?.row.field(field)
            #expect(stands == order.last?.1)
            let kept = stage.openConflicts.map(\.other.value) + (stands.map { [$0] } ?? [])
            #expect(Set(kept).isSuperset(of: ["b", "c", "e"]), "\(order.map(\.1))")
        }
    }

    @Test("A set and a delete in either order: nothing of the set is lost, and the delete's wish neither")
    func setAndDelete() throws {
        var start = Stage(layers: .shared)
        start.push(laptop, [start.create(id(1))])
        let set = start.set(id(1), ["label": "ORG"])
        let delete = start.delete(id(1))
        var setFirst = start
        setFirst.push(beas, [set])
        setFirst.push(laptop, [delete])
        var deleteFirst = start
        deleteFirst.push(laptop, [delete])
        deleteFirst.push(beas, [set])
        for stage in [setFirst, deleteFirst] {
            let conflict = try #require(stage.openConflicts.first)
            #expect(conflict.field == "deleted")
            var settled = stage
            let isKept = conflict.kept.value == false
            settled.push(mias, [settled.resolve(conflict.id, isKept ? .kept : .other)])
            #expect(settled.annotation(id(1))?.label == "ORG")
            #expect(!settled.isDeleted(.annotation, id(1)))
        }
    }

    @Test("Two devices' equal annotations become one in either order")
    func twins() {
        for order in [[(laptop, id(1)), (phone, id(2))], [(phone, id(2)), (laptop, id(1))]] {
            var stage = Stage()
            for (device, annotation) in order { stage.push(device, [stage.create(annotation)]) }
            #expect(stage.state.rows.count == 1)
            #expect(stage.annotation(id(1)) == stage.annotation(id(2)))
        }
    }
}
