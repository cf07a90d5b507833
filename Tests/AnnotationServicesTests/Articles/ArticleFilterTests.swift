import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import Digest
import JSONText
import SyncEngine
import SyncProtocol
import Testing

@Suite("Lists by filters")
struct ArticleFilterTests {
    /// Two articles and three people who annotate them: ann, ben in their own layers, rea in gold.
    private struct Scene {
        let stage: ServiceStage
        let people: [String: Principal]
        let project: EntityID
        let articles: [Article]
        var ids: [String: EntityID] = [:]

        init(_ stage: ServiceStage, visibility: Visibility = .own) async throws {
            self.stage = stage
            var people: [String: Principal] = [:]
            for name in ["ann", "ben", "rea"] { people[name] = try await stage.user(name) }
            self.people = people
            project = try await stage.project(
                "tour", ProjectDraft(name: "tour", visibility: visibility),
                members: [("ann", .annotator), ("ben", .annotator), ("rea", .reviewer)]
            ).project.id
            articles = [
                try await stage.article("one", "Ada Lindqvist", in: project),
                try await stage.article("two", "Valbruck", in: project),
            ]
        }

        func id(_ name: String) -> EntityID { people[name]?.user.id ?? .nobody }

        mutating func annotate(
            _ article: Int, by name: String, _ label: String, _ state: AnnotationState, layer: Layer = .own
        ) async throws -> Annotation {
            let annotation = Annotation(
                id: stage.database.ids.id(), articleID: articles[article].id, author: id(name), layer: layer,
                label: label,
                anchor: Anchor(
                    articleVersion: articles[article].articleVersion,
                    spans: [Span(start: 0, end: 1, quote: .text(article == 0 ? "A" : "V"))]), state: state,
                createdAt: stage.clock.now)
            try await stage.write(
                [.annotation(annotation)], owners: [layer == .own ? annotation.author : nil], in: project)
            return annotation
        }

        func access(_ name: String?) async throws -> ProjectAccess {
            try await stage.services.projects.rights("tour", name.flatMap { people[$0] } ?? stage.cli, .read)
        }

        func found(_ filter: ArticleFilter, by name: String? = nil) async throws -> [String] {
            try await stage.services.articles.list(try await access(name), filter, limit: 10).page.items.map(
                \.externalID)
        }
    }

    @Test("articles are listed by what their metadata has, page by page")
    func metadata() async throws {
        try await ServiceStage.with { stage in
            let project = try await stage.project("tour").project.id
            for number in 0..<5 { try await stage.article("a\(number)", "text \(number)", in: project) }
            let access = try await stage.services.projects.rights("tour", stage.cli, .read)
            let articles = stage.services.articles
            for number in [0, 2, 3] {
                _ = try await articles.patchMetadata(
                    access, article: "a\(number)", ["desk": ["name": "Küche", "no": 3], "tags": ["x", "y"]])
            }
            let filter = ArticleFilter(metadata: ["desk": ["name": "Küche"], "tags": ["y"]])
            let first = try await articles.list(access, filter, limit: 2)
            #expect(first.page.items.map(\.externalID) == ["a0", "a2"] && first.isComplete)
            let second = try await articles.list(access, filter, after: first.page.next, limit: 2)
            #expect(second.page.items.map(\.externalID) == ["a3"] && second.page.next == nil)
            for other: JSONObject in [["desk": "Küche"], ["desk": ["name": "Ku\u{308}che"]], ["tags": ["z"]]] {
                #expect(try await articles.list(access, ArticleFilter(metadata: other), limit: 2).page.items.isEmpty)
            }
        }
    }

    @Test("label, author and state mean one and the same annotation")
    func oneAnnotation() async throws {
        try await ServiceStage.with { stage in
            var scene = try await Scene(stage)
            _ = try await scene.annotate(0, by: "ann", "PER", .draft)
            _ = try await scene.annotate(0, by: "ben", "ORG", .final)
            _ = try await scene.annotate(1, by: "ben", "PER", .final)
            #expect(try await scene.found(ArticleFilter(label: "PER")) == ["one", "two"])
            #expect(try await scene.found(ArticleFilter(label: "PER", state: .final)) == ["two"])
            #expect(try await scene.found(ArticleFilter(label: "ORG", author: scene.id("ann"))) == [])
            #expect(try await scene.found(ArticleFilter(author: scene.id("ben"), state: .final)) == ["one", "two"])
            #expect(try await scene.found(ArticleFilter(author: scene.id("rea"))) == [])
        }
    }

