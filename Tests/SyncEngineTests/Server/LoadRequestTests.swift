import AnnotationModel
import Digest
import JSONText
import SyncEngine
import SyncProtocol
import Testing

@Suite("What must be loaded") struct LoadRequestTests {
    let stage = Stage()

    func request(_ operations: [Operation], by device: Device = laptop) -> LoadRequest {
        LoadRequest(
            for: [stage.received(operations.map { .success($0) })], context: stage.context(device, since: 0))
    }

    @Test("A new annotation: its id, its article, its text, and where a twin may stand")
    func annotation() {
        let request = request([stage.create(id(1))])
        #expect(request.rows == [EntityKey(.annotation, id(1))])
        #expect(request.articles == [stage.article])
        #expect(request.texts == [Stage.sha])
        var made = Stage()
        made.push(laptop, [made.create(id(2), state: .final)])
        #expect(request.twins.map(\.hash) == [made.annotation(id(2))?.contentHash])
        #expect(self.request([stage.create(id(1))], by: Device(ada, nil)).twins.isEmpty)
    }

    @Test("Relations, comments and reviews: the annotations they stand on")
    func others() {
        let request = request(
            [
                stage.relate(id(1), id(2), id(3)), stage.comment(id(4), on: id(5)),
                stage.review(id(6), of: id(7), .accept),
            ])
        #expect(
            request.rows == [
                EntityKey(.relation, id(1)), EntityKey(.annotation, id(2)), EntityKey(.annotation, id(3)),
                EntityKey(.comment, id(4)), EntityKey(.annotation, id(5)), EntityKey(.review, id(6)),
                EntityKey(.annotation, id(7)),
            ])
        #expect(request.reviewed == [id(7)])
    }

    @Test("Updates, deletes and resolutions: the row, and the text of a new anchor")
    func changes() {
        let other = SHA256.hash("another text")
        let request = request(
            [
                stage.set(id(1), ["anchor": Stage.anchor([(0, 1)], sha: other)]), stage.delete(.comment, id(2)),
                .resolve(conflict: id(3), choice: .value, value: Stage.anchor([(0, 8)]), was: .value(nil)),
                .delete(.label, id: id(4), was: Stage.sha),
            ])
        #expect(
            request.rows == [
                EntityKey(.annotation, id(1)), EntityKey(.comment, id(2)), EntityKey(.conflict, id(3)),
            ])
        #expect(request.texts == [other, Stage.sha])
    }

    @Test("Nonsense asks for nothing and does not trap")
    func nonsense() {
        let rows: [JSONObject] = [
            JSONObject(), ["article_id": 7, "anchor": "x", "from": "y", "annotation_id": nil],
            ["anchor": ["article_version": "zz", "spans": [7]]],
        ]
        for row in rows {
            for kind in EntityKind.allCases {
                let request = request([.create(kind, id: id(1), row: row)])
                #expect(request.articles.isEmpty && request.texts.isEmpty && request.twins.isEmpty)
                #expect(request.rows.count <= 1)
            }
        }
        let refused = ReceivedMutation(
            n: 1, madeAt: nil, atomic: false, isVoid: false, bytes: [], content: .failure(Refusal(.malformed, "?")))
        #expect(LoadRequest(for: [refused], context: stage.context(laptop, since: 0)).isEmpty)
    }

    @Test("What shows only afterwards: the ends of a relation, and what a resolution would make")
    func following() throws {
        var stage = Stage()
        stage.push(
            laptop, [stage.create(id(1)), stage.create(id(2), spans: [(9, 16)]), stage.relate(id(3), id(1), id(2))])
        let relabel = stage.received([.success(stage.set(.relation, id(3), ["label": "said_by"]))])
        var loaded = stage.state
        loaded.rows = loaded.rows.filter { $0.key.kind == .relation }
        let ends = LoadRequest(following: loaded, mutations: [relabel])
        #expect(ends.rows == [EntityKey(.annotation, id(1)), EntityKey(.annotation, id(2))])
        #expect(LoadRequest(following: stage.state, mutations: [relabel]).isEmpty)

        stage.push(laptop, [stage.delete(id(1))])
        let conflict = stage.push(rexs, [stage.review(id(9), of: id(1), .accept)]).first.conflictID
        let resolve = stage.received([.success(stage.resolve(conflict, .other))])
        let created = LoadRequest(following: stage.state, mutations: [resolve])
        #expect(created.rows == [EntityKey(.review, id(9))])
        #expect(created.reviewed == [id(1)])
    }

    @Test("Several clients' requests are loaded at once")
    func union() {
        var one = request([stage.create(id(1))])
        one.formUnion(request([stage.review(id(2), of: id(3), .accept)]))
        #expect(one.rows.count == 3)
        #expect(one.reviewed == [id(3)])
        #expect(one.twins.count == 1)
    }

    @Test("Of what is in conflict the reply shows the row as it is")
    func wantingCurrent() throws {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        stage.push(laptop, [stage.set(id(1), ["label": "ORG"])])
        let mutation = stage.received([
            .success(stage.create(id(2))), .failure(Refusal(.malformed, "?")),
            .success(stage.set(id(1), ["label": "GAP"], seen: ["label": "PER"])),
        ])
        let result = try #require(stage.push([(beas, mutation)]).first)
        let keys = mutation.keysWantingCurrent(in: result)
        #expect(keys.map(\.operation) == [2])
        #expect(keys.map(\.key) == [EntityKey(.annotation, id(1))])
    }
}
