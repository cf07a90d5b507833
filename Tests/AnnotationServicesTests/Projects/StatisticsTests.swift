import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import JSONText
import SyncProtocol
import Testing

@Suite("Statistics")
struct StatisticsTests {
    /// ann, ben and rea at work on three articles, of which one was deleted.
    private func scene(_ stage: ServiceStage) async throws -> [String: Principal] {
        var people: [String: Principal] = [:]
        for name in ["ann", "ben", "rea", "mia"] { people[name] = try await stage.user(name) }
        let project = try await stage.project(
            "tour", members: [("ann", .annotator), ("ben", .annotator), ("rea", .reviewer), ("mia", .manager)]
        ).project.id
        let articles = [
            try await stage.article("one", "Ada Lindqvist", in: project),
            try await stage.article("two", "😀é", in: project),
            try await stage.article("gone", "Valbruck", in: project),
        ]
        func id(_ name: String) -> EntityID { people[name]?.user.id ?? .nobody }
        var rows: [Row] = []
        var owners: [EntityID?] = []
        func add(_ row: Row, _ owner: EntityID?) {
            rows.append(row)
            owners.append(owner)
        }
        func annotation(
            _ article: Int, _ name: String, _ label: String, _ state: AnnotationState, layer: Layer = .own, days: Int64
        ) -> Annotation {
            let annotation = Annotation(
                id: stage.database.ids.id(), articleID: articles[article].id, author: id(name), layer: layer,
                label: label,
                anchor: Anchor(
                    articleVersion: articles[article].articleVersion,
                    spans: [Span(start: 0, end: 0, quote: .text(""))]), state: state,
                createdAt: stage.clock.now.adding(seconds: -86_400 * days))
            add(.annotation(annotation), layer == .own ? id(name) : nil)
            return annotation
        }
        let first = annotation(0, "ann", "PER", .draft, days: 0)
        let second = annotation(0, "ann", "ORG", .final, days: 1)
        let other = annotation(0, "ben", "PER", .final, days: 29)
        _ = annotation(1, "ben", "PER", .draft, days: 30)
        _ = annotation(1, "rea", "PER", .final, layer: .gold, days: 1)
        _ = annotation(2, "ann", "PER", .final, days: 0)
        add(
            .relation(
                Relation(
                    id: stage.database.ids.id(), articleID: articles[0].id, author: id("ann"), layer: .own,
                    label: "said_by", from: second.id, to: first.id, createdAt: stage.clock.now)), id("ann"))
        add(
            .comment(
                Comment(
                    id: stage.database.ids.id(), articleID: articles[0].id, annotationID: other.id, author: id("ben"),
                    text: "?", createdAt: stage.clock.now)), id("ben"))
        for (annotation, decision) in [(first, ReviewDecision.accept), (other, .reject)] {
            add(
                .review(
                    Review(
                        id: stage.database.ids.id(), articleID: articles[0].id, annotationID: annotation.id,
                        reviewer: id("rea"), decision: decision, createdAt: stage.clock.now)), annotation.author)
        }
        let side = ConflictSide(value: "PER", by: id("ben"), client: nil, at: stage.clock.now)
        add(
            .conflict(
                Conflict(
                    id: stage.database.ids.id(), articleID: articles[0].id, entity: .annotation, entityID: other.id,
                    field: "label", kept: side, other: side)), id("ben"))
        for (name, state) in [("ann", AssignmentState.done), ("ben", .inProgress)] {
            add(
                .assignment(
                    Assignment(
                        id: stage.database.ids.id(), articleID: articles[0].id, user: id(name), state: state,
                        expiresAt: nil)), nil)
        }
        try await stage.write(rows, owners: owners, in: project)
        try await stage.services.articles.delete(
            try await stage.services.projects.rights("tour", stage.cli, .read), article: "gone")
        return people
    }

    private func json(_ stage: ServiceStage, _ principal: Principal?) async throws -> JSONObject {
        let access = try await stage.services.projects.rights("tour", principal ?? stage.cli, .read)
        return try await stage.services.statistics.statistics(access).json
    }

