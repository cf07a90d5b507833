import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import FailPoints
import Foundation
import Interchange
import JSONText
import Testing

@Suite("Bringing files in", .serialized)
struct ImportTests {
    private func stage(_ body: (ImportStage) async throws -> Void) async throws {
        try await StoreDatabase.with { database, _ in
            let stage = try ImportStage(services: Services(database: database))
            defer { stage.remove() }
            try await body(stage)
        }
    }

    @Test("texts, canonical rows and corpus rows come in; the same import again writes nothing")
    func again() async throws {
        try await stage { stage in
            let project = try await stage.project("p", members: ["bob"], labels: [Label(key: "PER", kind: .span)])
            let sources = [
                try stage.file("harbour.txt", " date 2024-05 The lighthouse 🏖️ of e\u{301}te\u{301}.\r\n"),
                try stage.file("rows.jsonl", ImportStage.canonicalRow("r1", text: "Ada runs it.", seed: 1)),
                try stage.file(
                    "corpus.jsonl",
                    #"{"id": 7, "text": "Ada runs it.", "meta": {"source": "x"}, "entities": [{"id": 1, "label": "PER", "start_offset": 0, "end_offset": 3}], "relations": []}"#
                        + "\n"),
            ]
            let options = ImportOptions(asUser: "bob")
            let first = try await stage.run(project, sources, options)
            #expect(first.diagnostics.isEmpty)
            #expect(first.summary.inserted == 3)
            #expect(first.summary.annotations == 2)
            #expect(first.summary.quotesUnverified == 1)
            #expect(first.summary.files == 3)
            let head = try await stage.head(project)
            let second = try await stage.run(project, sources, options)
            #expect(second.summary.unchanged == 3)
            #expect(second.summary.articlesRead == 3)
            #expect(try await stage.head(project) == head)
            let rights = try await stage.services.projects.rights("p", stage.admin, .read)
            let article = try await stage.services.articles.show(rights, article: "harbour", text: true)
            #expect(
                article.text?.utf8.elementsEqual(" date 2024-05 The lighthouse 🏖️ of e\u{301}te\u{301}.\r\n".utf8)
                    == true)
            #expect(article.article.metadata["date"]?.stringValue == "2024-05")
        }
    }

    @Test("a bad row is reported with its place and code, and the rows around it come in")
    func badRows() async throws {
        try await stage { stage in
            let project = try await stage.project("p", members: ["bob"], labels: [Label(key: "PER", kind: .span)])
            let rows =
                ImportStage.canonicalRow("good-1", text: "Ada runs it.", seed: 1)
                + "{\"external_id\": \"cut\n"
                + ImportStage.canonicalRow("stranger", text: "Ada walks.", author: "zoe", seed: 2)
                + ImportStage.canonicalRow("label", text: "Ada sits.", label: "LOC", seed: 3)
                + ImportStage.canonicalRow("good-1", text: "Another text.", seed: 4)
                + "\n"
                + ImportStage.canonicalRow("good-2", text: "Ada stands.", seed: 5)
            let sources = [
                try stage.file("rows.jsonl", rows),
                try stage.file("latin1.txt", [0x61, 0xE9, 0x62]),
                try stage.file("nul.txt", "a\u{0}b"),
                try stage.file("empty.txt", ""),
            ]
            let (summary, diagnostics) = try await stage.run(project, sources)
            #expect(summary.inserted == 2)
            #expect(summary.failed == 7)
            #expect(summary.articlesRead == 9)
            let codes = Dictionary(grouping: diagnostics, by: \.code.rawValue).mapValues(\.count)
            #expect(codes["unknown_author"] == 1)
            #expect(codes["unknown_label"] == 1)
            #expect(codes["text_differs"] == 1)
            #expect(codes["invalid_utf8"] == 1)
            #expect(codes["nul_character"] == 1)
            #expect(codes["empty_text"] == 1)
            let lines = diagnostics.filter { $0.place.file.hasSuffix("rows.jsonl") }.compactMap(\.place.line)
            #expect(lines.sorted() == [2, 3, 4, 5])
        }
    }

    @Test("a dry run says what would happen and writes nothing")
    func dryRun() async throws {
        try await stage { stage in
            let project = try await stage.project("p")
            let head = try await stage.head(project)
            let rows = try stage.file(
                "rows.jsonl",
                ImportStage.canonicalRow("a", text: "Ada runs it.", seed: 1)
                    + ImportStage.canonicalRow("a", text: "Ada runs it.", seed: 1)
                    + ImportStage.canonicalRow("a", text: "Something else.", seed: 2))
            let (summary, diagnostics) = try await stage.run(
                project, [rows], ImportOptions(addsMembers: true, createsLabels: true, isDryRun: true))
            #expect(summary.inserted == 1)
            #expect(summary.unchanged == 1)
            #expect(summary.failed == 1)
            #expect(diagnostics.map(\.code.rawValue) == ["text_differs"])
            #expect(try await stage.head(project) == head)
            #expect(try await UserStore(stage.services.database).find(name: "bob") == nil)
        }
    }

    @Test("authors are added or mapped, and labels made, only where that was asked for")
    func peopleAndLabels() async throws {
        try await stage { stage in
            let project = try await stage.project("p")
            let rows = try stage.file("rows.jsonl", ImportStage.canonicalRow("a", text: "Ada runs it.", seed: 1))
            let refused = try await stage.run(project, [rows])
            #expect(refused.summary.failed == 1)
            let made = try await stage.run(
                project, [rows], ImportOptions(authorMap: ["bob": "robert"], addsMembers: true, createsLabels: true))
            #expect(made.summary.inserted == 1)
            let members = try await stage.services.members.list(project: "p", by: stage.admin)
            #expect(members.map(\.name) == ["robert"])
            let labels = try await stage.services.labels.list(project: "p", by: stage.admin)
            #expect(labels.map(\.key) == ["PER"])
        }
    }

    @Test("in a shared project everybody's work goes into the shared layer; shared work fits no layer of one's own")
    func layers() async throws {
        try await stage { stage in
            let labels = [Label(key: "PER", kind: .span)]
            let own = try await stage.project("own", members: ["bob"], labels: labels)
            let shared = try await stage.services.projects.create(
                ProjectDraft(name: "shared", layers: .shared), labels: labels, by: stage.admin)
            _ = try await stage.services.members.add("bob", role: .annotator, project: "shared", by: stage.admin)
            let row = ImportStage.canonicalRow("a", text: "Ada runs it.", seed: 1)
            let taken = try await stage.run(shared.project, [try stage.file("own.jsonl", row)])
            #expect(taken.summary.annotations == 1)
            let rights = try await stage.services.projects.rights("shared", stage.admin, .read)
            let view = try await stage.services.articles.show(rights, article: "a", annotations: true)
            #expect(view.annotations?.first?.annotation.layer == .shared)
            let other = row.replacingOccurrences(of: "\"own\"", with: "\"shared\"")
            let refused = try await stage.run(own, [try stage.file("shared.jsonl", other)])
            #expect(refused.diagnostics.map(\.code.rawValue) == ["layer_invalid"])
        }
    }

    @Test("an import that fails after a batch, and runs again, ends as if it had not been interrupted")
    func interrupted() async throws {
        try await stage { stage in
            let project = try await stage.project("p", members: ["bob"], labels: [Label(key: "PER", kind: .span)])
            let rows = try stage.file(
                "rows.jsonl",
                (0..<130).map { ImportStage.canonicalRow("row-\($0)", text: "Article \($0).", seed: $0) }.joined())
            FailPoints.arm(.importAfterBatch, hit: 2, action: .error)
            await #expect(throws: FailPointError.self) { try await stage.run(project, [rows]) }
            FailPoints.disarm(.importAfterBatch)
            let (summary, _) = try await stage.run(project, [rows])
            #expect(summary.articlesRead == 130)
            #expect(summary.inserted + summary.unchanged == 130)
            #expect(summary.unchanged >= 100)
            let again = try await stage.run(project, [rows])
            #expect(again.summary.unchanged == 130)
            var findings: [Finding] = []
            let check = InvariantCheck(stage.services.database)
            try await check.verify(project: nil, CheckObserver(found: { findings.append($0) }))
            try await check.replayCheck(project: nil, CheckObserver(found: { findings.append($0) }))
            #expect(findings.isEmpty)
        }
    }

    @Test("what an annotator did to an imported annotation since is not overwritten by the same import")
    func laterWork() async throws {
        try await stage { stage in
            let project = try await stage.project("p", members: ["bob"], labels: [Label(key: "PER", kind: .span)])
            let row = ImportStage.canonicalRow("a", text: "Ada runs it.", seed: 1)
            _ = try await stage.run(project, [try stage.file("a.jsonl", row)])
            let rights = try await stage.services.projects.rights("p", stage.admin, .manage)
            try await stage.services.articles.delete(rights, article: "a")
            let gone = try await stage.run(project, [try stage.file("a.jsonl", row)])
            #expect(gone.diagnostics.map(\.code.rawValue) == ["article_gone"])
            _ = try await stage.services.articles.restore(rights, article: "a")
            let back = try await stage.run(project, [try stage.file("a.jsonl", row)])
            #expect(back.summary.unchanged == 1)
        }
    }
}
