import AnnotationModel
import Digest
import JSONText
import SyncEngine
import SyncProtocol
import Testing

@Suite("What rows may say") struct ContentTests {
    func code(_ operation: (Stage) -> Operation, by device: Device = laptop) -> OperationCode? {
        var stage = Stage()
        stage.push(
            laptop,
            [
                stage.create(id(1)), stage.create(id(2), label: "QUOTE", spans: [(9, 16)]),
                stage.create(id(3), article: stage.otherArticle), stage.create(id(4), label: "ORG", spans: [(20, 21)]),
            ])
        let result = stage.push(device, [operation(stage)])
        #expect(result.first.status == (result.first.code == nil ? .applied : .rejected))
        #expect(result.first.code == nil || result.first.message?.isEmpty == false)
        #expect((result.first.code != nil) == (stage.plans.last?.results.first?.payload != nil))
        return result.first.code
    }

    func create(_ change: (inout JSONObject) -> Void) -> OperationCode? {
        code { stage in
            var row = stage.annotationRow()
            change(&row)
            return .create(.annotation, id: id(9), row: row)
        }
    }

    func anchor(start: JSONValue, end: JSONValue, quote: JSONValue, key: String = "quote") -> OperationCode? {
        create { row in
            row["anchor"] = [
                "article_version": .string(Stage.sha.hex),
                "spans": [.object(["start": start, "end": end, key: quote])],
            ]
        }
    }