    private func author(_ json: JSONObject, _ name: String) -> JSONObject? {
        json["authors"]?.arrayValue?.compactMap(\.objectValue).first { $0["name"]?.stringValue == name }
    }

    @Test("a manager sees all numbers, of live rows of live articles")
    func manager() async throws {
        try await ServiceStage.with { stage in
            let people = try await scene(stage)
            let json = try await json(stage, people["mia"])
            #expect(json["articles"] == ["total": 2, "deleted": 1, "annotated": 2, "characters": 15])
            #expect(json["annotations"] == ["total": 5, "draft": 2, "final": 3])
            #expect(
                json["labels"] == [
                    ["key": "PER", "annotations": 4, "articles": 2, "relations": 0],
                    ["key": "ORG", "annotations": 1, "articles": 1, "relations": 0],
                    ["key": "topic", "annotations": 0, "articles": 0, "relations": 0],
                    ["key": "said_by", "annotations": 0, "articles": 0, "relations": 1],
                ])
            #expect(
                json["authors"]?.arrayValue?.compactMap { $0.objectValue?["name"]?.stringValue } == [
                    "ann", "ben", "rea",
                ])
            let ann = try #require(people["ann"])
            #expect(
                author(json, "ann") == [
                    "user": .string(ann.user.id.text), "name": "ann", "annotations": 2, "final": 1, "articles": 1,
                    "relations": 1, "comments": 0, "reviews": 0,
                ])
            #expect(author(json, "ben")?["articles"] == 2)
            #expect(author(json, "ben")?["comments"] == 1)
            #expect(author(json, "rea")?["reviews"] == 2)
            #expect(json["relations"] == 1 && json["comments"] == 1)
            #expect(json["reviews"] == ["accept": 1, "reject": 1, "unsure": 0])
            #expect(json["conflicts"] == ["open": 1, "resolved": 0])
            #expect(json["assignments"] == ["open": 0, "in_progress": 1, "done": 1])
            let days = try #require(json["progress"]?.arrayValue)
            #expect(days.count == 30)
            #expect(days.last == ["date": .string(String(stage.clock.now.text.prefix(10))), "annotations": 1])
            #expect(days.compactMap { $0.objectValue?["annotations"]?.intValue }.filter { $0 > 0 } == [1, 2, 1])
            #expect(days.first?.objectValue?["annotations"] == 1, "29 days ago, not 30")
        }
    }

    @Test("an annotator who sees only the own layer, and gold, gets only the own numbers, and gold")
    func annotator() async throws {
        try await ServiceStage.with { stage in
            let people = try await scene(stage)
            let json = try await json(stage, people["ann"])
            #expect(json["articles"] == ["total": 2, "annotated": 2, "characters": 15], "deleted ones are no business")
            #expect(json["annotations"] == ["total": 3, "draft": 1, "final": 2])
            #expect(author(json, "ben") == nil)
            #expect(author(json, "rea")?["annotations"] == 1)
            #expect(json["comments"] == 0)
            #expect(json["reviews"] == ["accept": 1, "reject": 0, "unsure": 0])
            #expect(json["conflicts"] == ["open": 0, "resolved": 0])
            #expect(json["assignments"] == ["open": 0, "in_progress": 0, "done": 1])
            let days = json["progress"]?.arrayValue?.compactMap { $0.objectValue?["annotations"]?.intValue }
            #expect(days?.reduce(0, +) == 3)
        }
    }

    @Test("an empty project has zeroes")
    func empty() async throws {
        try await ServiceStage.with { stage in
            try await stage.project("tour")
            let json = try await json(stage, nil)
            #expect(json["articles"] == ["total": 0, "deleted": 0, "annotated": 0, "characters": 0])
            #expect(json["annotations"] == ["total": 0, "draft": 0, "final": 0])
            #expect(json["authors"] == [])
        }
    }
}
