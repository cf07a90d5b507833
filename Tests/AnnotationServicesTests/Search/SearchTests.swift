import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import JSONText
import Postgres
import SyncProtocol
import Testing

@Suite("Search")
struct SearchTests {
    private func access(_ stage: ServiceStage, _ principal: Principal? = nil) async throws -> ProjectAccess {
        try await stage.services.projects.rights("tour", principal ?? stage.cli, .read)
    }

    /// The external ids that a query finds, asked again while the answer says that it is not complete.
    private func find(
        _ query: String, _ stage: ServiceStage, by principal: Principal? = nil, deleted: Bool = false
    ) async throws -> [String] {
        while true {
            let found = try await stage.services.articles.list(
                try await access(stage, principal), ArticleFilter(query: query, deleted: deleted), limit: 100)
            if found.isComplete { return found.page.items.map(\.externalID) }
        }
    }

    private func french(_ stage: ServiceStage) async throws -> EntityID {
        try await stage.project("tour", ProjectDraft(name: "tour", language: "fr")).project.id
    }

    @Test("French is found without its accents, in capitals, decomposed, and by another form of the word")
    func french() async throws {
        try await ServiceStage.with { stage in
            let project = try await french(stage)
            try await stage.article("a", "Les élections ont eu lieu à l’été : «Besançon» vote.\r\n😀", in: project)
            try await stage.article("b", "Il pleut sur la ville.", in: project)
            for query in [
                "election", "élection", "ELECTIONS", "e\u{301}lections", "besancon", "Besançon", "l'ete", "votes",
                "\"election ont eu\"", "election -pluie", "vote or nothing",
            ] {
                let found = try await find(query, stage)
                #expect(found == ["a"], "\(query)")
            }
            for query in ["election -vote", "\"lieu election\"", "election pleut", "besanco", "xyzzy"] {
                let found = try await find(query, stage)
                #expect(found == [], "\(query)")
            }
            #expect(try await find("election or pleut", stage) == ["a", "b"])
        }
    }

    @Test("what is added, changed, deleted or restored a moment ago is found, or not, at once")
    func readYourWrites() async throws {
        try await ServiceStage.with { stage in
            let project = try await french(stage)
            let articles = stage.services.articles
            for number in 1...5 {
                try await stage.article("a\(number)", "Le préfet numéro \(number)", in: project)
                #expect(try await find("prefet", stage).count == number)
            }
            let access = try await access(stage)
            #expect(try await find("météore", stage) == [])
            _ = try await articles.patchMetadata(access, article: "a3", ["title": "Chute d’un météore"])
            #expect(try await find("meteores", stage) == ["a3"])
            _ = try await articles.patchMetadata(access, article: "a3", ["title": .null])
            #expect(try await find("meteores", stage) == [])
            try await articles.delete(access, article: "a2")
            #expect(try await find("prefet", stage) == ["a1", "a3", "a4", "a5"])
            #expect(try await find("prefet", stage, deleted: true) == ["a2"])
            _ = try await articles.restore(access, article: "a2")
            #expect(try await find("prefet", stage).count == 5)
        }
    }

    @Test("another language of the project indexes its articles anew, but for those that have one of their own")
    func language() async throws {
        try await ServiceStage.with { stage in
            let project = try await stage.project("tour").project.id
            try await stage.article("fr", "Des chevaux et des élections", in: project)
            try await stage.article("en", "Horses were running", in: project)
            try await stage.article("zh", "Horses were running", in: project)
            let access = try await access(stage)
            _ = try await stage.services.articles.patchMetadata(access, article: "en", ["lang": "en-GB"])
            _ = try await stage.services.articles.patchMetadata(access, article: "zh", ["lang": "zh"])
            // Word by word, as long as the language is not known.
            #expect(try await find("elections", stage) == ["fr"])
            #expect(try await find("election", stage) == [])
            #expect(try await find("run horse", stage) == ["en"], "stemmed in English")
            #expect(try await find("running horses", stage) == ["en", "zh"])
            for (language, found) in [("fr", ["fr"]), ("zh", []), ("French", ["fr"])] {
                _ = try await stage.services.projects.set(
                    "tour", ProjectPatch(language: .some(language)), by: stage.cli)
                let result = try await find("election", stage)
                #expect(result == found, "\(language)")
                #expect(try await find("run horse", stage) == ["en"])
            }
            _ = try await stage.services.articles.patchMetadata(access, article: "en", ["lang": "de"])
            #expect(try await find("run horse", stage) == [])
        }
    }

    @Test(
        "whatever is typed is a search and no error",
        arguments: ["le la", "\"", "'", "a:*&|!()", "' OR 1=1 --", "-", "or", "\\", "élec\u{301}tions <->", "𝔘😀"])
    func oddQueries(query: String) async throws {
        try await ServiceStage.with { stage in
            let project = try await french(stage)
            try await stage.article("a", "Texte", in: project)
            #expect(try await find(query, stage) == [])
            #expect(try await find(" \t", stage) == ["a"], "no words are no query")
        }
    }

    @Test("a query has a length, and only characters that text has")
    func refused() async throws {
        try await ServiceStage.with { stage in
            let project = try await french(stage)
            try await stage.article("a", "Texte", in: project)
            await expectProblem(422, "invalid") { _ = try await find(String(repeating: "a ", count: 501), stage) }
            await expectProblem(422, "invalid") { _ = try await find("a\u{0}b", stage) }
        }
    }

    @Test("nobody finds by its text what is not assigned to them; nobody but managers sees what was deleted")
    func rights() async throws {
        try await ServiceStage.with { stage in
            let ann = try await stage.user("ann")
            let project = try await stage.project(
                "tour", ProjectDraft(name: "tour", language: "fr", access: .assigned),
                members: [("ann", .annotator)]
            ).project.id
            let mine = try await stage.article("mine", "Le secret", in: project)
            try await stage.article("other", "Le secret", in: project)
            let assignment = Assignment(
                id: stage.database.ids.id(), articleID: mine.id, user: ann.user.id, state: .open, expiresAt: nil)
            try await stage.write([.assignment(assignment)], owners: [nil], in: project)
            #expect(try await find("secrets", stage, by: ann) == ["mine"])
            #expect(try await find("secrets", stage) == ["mine", "other"])
            await expectProblem(403, "not_allowed") { _ = try await find("secret", stage, by: ann, deleted: true) }
            let reader = try await stage.user("boss", isAdmin: true, scope: .read)
            #expect(try await find("secret", stage, by: reader, deleted: true) == [])
        }
    }

    @Test("a search in a database that was migrated with its articles finds them")
    func migrated() async throws {
        try await OldDatabase.with { database, migrate in
            let services = Services(database: database)
            let cli = Principal.commandLine(osUser: "root")
            let stage = ServiceStage(services: services, database: database, connectionString: "", clock: TestClock())
            let project = try await french(stage)
            for number in 0..<5 { try await stage.article("a\(number)", "Élection \(number)", in: project) }
            try await stage.services.articles.delete(try await access(stage), article: "a1")
            let before = try await services.projects.record("tour", cli)
            try await migrate()
            #expect(try await find("elections", stage) == ["a0", "a2", "a3", "a4"])
            #expect(try await services.projects.record("tour", cli) == before, "the log has not moved")
            #expect(
                try await services.audit.list(limit: 2, by: cli).items.map(\.entry.action).first == "article.delete")
        }
    }
}
