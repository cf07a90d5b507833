import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import JSONText
import SyncProtocol
import Testing

/// Who sees what of what is read over HTTP and on the command line.
@Suite("Sight")
struct SightTests {
    /// Two articles; ann and ben annotate both, each with a comment and a review of rea's on ben's; a gold annotation.
    private struct Scene {
        let stage: ServiceStage
        let people: [String: Principal]
        let articles: [String: Article]
        var ids: [EntityID: String] = [:]

        init(_ stage: ServiceStage, visibility: Visibility, access: Access) async throws {
            self.stage = stage
            var people: [String: Principal] = [:]
            for name in ["ann", "ben", "rea", "vic"] { people[name] = try await stage.user(name) }
            self.people = people
            let project = try await stage.project(
                "tour", ProjectDraft(name: "tour", visibility: visibility, access: access),
                members: [("ann", .annotator), ("ben", .annotator), ("rea", .reviewer), ("vic", .viewer)]
            ).project.id
            articles = [
                "one": try await stage.article("one", "Ada Lindqvist", in: project),
                "two": try await stage.article("two", "Valbruck", in: project),
            ]
            var rows: [Row] = []
            var owners: [EntityID?] = []
            func add(_ row: Row, _ owner: EntityID?, _ name: String) {
                rows.append(row)
                owners.append(owner)
                ids[row.id] = name
            }
            for (place, article) in articles {
                var first: [String: Annotation] = [:]
                for name in ["ann", "ben"] {
                    let annotation = annotation(by: name, layer: .own, on: article)
                    first[name] = annotation
                    add(.annotation(annotation), annotation.author, "\(name)@\(place)")
                    let comment = Comment(
                        id: stage.database.ids.id(), articleID: article.id, annotationID: annotation.id,
                        author: annotation.author, text: "…", createdAt: stage.clock.now)
                    add(.comment(comment), annotation.author, "comment of \(name)@\(place)")
                }
                if let other = first["ben"] {
                    let comment = Comment(
                        id: stage.database.ids.id(), articleID: article.id, annotationID: other.id,
                        author: id("ann"), text: "…", createdAt: stage.clock.now)
                    add(.comment(comment), other.author, "comment of ann on ben@\(place)")
                    let review = Review(
                        id: stage.database.ids.id(), articleID: article.id, annotationID: other.id,
                        reviewer: id("rea"), decision: .accept, createdAt: stage.clock.now)
                    add(.review(review), other.author, "review@\(place)")
                }
                let gold = annotation(by: "rea", layer: .gold, on: article)
                add(.annotation(gold), nil, "gold@\(place)")
            }
            try await stage.write(rows, owners: owners, in: project)
        }

        private func id(_ name: String) -> EntityID { people[name]?.user.id ?? .nobody }

        private func annotation(by name: String, layer: Layer, on article: Article) -> Annotation {
            Annotation(
                id: stage.database.ids.id(), articleID: article.id, author: id(name), layer: layer, label: "PER",
                attributes: ["n": 1],
                anchor: Anchor(
                    articleVersion: article.articleVersion, spans: [Span(start: 0, end: 0, quote: .text(""))]),
                createdAt: stage.clock.now)
        }

        func assign(_ name: String, _ place: String, _ state: AssignmentState) async throws {
            guard let article = articles[place] else { return }
            let row = Assignment(
                id: stage.database.ids.id(), articleID: article.id, user: id(name), state: state, expiresAt: nil)
            try await stage.write(
                [.assignment(row)], owners: [nil],
                in: try await stage.services.projects.record("tour", stage.cli).project.id)
        }

        /// The names of everything that somebody is shown.
        func seen(by name: String) async throws -> Set<String> {
            guard let principal = people[name] else { return [] }
            let access = try await stage.services.projects.rights("tour", principal, .read)
            let service = stage.services.annotations
            var seen = Set(try await stage.services.articles.list(access, limit: 100).items.map(\.externalID))
            for view in try await service.list(access, limit: 100).items {
                seen.insert(ids[view.annotation.id] ?? "?")
                // The ones inside are the ones that the list of comments shows.
                for comment in view.comments { seen.insert(ids[comment.id] ?? "?") }
                #expect(try await service.show(access, id: view.annotation.id) == view)
            }
            let comments = try await service.comments(access, limit: 100).items.map { ids[$0.id] ?? "?" }
            let reviews = try await service.reviews(access, limit: 100).items.map { ids[$0.id] ?? "?" }
            seen.formUnion(comments + reviews)
            for (id, name) in ids where !seen.contains(name) && !name.contains("comment") && !name.contains("review") {
                await expectProblem(404, "not_found") { _ = try await service.show(access, id: id) }
            }
            return seen
        }

