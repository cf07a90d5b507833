import AnnotationModel
import JSONText
import SyncEngine
import SyncProtocol
import Testing

@Suite("Rights of a push") struct RightsTests {
    @Test("A viewer writes nothing at all")
    func viewer() {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        let vics = Device(vic, 1)
        let result = stage.push(
            vics,
            [
                stage.create(id(2)), stage.comment(id(3), on: id(1)), stage.set(id(1), ["state": "final"]),
                stage.delete(id(1)), stage.resolve(id(9), .kept),
            ])
        #expect(result.status == .rejected)
        #expect(result.codes == Array(repeating: .notAllowed, count: 5))
        #expect(stage.log.count == 1)
    }

    @Test(
        "What clients do not push is not allowed",
        arguments: [EntityKind.project, .member, .label, .article, .articleVersion])
    func kinds(kind: EntityKind) {
        var stage = Stage()
        let result = stage.push(
            mias,
            [
                .create(kind, id: id(1), row: JSONObject()), .update(kind, id: id(1), edits: [], revive: true),
                .delete(kind, id: id(1), was: Stage.sha),
            ])
        #expect(result.codes == [.notAllowed, .notAllowed, .notAllowed])
    }

    @Test("Conflicts are resolved, not written; assignments are not made by clients")
    func notByClients() throws {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        stage.push(laptop, [stage.set(id(1), ["label": "ORG"])])
        let told = stage.push(beas, [stage.set(id(1), ["label": "GAP"], seen: ["label": "PER"])])
        let conflict = try #require(told.first.conflicts.first?.conflictID)
        let result = stage.push(
            mias,
            [
                .create(.conflict, id: id(2), row: JSONObject()), .delete(.conflict, id: conflict, was: Stage.sha),
                .update(.conflict, id: conflict, edits: [], revive: false),
                .create(.assignment, id: id(3), row: JSONObject()),
            ])
        #expect(result.codes == Array(repeating: .notAllowed, count: 4))
    }

    @Test("Nobody edits another author's own layer, reviewers and managers neither", arguments: [beas, rexs, mias])
    func ownLayer(device: Device) {
        var stage = Stage()
        stage.push(
            laptop, [stage.create(id(1)), stage.create(id(2), spans: [(9, 16)]), stage.relate(id(3), id(1), id(2))])
        let result = stage.push(
            device,
            [
                stage.set(id(1), ["label": "ORG"]), stage.delete(id(1)), stage.set(.relation, id(3), ["label": "near"]),
                stage.delete(.relation, id(3)), stage.relate(id(4), id(1), id(2)),
            ])
        #expect(result.codes == Array(repeating: .notAllowed, count: 5))
    }

    @Test("In a shared project everybody edits everything", arguments: [beas, rexs, mias])
    func sharedLayer(device: Device) {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        #expect(stage.push(device, [stage.set(id(1), ["label": "ORG"])]).first.status == .applied)
        #expect(stage.push(device, [stage.delete(id(1))]).first.status == .applied)
    }

    @Test("A new annotation goes to the layer of the project, or as a reviewer's to the gold one")
    func layers() {
        var own = Stage()
        #expect(own.push(laptop, [own.create(id(1), layer: .shared)]).codes == [.notAllowed])
        #expect(own.push(laptop, [own.create(id(1), layer: .gold)]).codes == [.notAllowed])
        #expect(own.push(rexs, [own.create(id(1), layer: .gold), own.create(id(2))]).status == .applied)
        #expect(own.push(mias, [own.set(id(1), ["label": "ORG"])]).first.status == .applied)
        #expect(own.push(beas, [own.set(id(1), ["label": "PER"])]).codes == [.notAllowed])
        var shared = Stage(layers: .shared)
        #expect(shared.push(laptop, [shared.create(id(1), layer: .own)]).codes == [.notAllowed])
        #expect(shared.push(laptop, [shared.create(id(1), layer: .gold)]).codes == [.notAllowed])
        #expect(shared.push(mias, [shared.create(id(1), layer: .gold)]).status == .applied)
    }

    @Test("A comment is its author's; a manager may delete it")
    func comments() {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        #expect(stage.push(beas, [stage.comment(id(2), on: id(1))]).first.status == .applied)
        #expect(stage.push(laptop, [stage.set(.comment, id(2), ["text": "non"])]).codes == [.notAllowed])
        #expect(stage.push(rexs, [stage.delete(.comment, id(2))]).codes == [.notAllowed])
        #expect(stage.push(mias, [stage.set(.comment, id(2), ["text": "non"])]).codes == [.notAllowed])
        #expect(stage.push(beas, [stage.set(.comment, id(2), ["text": "oui"])]).first.status == .applied)
        #expect(stage.push(mias, [stage.delete(.comment, id(2))]).first.status == .applied)
    }

    @Test("Only reviewers and managers review, and each only with their own review")
    func reviews() {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        #expect(stage.push(laptop, [stage.review(id(2), of: id(1), .accept)]).codes == [.notAllowed])
        stage.push(rexs, [stage.review(id(2), of: id(1), .accept)])
        #expect(stage.push(mias, [stage.set(.review, id(2), ["decision": "reject"])]).codes == [.notAllowed])
        #expect(stage.push(rexs, [stage.set(.review, id(2), ["decision": "reject"])]).first.status == .applied)
        let demoted = Device(Person(3, .annotator), 1)
        #expect(stage.push(demoted, [stage.set(.review, id(2), ["decision": "accept"])]).codes == [.notAllowed])
    }

