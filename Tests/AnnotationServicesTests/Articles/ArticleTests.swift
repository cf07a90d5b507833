import AnnotationModel
import AnnotationServices
import AnnotationStore
import Digest
import JSONText
import SyncProtocol
import Testing

@Suite("Articles")
struct ArticleTests {
    private func access(_ stage: ServiceStage, _ principal: Principal? = nil) async throws -> ProjectAccess {
        try await stage.services.projects.rights("tour", principal ?? stage.cli, .read)
    }

    @Test("articles come by external id, in the order of its bytes, page by page, with the text that was put in")
    func list() async throws {
        try await ServiceStage.with { stage in
            let articles = stage.services.articles
            let project = try await stage.project("tour").project.id
            let names = ["b", "Z", "a", "é", "e\u{301}", "😀"]
            for name in names { try await stage.article(name, "text of \(name)\r\n", in: project) }
            let access = try await access(stage)
            var seen: [String] = []
            var after: String?
            repeat {
                let page = try await articles.list(access, after: after, limit: 2)
                #expect(page.items.count == 2)
                seen += page.items.map(\.externalID)
                after = page.next
            } while after != nil
            let sorted = names.map { ExactString($0) }.sorted()
            #expect(seen.map { ExactString($0) } == sorted)
            let view = try await articles.show(access, article: "😀", text: true, annotations: true)
            #expect(view.text?.utf8.elementsEqual("text of 😀\r\n".utf8) == true)
            #expect(view.json["annotations"] == [])
            for key in ["id", "external_id", "metadata", "version", "text", "article_version", "length"] {
                #expect(view.json.contains(key), "\(key)")
            }
            await expectProblem(404, "not_found") {
                _ = try await articles.text(access, sha256: SHA256.hash("another text"))
            }
        }
    }

    @Test("an article is found by id, external id, or as much of either as no other shares")
    func resolve() async throws {
        try await ServiceStage.with { stage in
            let articles = stage.services.articles
            let project = try await stage.project("tour").project.id
            let harbour = try await stage.article("harbour", "one", in: project)
            let exact = try await stage.article("har", "two", in: project)
            _ = try await stage.article("harvest", "three", in: project)
            let percent = try await stage.article("100%_sure", "four", in: project)
            let access = try await access(stage)
            func find(_ reference: String) async throws -> EntityID {
                try await articles.resolve(reference, access).id
            }
            #expect(try await find(harbour.id.text) == harbour.id)
            #expect(try await find(harbour.id.text.uppercased()) == harbour.id)
            #expect(try await find("har") == exact.id, "the exact one is meant, whatever begins like it")
            #expect(try await find("harb") == harbour.id)
            #expect(try await find("100%") == percent.id)
            #expect(try await find(String(harbour.id.text.dropLast())) == harbour.id)
            let problem = await expectProblem(409, "conflict") { _ = try await find("harvest".prefix(2) + "") }
            #expect(problem?.details["candidates"] == ["har", "harbour", "harvest"])
            for missing in ["", "x", "%", "_", "harbours", stage.database.ids.id().text, "ZZZ"] {
                await expectProblem(404, "not_found") { _ = try await find(missing) }
            }
        }
    }

    @Test("more than five candidates are not all listed")
    func manyCandidates() async throws {
        try await ServiceStage.with { stage in
            let project = try await stage.project("tour").project.id
            for number in 0..<8 { try await stage.article("a\(number)", "text \(number)", in: project) }
            let access = try await access(stage)
            let problem = await expectProblem(409, "conflict") {
                _ = try await stage.services.articles.resolve("a", access)
            }
            #expect(problem?.details["candidates"]?.arrayValue?.count == 5)
        }
    }

    @Test("deleting hides an article and its text, restoring brings both back; each is one guarded change")
    func deleteAndRestore() async throws {
        try await ServiceStage.with { stage in
            let articles = stage.services.articles
            let project = try await stage.project("tour").project.id
            let article = try await stage.article("a", "text", in: project)
            let access = try await access(stage)
            let start = try await stage.log(project).count
            await expectProblem(412, "precondition_failed") {
                try await articles.delete(access, article: "a", expecting: 1)
            }
            let seen = try await articles.resolve("a", access)
            try await articles.delete(access, article: "a", expecting: seen.version)
            await expectProblem(404, "not_found") { _ = try await articles.show(access, article: "a") }
            await expectProblem(404, "not_found") {
                _ = try await articles.text(access, sha256: article.articleVersion)
            }
            await expectProblem(404, "not_found") { try await articles.delete(access, article: "a") }
            #expect(try await articles.list(access, limit: 5).items.isEmpty)
            let restored = try await articles.restore(access, article: "a")
            #expect(restored.metadata == article.metadata && restored.version == Int64(start) + 2)
            #expect(try await articles.restore(access, article: "a") == restored)
            #expect(try await articles.show(access, article: "a", text: true).text == "text")
            #expect(try await stage.log(project).dropFirst(start) == ["del article", "put article"])
            #expect(try await stage.guardSeq(project) == Int64(start) + 2)
        }
    }

    @Test("metadata is set key by key, and null takes a key away")
    func metadata() async throws {
        try await ServiceStage.with { stage in
            let articles = stage.services.articles
            let project = try await stage.project("tour").project.id
            try await stage.article("a", "text", in: project)
            let access = try await access(stage)
            let changed = try await articles.patchMetadata(
                access, article: "a", ["source": .null, "page": 3, "who": ["a": [1, 2.5, "é"]]])
            #expect(changed.metadata == ["page": 3, "who": ["a": [1, 2.5, "é"]]])
            #expect(try await articles.resolve("a", access) == changed)
            #expect(try await articles.patchMetadata(access, article: "a", ["page": 3]) == changed)
            await expectProblem(412, "precondition_failed") {
                _ = try await articles.patchMetadata(access, article: "a", ["page": 4], expecting: 1)
            }
            await expectProblem(413, "too_large") {
                let long = String(repeating: "x", count: Limits.rowBytes)
                _ = try await articles.patchMetadata(access, article: "a", ["long": .string(long)])
            }
        }
    }

    @Test("only managers change articles")
    func rights() async throws {
        try await ServiceStage.with { stage in
            let articles = stage.services.articles
            let rea = try await stage.user("rea")
            let project = try await stage.project("tour", members: [("rea", .reviewer)]).project.id
            try await stage.article("a", "text", in: project)
            let access = try await access(stage, rea)
            #expect(try await articles.show(access, article: "a").article.externalID == "a")
            await expectProblem(403, "not_allowed") { try await articles.delete(access, article: "a") }
            await expectProblem(403, "not_allowed") { _ = try await articles.restore(access, article: "a") }
            await expectProblem(403, "not_allowed") {
                _ = try await articles.patchMetadata(access, article: "a", ["x": 1])
            }
        }
    }

    @Test("a role taken away after the gate is not used any more")
    func lateRevocation() async throws {
        try await ServiceStage.with { stage in
            let mia = try await stage.user("mia")
            let project = try await stage.project("tour", members: [("mia", .manager)]).project.id
            try await stage.article("a", "text", in: project)
            let access = try await access(stage, mia)
            _ = try await stage.services.members.setRole("mia", .viewer, project: "tour", by: stage.cli)
            await expectProblem(403, "not_allowed") {
                try await stage.services.articles.delete(access, article: "a")
            }
            try await stage.services.members.remove("mia", project: "tour", by: stage.cli)
            await expectProblem(404, "not_found") {
                try await stage.services.articles.delete(access, article: "a")
            }
        }
    }
}