    @Test("A span lies within the text and quotes it exactly")
    func spans() {
        #expect(anchor(start: 0, end: 8, quote: "Vladimir") == nil)
        #expect(anchor(start: 17, end: 19, quote: "👍🏽") == nil)
        #expect(anchor(start: 0, end: 8, quote: "vladimir") == .quoteMismatch)
        #expect(anchor(start: 25, end: 34, quote: "E\u{301}lisabeth") == .quoteMismatch)
        #expect(anchor(start: 40, end: 99, quote: "x") == .offsetOutOfRange)
        #expect(anchor(start: -1, end: 2, quote: "x") == .offsetOutOfRange)
        #expect(anchor(start: 8, end: 2, quote: "x") == .offsetOutOfRange)
        #expect(anchor(start: 3, end: 3, quote: "") == .spanInvalid)
        #expect(anchor(start: 0, end: 8, quote: nil) == .quoteMissing)
        #expect(anchor(start: 0.5, end: 8, quote: "x") == .malformed)
        #expect(anchor(start: "0", end: 8, quote: "x") == .malformed)
        let digest = SHA256.hash("Vladimir").hex
        #expect(anchor(start: 0, end: 8, quote: .string(digest), key: "quote_sha256") == .quoteMissing)
        let span: JSONObject = ["start": 0, "end": 8, "quote": "Vladimir"]
        for key in ["colour", "quote_sha1"] {
            var stranger = span
            stranger[key] = "x"
            #expect(
                create { $0["anchor"] = ["article_version": .string(Stage.sha.hex), "spans": [.object(stranger)]] }
                    == .malformed)
        }
        #expect(create { $0["anchor"] = Stage.anchor([(9, 16), (0, 8)]) } == .spanInvalid)
        #expect(create { $0["anchor"] = Stage.anchor([(0, 8), (7, 9)]) } == .spanInvalid)
        #expect(create { $0["anchor"] = Stage.anchor([(0, 8), (8, 9)]) } == nil)
    }

    @Test("An anchor names a text of its article")
    func articleVersion() {
        #expect(create { $0["anchor"] = Stage.anchor([(0, 8)], sha: SHA256.hash("other")) } == .unknownArticleVersion)
        #expect(
            code { stage in
                stage.set(id(1), ["anchor": Stage.anchor([(0, 8)], sha: SHA256.hash("other"))])
            } == .unknownArticleVersion)
        #expect(code { $0.set(id(1), ["anchor": Stage.anchor([(1, 99)])]) } == .offsetOutOfRange)
        #expect(code { $0.set(id(1), ["anchor": Stage.anchor([(9, 16)])]) } == nil)
        // A text of another article does not do.
        var stage = Stage()
        stage.state.articleVersions = [ArticleVersionKey(articleID: stage.otherArticle, sha256: Stage.sha)]
        #expect(stage.push(laptop, [stage.create(id(1))]).codes == [.unknownArticleVersion])
    }

    @Test("A label is known, current and of the right kind")
    func labels() {
        #expect(create { $0["label"] = "PERS" } == .unknownLabel)
        #expect(create { $0["label"] = "OLD" } == .labelRetired)
        #expect(create { $0["label"] = "near" } == .labelKind)
        #expect(create { $0["label"] = "topic" } == .labelKind)
        #expect(
            create {
                $0["label"] = "topic"; $0["anchor"] = Stage.anchor([])
            } == nil)
        #expect(create { $0["anchor"] = Stage.anchor([]) } == .labelKind)
        #expect(
            create {
                $0["label"] = "GAP"; $0["anchor"] = Stage.anchor([(3, 3)])
            } == nil)
        #expect(code { $0.set(id(1), ["label": "topic"]) } == .labelKind)
        #expect(code { $0.set(id(1), ["label": "topic", "anchor": Stage.anchor([])]) } == nil)
        #expect(code { $0.set(id(1), ["anchor": Stage.anchor([])]) } == .labelKind)
        #expect(code { $0.set(id(1), ["label": "OLD"]) } == .labelRetired)
        #expect(code { $0.set(id(1), ["label": "nope"]) } == .unknownLabel)
        #expect(code { $0.set(id(1), ["label": 7]) } == .malformed)
        #expect(code { $0.set(id(1), ["state": "done"]) } == .malformed)
        #expect(code { $0.set(id(1), ["author": .string(bea.id.text)]) } == .malformed)
    }

    @Test("A label is compared by its bytes")
    func composedLabel() {
        var stage = Stage()
        stage.state.labels["é"] = Label(key: "é", kind: .span)
        #expect(stage.push(laptop, [stage.create(id(1), label: "e\u{301}")]).codes == [.unknownLabel])
        #expect(stage.push(laptop, [stage.create(id(1), label: "\u{e9}")]).first.status == .applied)
    }

    @Test("What has a retired label keeps it and may be edited")
    func retired() {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1))])
        stage.state.labels["PER"]?.retired = true
        #expect(
            stage.push(laptop, [stage.set(id(1), ["attributes/certain": true, "state": "final"])]).first.status
                == .applied)
        #expect(stage.push(laptop, [stage.set(id(1), ["anchor": Stage.anchor([(9, 16)])])]).first.status == .applied)
        #expect(stage.push(laptop, [stage.create(id(2))]).codes == [.labelRetired])
    }

    @Test("Attributes are declared by the label and have its types; null removes")
    func attributes() {
        #expect(create { $0["attributes"] = ["certain": true, "note": "x"] } == nil)
        #expect(create { $0["attributes"] = ["certain": "true"] } == .attributeInvalid)
        #expect(create { $0["attributes"] = ["sure": true] } == .unknownAttribute)
        #expect(create { $0["attributes"] = ["Certain": true] } == .unknownAttribute)
        #expect(create { $0["attributes"] = ["sure": nil] } == nil)
        #expect(create { $0["attributes"] = ["certain": [true]] } == .malformed)
        #expect(create { $0["attributes"] = [true] } == .malformed)
        #expect(code { $0.set(id(2), ["attributes/stance": "pro", "attributes/score": 0.5]) } == nil)
        #expect(code { $0.set(id(2), ["attributes/stance": "neutral"]) } == .attributeInvalid)
        #expect(code { $0.set(id(2), ["attributes/score": "0.5"]) } == .attributeInvalid)
        #expect(code { $0.set(id(2), ["attributes/other": 1]) } == .unknownAttribute)
        #expect(code { $0.set(id(2), ["attributes/other": nil]) } == nil)
        #expect(code { $0.set(id(2), ["attributes/No": nil]) } == .unknownAttribute)
        #expect(code { $0.set(id(2), ["attributes": ["stance": "pro"]]) } == .malformed)
        #expect(code { $0.set(id(2), ["attributes/stance": ["pro"]]) } == .malformed)
    }

    @Test("A new label takes the attributes it declares; the others are nulled in the same set, or it is refused")
    func labelChange() {
        var stage = Stage()
        stage.push(laptop, [stage.create(id(1), attributes: ["certain": true, "note": "x"])])
        #expect(stage.push(laptop, [stage.set(id(1), ["label": "ORG"])]).codes == [.unknownAttribute])
        #expect(
            stage.push(laptop, [stage.set(id(1), ["label": "ORG", "attributes/note": nil])]).first.status == .applied)
        #expect(stage.annotation(id(1))?.attributes == ["certain": true])
        // QUOTE declares `certain` too, as a string.
        #expect(stage.push(laptop, [stage.set(id(1), ["label": "QUOTE"])]).codes == [.attributeInvalid])
        #expect(
            stage.push(laptop, [stage.set(id(1), ["label": "QUOTE", "attributes/certain": "yes"])]).first.status
                == .applied)
    }

    @Test("A set that no longer fits what others have made of the row is refused, not half applied")
    func mergedContent() {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        stage.push(laptop, [stage.set(id(1), ["label": "GAP"])])
        let result = stage.push(beas, [stage.set(id(1), ["attributes/note": "x", "state": "final"])])
        #expect(result.codes == [.unknownAttribute])
        #expect(stage.annotation(id(1))?.state == .draft)
    }

    @Test(
        "A new row has its own members, all of them, and no others",
        arguments: ["id", "author", "version", "created_at", "color", "from"])
    func unknownMember(name: String) {
        #expect(create { $0[name] = "x" } == .malformed)
    }

    @Test("A member that is missing is malformed", arguments: ["article_id", "layer", "label", "anchor"])
    func missingMember(name: String) {
        #expect(create { $0[name] = .none } == .malformed)
    }

    @Test("A relation joins two live annotations of one article and layer, with labels that it may join")
    func relations() {
        #expect(code { $0.relate(id(9), id(1), id(2)) } == nil)
        #expect(code { $0.relate(id(9), id(2), id(1), label: "said_by", attributes: ["certain": true]) } == nil)
        #expect(code { $0.relate(id(9), id(2), id(4), label: "said_by") } == nil)
        #expect(code { $0.relate(id(9), id(1), id(2), label: "said_by") } == .relationInvalid)
        #expect(code { $0.relate(id(9), id(2), id(2), label: "said_by") } == .relationInvalid)
        #expect(code { $0.relate(id(9), id(1), id(3)) } == .relationInvalid)
        #expect(code { $0.relate(id(9), id(1), id(2), article: $0.otherArticle) } == .relationInvalid)
        #expect(code { $0.relate(id(9), id(1), id(77)) } == .unknownEntity)
        #expect(code { $0.relate(id(9), id(1), id(2), label: "PER") } == .labelKind)
        #expect(code { $0.relate(id(9), id(1), id(2), attributes: ["certain": true]) } == .unknownAttribute)
        #expect(code({ $0.relate(id(9), id(1), id(2), layer: .gold) }, by: mias) == .relationInvalid)
    }

    @Test("A relation's new label checks its ends again")
    func relationLabel() {
        var stage = Stage()
        stage.push(
            laptop,
            [
                stage.create(id(1)), stage.create(id(2), label: "QUOTE", spans: [(9, 16)]),
                stage.relate(id(3), id(1), id(2)), stage.relate(id(4), id(2), id(1)),
            ])
        #expect(stage.push(laptop, [stage.set(.relation, id(3), ["label": "said_by"])]).codes == [.relationInvalid])
        #expect(stage.push(laptop, [stage.set(.relation, id(4), ["label": "said_by"])]).first.status == .applied)
        #expect(stage.push(laptop, [stage.set(.relation, id(4), ["label": "PER"])]).codes == [.labelKind])
        #expect(stage.push(laptop, [stage.set(.relation, id(4), ["from": .string(id(1).text)])]).codes == [.malformed])
    }

    @Test("A comment says something, and stands below an annotation of its article")
    func comments() {
        #expect(code { $0.comment(id(9), on: id(1), "") } == .malformed)
        #expect(code { $0.comment(id(9), on: id(3)) } == .malformed)
        #expect(
            code { _ in .create(.comment, id: id(9), row: ["annotation_id": .string(id(1).text), "text": "x"]) } == nil)
        #expect(code { _ in .create(.comment, id: id(9), row: ["text": "x"]) } == .malformed)
        #expect(
            code { _ in .create(.comment, id: id(9), row: ["annotation_id": .string(id(88).text), "text": "x"]) }
                == .unknownEntity)
    }

    @Test("A row over 64 KiB is refused, whatever it is")
    func tooLarge() {
        let long = String(repeating: "é", count: 40_000)
        #expect(create { $0["attributes"] = ["note": .string(long)] } == .tooLarge)
        #expect(code { $0.set(id(1), ["attributes/note": .string(long)]) } == .tooLarge)
        #expect(code { $0.comment(id(9), on: id(1), long) } == .tooLarge)
    }

    @Test("A set whose conflict could not hold both values is refused, and both stand where they are")
    func conflictTooLarge() {
        var stage = Stage(layers: .shared)
        stage.push(laptop, [stage.create(id(1))])
        let texts = ["a", "b"].map { JSONValue.string(String(repeating: $0, count: 40_000)) }
        stage.push(laptop, [stage.set(id(1), ["attributes/note": texts[0]])])
        let result = stage.push(beas, [stage.set(id(1), ["attributes/note": texts[1]], seen: ["attributes/note": nil])])
        #expect(result.codes == [.tooLarge])
        #expect(stage.annotation(id(1))?.attributes["note"] == texts[0])
        #expect(stage.plans.last?.results.last?.payload != nil)
    }
}
