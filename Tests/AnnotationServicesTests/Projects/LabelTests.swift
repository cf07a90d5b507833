import AnnotationModel
import AnnotationServices
import AnnotationStore
import JSONText
import SyncProtocol
import Testing

@Suite("Labels")
struct LabelTests {
    @Test("labels are declared in order, keep key and kind, and change in all else")
    func life() async throws {
        try await ServiceStage.with { stage in
            let labels = stage.services.labels
            let project = try await stage.project("tour").project.id
            let start = try await stage.log(project).count
            let added = try await labels.add(
                [
                    Label(
                        key: "QUOTE", name: "Citation", kind: .span, color: "#d2691e", shortcut: "q",
                        attributes: [
                            LabelAttribute(key: "stance", type: .choice(["pro", "contra"])),
                            LabelAttribute(key: "certain", type: .boolean),
                        ]), Label(key: "A", kind: .span),
                ], project: "tour", by: stage.cli)
            #expect(added.map(\.version) == [Int64(start) + 1, Int64(start) + 2])
            let listed = try await labels.list(project: "tour", by: stage.cli)
            #expect(listed.map(\.key) == ["PER", "ORG", "topic", "said_by", "QUOTE", "A"])
            #expect(listed[4] == added[0])
            var patch = try LabelPatch(
                RowReader(object: ["name": "Quotation", "color": .null, "retired": true]))
            let changed = try await labels.patch(
                "QUOTE", patch, project: "tour", expecting: added[0].version, by: stage.cli)
            #expect(changed.name == "Quotation" && changed.color == nil && changed.shortcut == "q" && changed.retired)
            #expect(changed.attributes == added[0].attributes)
            await expectProblem(412, "precondition_failed") {
                _ = try await labels.patch(
                    "QUOTE", patch, project: "tour", expecting: added[0].version, by: stage.cli)
            }
            patch = LabelPatch()
            #expect(try await labels.patch("QUOTE", patch, project: "tour", by: stage.cli) == changed)
            for fixed in ["key", "kind"] {
                #expect(throws: RowError.self) { try LabelPatch(RowReader(object: [(fixed): "span"])) }
            }
            #expect(try await stage.log(project).count == start + 3)
            #expect(try await stage.guardSeq(project) == Int64(start) + 3)
        }
    }

    @Test("a label that is there, or is no label, is refused, and the others with it")
    func refused() async throws {
        try await ServiceStage.with { stage in
            let project = try await stage.project("tour").project.id
            let start = try await stage.log(project).count
            func refuse(_ status: Int, _ code: String, _ label: Label, line: Int = #line) async {
                await expectProblem(status, code) {
                    _ = try await stage.services.labels.add(
                        [Label(key: "fine", kind: .span), label], project: "tour", by: stage.cli)
                }
            }
            await refuse(409, "conflict", Label(key: "PER", kind: .span))
            await refuse(409, "conflict", Label(key: "fine", kind: .document))
            await refuse(422, "invalid", Label(key: "a\nb", kind: .span))
            await refuse(422, "invalid", Label(key: "x", kind: .span, from: ["PER"]))
            await refuse(422, "invalid", Label(key: "x", kind: .relation, from: ["missing"]))
            await refuse(422, "invalid", Label(key: "x", kind: .relation, to: ["said_by"]))
            await refuse(422, "invalid", Label(key: "x", kind: .document, zeroWidth: true))
            let values = (0..<4000).map { "a long enough value \($0)" }
            await refuse(
                413, "too_large",
                Label(key: "x", kind: .span, attributes: [LabelAttribute(key: "a", type: .choice(values))]))
            await expectProblem(404, "not_found") {
                _ = try await stage.services.labels.patch("missing", LabelPatch(), project: "tour", by: stage.cli)
            }
            #expect(try await stage.log(project).count == start)
        }
    }
}