        func everything(on places: [String] = ["one", "two"]) -> Set<String> {
            Set(ids.values.filter { name in places.contains { name.hasSuffix("@\($0)") } } + places)
        }
    }

    private let hidden: Set<String> = [
        "ben@one", "ben@two", "comment of ben@one", "comment of ben@two", "review@one", "review@two",
    ]

    @Test("with visibility `own` an annotator sees their own layer, gold, and their own comments on others")
    func own() async throws {
        try await ServiceStage.with { stage in
            let scene = try await Scene(stage, visibility: .own, access: .all)
            #expect(try await scene.seen(by: "ann") == scene.everything().subtracting(hidden))
            for name in ["rea", "vic"] { #expect(try await scene.seen(by: name) == scene.everything()) }
            let ben = try await scene.seen(by: "ben")
            #expect(ben.contains("review@one") && ben.contains("comment of ann on ben@one") && !ben.contains("ann@one"))
        }
    }

    @Test("with visibility `all` everybody sees everything")
    func all() async throws {
        try await ServiceStage.with { stage in
            let scene = try await Scene(stage, visibility: .all, access: .all)
            for name in ["ann", "ben", "rea", "vic"] { #expect(try await scene.seen(by: name) == scene.everything()) }
        }
    }

    @Test("with visibility `after_done` others' layers appear on the articles that one has finished")
    func afterDone() async throws {
        try await ServiceStage.with { stage in
            let scene = try await Scene(stage, visibility: .afterDone, access: .all)
            #expect(try await scene.seen(by: "ann") == scene.everything().subtracting(hidden))
            try await scene.assign("ann", "one", .done)
            try await scene.assign("ann", "two", .inProgress)
            #expect(
                try await scene.seen(by: "ann")
                    == scene.everything().subtracting(hidden.filter { $0.hasSuffix("@two") }))
        }
    }

    @Test("with access `assigned` an annotator sees the articles assigned to them, and nothing of the others")
    func assigned() async throws {
        try await ServiceStage.with { stage in
            let scene = try await Scene(stage, visibility: .all, access: .assigned)
            #expect(try await scene.seen(by: "ann").isEmpty)
            try await scene.assign("ann", "two", .open)
            #expect(try await scene.seen(by: "ann") == scene.everything(on: ["two"]))
            let ann = try #require(scene.people["ann"])
            let access = try await stage.services.projects.rights("tour", ann, .read)
            await expectProblem(404, "not_found") { _ = try await stage.services.articles.show(access, article: "one") }
            await expectProblem(404, "not_found") {
                _ = try await stage.services.articles.resolve("o", access)
            }
            let secret = try #require(scene.articles["one"])
            await expectProblem(404, "not_found") {
                _ = try await stage.services.articles.text(access, sha256: secret.articleVersion)
            }
            #expect(try await scene.seen(by: "rea") == scene.everything())
        }
    }

    @Test("what stands below a deleted article is not shown, and lists filter by article, author and label")
    func filters() async throws {
        try await ServiceStage.with { stage in
            let scene = try await Scene(stage, visibility: .all, access: .all)
            let access = try await stage.services.projects.rights("tour", stage.cli, .read)
            let service = stage.services.annotations
            let one = try #require(scene.articles["one"])
            let ben = try #require(scene.people["ben"]).user.id
            func names(_ filter: RowFilter) async throws -> Set<String> {
                Set(try await service.list(access, filter, limit: 100).items.map { scene.ids[$0.annotation.id] ?? "?" })
            }
            #expect(try await names(RowFilter(article: one.id)) == ["ann@one", "ben@one", "gold@one"])
            #expect(try await names(RowFilter(author: ben)) == ["ben@one", "ben@two"])
            #expect(try await names(RowFilter(article: one.id, author: ben)) == ["ben@one"])
            #expect(try await names(RowFilter(label: "ORG")).isEmpty)
            let first = try await service.list(access, limit: 4)
            let second = try await service.list(access, after: EntityID(first.next ?? ""), limit: 4)
            #expect(first.items.count == 4 && second.items.count == 2 && second.next == nil)
            try await stage.services.articles.delete(access, article: "one")
            #expect(try await scene.seen(by: "vic") == scene.everything(on: ["two"]))
        }
    }
}