    @Test("One sets the state of one's own assignment, and nothing else of it")
    func assignments() {
        var stage = Stage()
        let row = Assignment(id: id(7), articleID: stage.article, user: ada.id, state: .open, expiresAt: nil)
        stage.place(.assignment(row), by: mias)
        #expect(stage.push(laptop, [stage.set(.assignment, id(7), ["state": "in_progress"])]).first.status == .applied)
        #expect(stage.push(beas, [stage.set(.assignment, id(7), ["state": "done"])]).codes == [.notAllowed])
        #expect(stage.push(laptop, [stage.set(.assignment, id(7), ["expires_at": nil])]).codes == [.malformed])
        #expect(stage.push(laptop, [stage.set(.assignment, id(7), ["state": "late"])]).codes == [.malformed])
        #expect(stage.push(laptop, [stage.delete(.assignment, id(7))]).codes == [.notAllowed])
        #expect(stage.log.map(\.author) == [ada.id])
        stage.state.rows[EntityKey(.assignment, id(7))]?.deleted = Stamp(by: mia.id, client: nil, at: stage.ids.now())
        #expect(stage.push(laptop, [stage.set(.assignment, id(7), ["state": "done"])]).codes == [.deletedSince])
    }

    @Test("Only the author, a reviewer or a manager brings back what was deleted")
    func revive() {
        for (device, allowed) in [(beas, false), (laptop, true), (rexs, true), (mias, true)] {
            var stage = Stage(layers: .shared)
            stage.push(laptop, [stage.create(id(1))])
            stage.push(beas, [stage.delete(id(1))])
            let result = stage.push(device, [stage.set(id(1), ["label": "ORG"], revive: true)])
            #expect(result.first.status == (allowed ? .applied : .rejected))
            #expect(result.first.code == (allowed ? nil : .notAllowed))
            #expect(stage.isDeleted(.annotation, id(1)) != allowed)
        }
        // In another author's own layer a reviewer brings back, and changes nothing.
        var own = Stage()
        own.push(laptop, [own.create(id(1))])
        own.push(laptop, [own.delete(id(1))])
        #expect(own.push(rexs, [own.set(id(1), ["label": "ORG"], revive: true)]).codes == [.notAllowed])
        #expect(own.push(rexs, [own.set(id(1), [:], revive: true)]).first.status == .applied)
        #expect(!own.isDeleted(.annotation, id(1)))
    }

    @Test("What is not there is unknown; what is not shown is not allowed")
    func visibility() {
        var stage = Stage(visibility: .own)
        stage.push(laptop, [stage.create(id(1))])
        let result = stage.push(
            beas,
            [
                stage.comment(id(2), on: id(1)), stage.comment(id(3), on: id(99)), stage.set(id(1), ["label": "ORG"]),
                stage.set(id(99), ["label": "ORG"], seen: ["label": "PER"]), stage.delete(id(99)),
            ])
        #expect(result.codes == [.notAllowed, .unknownEntity, .notAllowed, .unknownEntity, .unknownEntity])
        #expect(stage.push(rexs, [stage.comment(id(2), on: id(1))]).first.status == .applied)
    }

    @Test("After done, an annotator may comment what the others wrote")
    func afterDone() {
        var stage = Stage(visibility: .afterDone)
        stage.push(laptop, [stage.create(id(1))])
        #expect(stage.push(beas, [stage.comment(id(2), on: id(1))]).codes == [.notAllowed])
        var done = bea
        done.done = [stage.article]
        #expect(stage.push(Device(done, 1), [stage.comment(id(2), on: id(1))]).first.status == .applied)
    }

    @Test("With assigned access nothing is written elsewhere, and what was begun there is refused too")
    func access() {
        var stage = Stage(access: .assigned)
        var assigned = ada
        assigned.assigned = [stage.article]
        #expect(stage.push(Device(assigned, 1), [stage.create(id(1))]).first.status == .applied)
        #expect(
            stage.push(Device(assigned, 1), [stage.create(id(2), article: stage.otherArticle)]).codes == [.notAllowed])
        #expect(
            stage.push(laptop, [stage.set(id(1), ["label": "ORG"]), stage.create(id(3))]).codes == [
                .notAllowed, .notAllowed,
            ])
    }

    @Test("On a deleted article everything is refused, and kept in the journal")
    func articleGone() {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1)), stage.comment(id(2), on: id(1))])
        stage.state.articles[stage.article]?.isDeleted = true
        let result = stage.push(
            laptop,
            [
                stage.create(id(3)), stage.set(id(1), ["label": "ORG"]), stage.delete(id(1)),
                stage.comment(id(4), on: id(1)), stage.set(.comment, id(2), ["text": "x"]),
            ])
        #expect(result.codes == Array(repeating: .articleGone, count: 5))
        #expect(stage.plans.last?.results.last?.payload != nil)
        #expect(stage.push(laptop, [stage.create(id(3), article: id(77))]).codes == [.unknownEntity])
    }
}