    @Test("annotations that somebody does not see show in no filter of theirs")
    func noLeak() async throws {
        try await ServiceStage.with { stage in
            var scene = try await Scene(stage)
            _ = try await scene.annotate(0, by: "ann", "PER", .draft)
            _ = try await scene.annotate(1, by: "ben", "PER", .final)
            _ = try await scene.annotate(1, by: "rea", "ORG", .final, layer: .gold)
            #expect(try await scene.found(ArticleFilter(label: "PER"), by: "ann") == ["one"])
            #expect(try await scene.found(ArticleFilter(author: scene.id("ben")), by: "ann") == [])
            #expect(try await scene.found(ArticleFilter(state: .final), by: "ann") == ["two"], "the gold one")
            #expect(try await scene.found(ArticleFilter(label: "PER"), by: "rea") == ["one", "two"])
        }
    }

    @Test("annotations are listed by state and layer, relations by either end, conflicts by their entity")
    func rows() async throws {
        try await ServiceStage.with { stage in
            var scene = try await Scene(stage, visibility: .all)
            let first = try await scene.annotate(0, by: "ann", "ORG", .draft)
            let second = try await scene.annotate(0, by: "ann", "PER", .final)
            let third = try await scene.annotate(0, by: "ann", "PER", .draft, layer: .gold)
            func relation(_ from: Annotation, _ to: Annotation) -> Relation {
                Relation(
                    id: stage.database.ids.id(), articleID: from.articleID, author: from.author, layer: .own,
                    label: "said_by", from: from.id, to: to.id, createdAt: stage.clock.now)
            }
            let relations = [relation(first, second), relation(first, third), relation(second, third)]
            func side(_ value: JSONValue) -> ConflictSide {
                ConflictSide(value: value, by: scene.id("ann"), client: nil, at: stage.clock.now)
            }
            let conflicts = [first, second].map { annotation in
                Conflict(
                    id: stage.database.ids.id(), articleID: annotation.articleID, entity: .annotation,
                    entityID: annotation.id, field: "label", kept: side("PER"), other: side("ORG"))
            }
            try await stage.write(
                relations.map { .relation($0) } + conflicts.map { .conflict($0) },
                owners: Array(repeating: nil, count: 5), in: scene.project)
            let access = try await scene.access("rea")
            let service = stage.services.annotations
            func annotations(_ filter: RowFilter) async throws -> [EntityID] {
                try await service.list(access, filter, limit: 9).items.map(\.annotation.id)
            }
            #expect(try await annotations(RowFilter(annotationState: .final)) == [second.id])
            #expect(try await annotations(RowFilter(layer: .gold)) == [third.id])
            #expect(try await annotations(RowFilter(annotationState: .draft, layer: .own)) == [first.id])
            func ends(_ annotation: Annotation) async throws -> Set<EntityID> {
                Set(
                    try await service.relations(access, RowFilter(annotations: [annotation.id]), limit: 9).items.map(
                        \.id))
            }
            #expect(try await ends(first) == [relations[0].id, relations[1].id])
            #expect(try await ends(second) == [relations[0].id, relations[2].id])
            #expect(
                try await service.conflicts(access, entity: second.id, limit: 9).items.map(\.id) == [conflicts[1].id])
        }
    }

    @Test("an article's versions come oldest first")
    func versions() async throws {
        try await ServiceStage.with { stage in
            let project = try await stage.project("tour").project.id
            let article = try await stage.article("a", "first", in: project)
            let text = "second"
            let version = ArticleVersion(
                id: stage.database.ids.id(), articleID: article.id, sha256: SHA256.hash(text), length: 6)
            _ = try await stage.services.log.write(project: project, raisesGuard: false, by: .nobody) { _, _ in
                var plan = AdminPlan(by: .nobody)
                var changed = article
                changed.articleVersion = version.sha256
                changed.length = 6
                plan.put(.article(changed), isNew: false)
                plan.put(.articleVersion(version), isNew: true)
                var writes = plan.plan
                writes.texts[version.sha256] = text
                return writes
            }
            let access = try await stage.services.projects.rights("tour", stage.cli, .read)
            let versions = try await stage.services.articles.versions(access, article: "a")
            #expect(versions.map(\.sha256) == [SHA256.hash("first"), version.sha256])
            await expectProblem(404, "not_found") {
                _ = try await stage.services.articles.versions(access, article: "zzz")
            }
            // A new text is found by its words, and the old one's are forgotten.
            for (query, found) in [("second", 1), ("first", 0)] {
                let list = try await stage.services.articles.list(access, ArticleFilter(query: query), limit: 5)
                #expect(list.page.items.count == found, "\(query)")
            }
        }
    }
}
