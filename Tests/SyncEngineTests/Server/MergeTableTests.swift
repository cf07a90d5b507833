import AnnotationModel
import Digest
import JSONText
import SyncEngine
import SyncProtocol
import Testing

/// The merge table of the protocol, cell by cell: mine in rows, what the server has had since in columns.
@Suite("Merge table") struct MergeTableTests {
    /// A shared annotation by Ada, that Ada and Bea both have seen.
    static func shared() -> Stage {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1), attributes: ["certain": true])])
        return stage
    }

    static let values: [(field: String, seen: JSONValue, mine: JSONValue, others: JSONValue)] = [
        ("label", "PER", "ORG", "GAP"),
        ("attributes/certain", true, false, nil),
        ("attributes/note", nil, "mine", "theirs"),
        ("state", "draft", "final", "draft"),
        ("anchor", Stage.anchor([(0, 8)]), Stage.anchor([(9, 16)]), Stage.anchor([(0, 8), (9, 16)])),
    ]

    @Test("A set of an unchanged field is applied", arguments: values)
    func plain(field: String, seen: JSONValue, mine: JSONValue, others _: JSONValue) {
        var stage = Self.shared()
        let result = stage.push(beas, [stage.set(id(1), Self.fields(field, mine), seen: [field: seen])])
        #expect(result.status == .applied)
        #expect(result.first == OperationResult(status: .applied, version: stage.state.head))
        #expect(stage.stored(.annotation, id(1))?.row.field(field) == mine)
        #expect(stage.conflicts.isEmpty)
    }

    /// A label that does not declare the attribute needs it taken away in the same set.
    static func fields(_ field: String, _ value: JSONValue) -> [String: JSONValue] {
        field == "label" && value == "GAP" ? [field: value, "attributes/certain": nil] : [field: value]
    }

    @Test("The same field with the same value: nothing happens", arguments: values)
    func same(field: String, seen: JSONValue, mine: JSONValue, others _: JSONValue) {
        var stage = Self.shared()
        let since = stage.state.head
        stage.push(laptop, [stage.set(id(1), [field: mine])])
        let before = stage.log.count
        let version = stage.state.head
        let result = stage.push(beas, [stage.set(id(1), [field: mine], seen: [field: seen])], since: since)
        #expect(result.first == OperationResult(status: .merged, version: version))
        #expect(stage.log.count == before)
        #expect(stage.conflicts.isEmpty)
    }

    @Test(
        "The same field with another value: the later push wins, the other value stays in an open conflict",
        arguments: values.filter { $0.field != "state" })
    func contested(field: String, seen: JSONValue, mine: JSONValue, others: JSONValue) throws {
        var stage = Self.shared()
        stage.push(laptop, [stage.set(id(1), Self.fields(field, others))])
        let result = stage.push(beas, [stage.set(id(1), [field: mine], seen: [field: seen])])
        #expect(result.status == .applied)
        #expect(result.first.status == .conflict)
        #expect(result.first.code == .editedSince)
        #expect(result.first.version != nil)
        #expect(result.first.conflictID == nil)
        #expect(stage.stored(.annotation, id(1))?.row.field(field) == mine)
        let told = try #require(result.first.conflicts.first)
        #expect(told.applied)
        #expect(told.field == field)
        let conflict = try #require(stage.conflict(told.conflictID))
        #expect(conflict.state == .open)
        #expect(conflict.field == field)
        #expect(conflict.kept.value == mine)
        #expect(conflict.kept.by == bea.id)
        #expect(conflict.kept.client == beas.client)
        #expect(conflict.other.value == others)
        #expect(conflict.other.by == ada.id)
        #expect(conflict.other.client == laptop.client)
    }

    @Test("Two devices of one user that set one field differently are in conflict too")
    func ownDevices() {
        var stage = Self.shared()
        stage.push(laptop, [stage.set(id(1), ["state": "final"])])
        stage.push(laptop, [stage.set(id(1), ["label": "ORG"])])
        let result = stage.push(
            phone,
            [
                stage.set(
                    id(1), ["label": "QUOTE", "attributes/certain": nil],
                    seen: ["label": "PER"])
            ])
        #expect(result.first.conflicts.map(\.field) == ["label"])
        #expect(stage.openConflicts.map(\.other.value) == ["ORG"])
    }

    @Test("Different fields merge", arguments: values)
    func merged(field: String, seen: JSONValue, mine: JSONValue, others _: JSONValue) {
        var stage = Self.shared()
        let since = stage.state.head
        let (other, value): (String, JSONValue) = field == "state" ? ("label", "ORG") : ("state", "final")
        stage.push(laptop, [stage.set(id(1), [other: value])])
        let result = stage.push(beas, [stage.set(id(1), [field: mine], seen: [field: seen])], since: since)
        #expect(result.first == OperationResult(status: .merged, version: stage.state.head))
        #expect(stage.stored(.annotation, id(1))?.row.field(field) == mine)
        #expect(stage.stored(.annotation, id(1))?.row.field(other) == value)
        #expect(stage.conflicts.isEmpty)
    }

    @Test("Merged tells of other clients and of what came after the cursor, and of nothing else")
    func whatMergedMeans() {
        var stage = Self.shared()
        let since = stage.state.head
        #expect(stage.push(laptop, [stage.set(id(1), ["state": "final"])], since: since).first.status == .applied)
        #expect(stage.push(laptop, [stage.set(id(1), ["label": "ORG"])], since: since).first.status == .applied)
        #expect(stage.push(beas, [stage.set(id(1), ["state": "draft"])]).first.status == .applied)
        #expect(stage.push(phone, [stage.set(id(1), ["state": "final"])], since: since).first.status == .merged)
    }

    @Test("Once merged, the next operation of the same exchange says so as well")
    func mergedTwice() {
        var stage = Self.shared()
        let since = stage.state.head
        stage.push(laptop, [stage.set(id(1), ["state": "final"])])
        let one = stage.received([.success(stage.set(id(1), ["label": "ORG"]))])
        let two = stage.received([.success(stage.set(id(1), ["attributes/certain": false]))], n: one.n + 1)
        let results = stage.push([(beas, one), (beas, two)], since: since)
        #expect(results.map(\.first.status) == [.merged, .merged])
    }

    @Test("A set on what somebody else deleted is kept in a conflict; the row stays deleted", arguments: values)
    func deleted(field: String, seen: JSONValue, mine: JSONValue, others _: JSONValue) throws {
        var stage = Self.shared()
        stage.push(laptop, [stage.delete(id(1))])
        let result = stage.push(beas, [stage.set(id(1), [field: mine], seen: [field: seen])])
        #expect(result.status == .partial)
        #expect(result.first.status == .conflict)
        #expect(result.first.code == .deletedSince)
        #expect(result.first.version == nil)
        #expect(stage.isDeleted(.annotation, id(1)))
        let conflict = try #require(stage.conflict(result.first.conflictID))
        #expect(conflict.field == "deleted")
        #expect(conflict.kept.value == true)
        #expect(conflict.kept.by == ada.id)
        #expect(conflict.other.value == .object(JSONObject([(field, mine)])))
        #expect(conflict.other.by == bea.id)
    }

    @Test("Revive brings the row back with what is set")
    func revived() {
        var stage = Self.shared()
        stage.push(laptop, [stage.delete(id(1))])
        let result = stage.push(laptop, [stage.set(id(1), ["label": "ORG"], revive: true)])
        #expect(result.first.status == .applied)
        #expect(!stage.isDeleted(.annotation, id(1)))
        #expect(stage.annotation(id(1))?.label == "ORG")
        #expect(stage.log.last?.kind == .put)
    }

    @Test("A delete of what somebody else edited since is refused: the row stays, the wish is kept")
    func deleteOfEdited() throws {
        var stage = Self.shared()
        let seen = try #require(stage.stored(.annotation, id(1))?.row.contentDigest)
        stage.push(beas, [stage.set(id(1), ["label": "ORG"])])
        let result = stage.push(laptop, [stage.delete(id(1), was: seen)])
        #expect(result.status == .partial)
        #expect(result.first.status == .conflict)
        #expect(result.first.code == .editedSince)
        #expect(result.first.version == nil)
        #expect(!stage.isDeleted(.annotation, id(1)))
        let conflict = try #require(stage.conflict(result.first.conflictID))
        #expect(conflict.field == "deleted")
        #expect(conflict.kept.value == false)
        #expect(conflict.kept.by == bea.id)
        #expect(conflict.other.value == true)
        #expect(conflict.other.by == ada.id)
    }

    @Test("One's own edits on another device do not keep a delete")
    func deleteOfOwnEdits() throws {
        var stage = Self.shared()
        let seen = try #require(stage.stored(.annotation, id(1))?.row.contentDigest)
        stage.push(phone, [stage.set(id(1), ["label": "ORG"])])
        #expect(stage.push(laptop, [stage.delete(id(1), was: seen)]).first.status == .applied)
        #expect(stage.isDeleted(.annotation, id(1)))
        #expect(stage.log.last?.kind == .del)
        #expect(stage.log.last?.row == nil)
    }

    @Test("A delete by who has seen the other's edit is applied")
    func deleteOfSeenEdits() {
        var stage = Self.shared()
        stage.push(beas, [stage.set(id(1), ["label": "ORG"])])
        #expect(stage.push(laptop, [stage.delete(id(1))]).first.status == .applied)
        #expect(stage.isDeleted(.annotation, id(1)))
    }

    @Test("A delete of what is deleted does nothing")
    func deleteOfDeleted() {
        var stage = Self.shared()
        stage.push(laptop, [stage.delete(id(1))])
        let before = stage.log.count
        let version = stage.state.head
        let result = stage.push(beas, [stage.delete(id(1), was: SHA256.hash("old"))])
        #expect(result.first == OperationResult(status: .applied, version: version))
        #expect(stage.log.count == before)
    }

    @Test("A create whose id is there: the same content is a duplicate, another is refused, a deleted one too")
    func createAgain() {
        var stage = Self.shared()
        let version = stage.state.head
        let again = stage.push(laptop, [stage.create(id(1), attributes: ["certain": true])])
        #expect(again.status == .applied)
        #expect(again.first == OperationResult(status: .duplicate, version: version))
        #expect(stage.push(laptop, [stage.create(id(1), label: "ORG")]).codes == [.idTaken])
        #expect(stage.push(beas, [stage.create(id(1), attributes: ["certain": true])]).codes == [.idTaken])
        stage.push(laptop, [stage.delete(id(1))])
        #expect(stage.push(laptop, [stage.create(id(1), attributes: ["certain": true])]).codes == [.idDeleted])
        #expect(stage.conflicts.isEmpty)
    }

    @Test("Reviews of two reviewers stand side by side")
    func reviews() {
        var stage = Self.shared()
        #expect(stage.push(rexs, [stage.review(id(20), of: id(1), .accept)]).first.status == .applied)
        #expect(stage.push(mias, [stage.review(id(21), of: id(1), .reject)]).first.status == .applied)
        #expect(stage.conflicts.isEmpty)
    }

    @Test("A review or comment of what is deleted is kept in a conflict; a relation there is refused")
    func belowDeleted() throws {
        var stage = Self.shared()
        stage.push(laptop, [stage.create(id(2), spans: [(9, 16)]), stage.delete(id(1))])
        let result = stage.push(
            rexs,
            [
                stage.review(id(20), of: id(1), .accept, "bien"), stage.comment(id(21), on: id(1)),
                stage.relate(id(22), id(1), id(2)),
            ])
        #expect(result.statuses == [.conflict, .conflict, .rejected])
        #expect(result.codes == [.deletedSince, .deletedSince, .relationInvalid])
        #expect(result.status == .partial)
        let conflict = try #require(stage.conflict(result.operations[1].conflictID))
        #expect(conflict.entity == .annotation)
        #expect(conflict.entityID == id(1))
        #expect(conflict.kept.value == true)
        #expect(conflict.other.value["create"] == "comment")
        #expect(conflict.other.value["id"]?.stringValue == id(21).text)
        #expect(conflict.other.value["row"]?["text"] == "sûr ?")
    }
}
