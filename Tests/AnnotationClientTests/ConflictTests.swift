import AnnotationModel
import JSONText
import SyncProtocol
import Testing

@testable import AnnotationClient

extension CloneTests {
    /// Two values that met, and the one command that settles them.
    @Suite struct Conflicts {
        private let phone = EntityID(high: 8, low: 77)

        private func disputed(
            _ replica: Replica, keptBy: EntityID, _ keptClient: EntityID?, otherBy: EntityID,
            _ otherClient: EntityID?
        ) throws -> Conflict {
            var row = replica.world.theirs()
            row.author = replica.world.bob
            let at = replica.world.ids.now()
            let conflict = Conflict(
                id: EntityID(high: 6, low: 1), articleID: row.articleID, entity: .annotation, entityID: row.id,
                field: "label", kept: ConflictSide(value: "PER", by: keptBy, client: keptClient, at: at),
                other: ConflictSide(value: "LOC", by: otherBy, client: otherClient, at: at))
            try replica.take(replica.page(from: 100, [.annotation(row), .conflict(conflict)]))
            return conflict
        }

        private func resolution(_ replica: Replica) throws -> SyncProtocol.Operation {
            try Mutation(reading: try #require(try replica.queue().first).bytes).operations[0]
        }

        @Test("mine is the value made on this clone, against the same user's other device")
        func mine() throws {
            let replica = try Replica()
            let bob = replica.world.bob
            let conflict = try disputed(replica, keptBy: bob, phone, otherBy: bob, replica.world.client)
            let shown = try #require(try replica.clone.conflicts().first)
            #expect(shown.mine == .other)
            #expect(shown.json["kept"]?["by"] == "bob")
            let settled = try replica.clone.resolve(conflict.id.text, .mine)
            #expect(settled.conflict.state == .resolved)
            #expect(try replica.clone.annotations().map(\.annotation.label) == ["LOC"])
            #expect(try replica.clone.conflicts().isEmpty)
            #expect(try replica.clone.conflicts(includingResolved: true).count == 1)
            #expect(
                try resolution(replica)
                    == .resolve(conflict: conflict.id, choice: .other, value: nil, was: .value("PER")))
        }

        @Test("theirs is the other user's value")
        func theirs() throws {
            let replica = try Replica()
            let conflict = try disputed(replica, keptBy: replica.world.bob, nil, otherBy: replica.world.carol, nil)
            _ = try replica.clone.resolve(conflict.id.text, .theirs)
            #expect(try replica.clone.annotations().map(\.annotation.label) == ["LOC"])
        }

        @Test("where neither value is mine the error names the choices kept and other")
        func neither() throws {
            let replica = try Replica()
            let carol = replica.world.carol
            let conflict = try disputed(replica, keptBy: carol, nil, otherBy: carol, nil)
            let error = #expect(throws: ClientError.self) { try replica.clone.resolve(conflict.id.text, .mine) }
            #expect(error?.code == "ambiguous")
            #expect(error?.message.contains("--kept") == true && error?.message.contains("--other") == true)
            _ = try replica.clone.resolve(conflict.id.text, .kept)
            #expect(try resolution(replica).id == conflict.id)
        }

        @Test("a third value is checked like any edit")
        func value() throws {
            let replica = try Replica()
            let conflict = try disputed(replica, keptBy: replica.world.bob, nil, otherBy: replica.world.carol, nil)
            let error = #expect(throws: ClientError.self) {
                try replica.clone.resolve(conflict.id.text, .value("topic"))
            }
            #expect(error?.code == "label_kind")
            _ = try replica.clone.resolve(conflict.id.text, .value("QUOTE"))
            #expect(try replica.clone.annotations().map(\.annotation.label) == ["QUOTE"])
        }

        @Test("a deletion that was refused is shown with its row's content, and can be carried through")
        func deletion() throws {
            let replica = try Replica(world: World(layers: .shared))
            let row = replica.world.theirs(layer: .shared)
            let at = replica.world.ids.now()
            let conflict = Conflict(
                id: EntityID(high: 6, low: 1), articleID: row.articleID, entity: .annotation, entityID: row.id,
                field: "deleted", kept: ConflictSide(value: false, by: replica.world.carol, client: nil, at: at),
                other: ConflictSide(value: true, by: replica.world.bob, client: nil, at: at))
            try replica.take(replica.page(from: 100, [.annotation(row), .conflict(conflict)]))
            _ = try replica.clone.resolve(conflict.id.text, .mine)
            #expect(try replica.clone.annotations().isEmpty)
            #expect(
                try resolution(replica)
                    == .resolve(
                        conflict: conflict.id, choice: .other, value: nil,
                        was: .digest(Row.annotation(row).contentDigest)))
        }
    }
}
