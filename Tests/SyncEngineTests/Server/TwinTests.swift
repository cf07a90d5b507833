import AnnotationModel
import JSONText
import SyncEngine
import SyncProtocol
import Testing

@Suite("Equal annotations of one author") struct TwinTests {
    @Test("What two devices marked alike becomes one, and the second id is an alias for ever")
    func join() throws {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        let version = stage.state.head
        let result = stage.push(phone, [stage.create(id(2))])
        #expect(result.first == OperationResult(status: .merged, version: version, aliasOf: id(1)))
        #expect(result.status == .applied)
        #expect(stage.plans.last?.aliases.map(\.alias) == [id(2)])
        #expect(stage.plans.last?.entries.isEmpty == true)

        // Valid in every id field.
        stage.push(phone, [stage.set(id(2), ["label": "ORG"])])
        #expect(stage.annotation(id(1))?.label == "ORG")
        stage.push(
            phone,
            [
                stage.create(id(3), spans: [(9, 16)]), stage.relate(id(4), id(2), id(3)),
                stage.comment(id(5), on: id(2)),
            ])
        guard case .relation(let relation)? = stage.stored(.relation, id(4))?.row,
            case .comment(let comment)? = stage.stored(.comment, id(5))?.row
        else {
            Issue.record("relation or comment is not there")
            return
        }
        #expect(relation.from == id(1))
        #expect(comment.annotationID == id(1))
        #expect(stage.push(phone, [stage.delete(id(2))]).first.status == .applied)
        #expect(stage.isDeleted(.annotation, id(1)))
        #expect(stage.push(phone, [stage.create(id(2))]).codes == [.idDeleted])
    }

    @Test("The same create under an alias is a duplicate")
    func again() {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        stage.push(phone, [stage.create(id(2))])
        let result = stage.push(phone, [stage.create(id(2))])
        #expect(result.first.status == .duplicate)
        #expect(result.first.aliasOf == id(1))
    }

    @Test("Twins meet within one group commit as well")
    func group() {
        var stage = Stage()
        let mine = stage.received([.success(stage.create(id(1)))])
        let other = stage.received([.success(stage.create(id(2)))])
        let results = stage.push([(laptop, mine), (phone, other)])
        #expect(results.map(\.first.version) == [101, 101])
        #expect(results[1].first.aliasOf == id(1))
    }

    @Test("A twin made final makes the one annotation final")
    func final() {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        let result = stage.push(phone, [stage.create(id(2), state: .final)])
        #expect(result.first == OperationResult(status: .merged, version: stage.state.head, aliasOf: id(1)))
        #expect(stage.annotation(id(1))?.state == .final)
        stage.push(beas, [stage.create(id(3))])
        #expect(stage.push(Device(bea, 2), [stage.create(id(4), state: .final)]).first.aliasOf == id(3))
    }

    @Test("Not the same author, not the same client, not without a client, not what is deleted or differs")
    func noTwin() {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        #expect(stage.push(laptop, [stage.create(id(2))]).first.aliasOf == nil)
        #expect(stage.push(beas, [stage.create(id(3))]).first.aliasOf == nil)
        #expect(stage.push(Device(ada, nil), [stage.create(id(4))]).first.aliasOf == nil)
        #expect(stage.push(phone, [stage.create(id(5), spans: [(0, 7)])]).first.aliasOf == nil)
        #expect(stage.push(phone, [stage.create(id(6), attributes: ["certain": true])]).first.aliasOf == nil)
        #expect(stage.push(phone, [stage.create(id(7), article: stage.otherArticle)]).first.aliasOf == nil)

        var imported = Stage()
        imported.push(Device(ada, nil), [imported.create(id(1))])
        #expect(imported.push(laptop, [imported.create(id(2))]).first.aliasOf == nil)

        var gone = Stage()
        gone.push(laptop, [gone.create(id(1))])
        gone.push(laptop, [gone.delete(id(1))])
        #expect(gone.push(phone, [gone.create(id(2))]).first == OperationResult(status: .applied, version: 103))
    }

    @Test("A second review by one reviewer is an update that saw nothing")
    func review() throws {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        stage.push(rexs, [stage.review(id(20), of: id(1), .accept, "oui")])
        let other = Device(rex, 2)
        let result = stage.push(other, [stage.review(id(21), of: id(1), .reject, "oui")])
        #expect(result.first.status == .conflict)
        #expect(result.first.aliasOf == id(20))
        #expect(result.first.conflicts.map(\.field) == ["decision"])
        #expect(stage.stored(.review, id(21))?.row.field("decision") == "reject")
        #expect(stage.openConflicts.map(\.other.value) == ["accept"])
        #expect(stage.state.rows.keys.count { $0.kind == .review } == 1)

        let same = stage.push(other, [stage.review(id(22), of: id(1), .reject, "oui")])
        #expect(same.first.status == .merged)
        #expect(same.first.aliasOf == id(20))
    }

    @Test("A review that was taken back comes back with the next one")
    func reviewAgain() {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        stage.push(rexs, [stage.review(id(20), of: id(1), .accept)])
        stage.push(rexs, [stage.delete(.review, id(20))])
        let result = stage.push(rexs, [stage.review(id(21), of: id(1), .unsure)])
        #expect(result.first.status == .merged)
        #expect(!stage.isDeleted(.review, id(20)))
        #expect(stage.stored(.review, id(20))?.row.field("decision") == "unsure")
        #expect(stage.conflicts.isEmpty)
    }
}
