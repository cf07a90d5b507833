import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import JSONText
import SyncProtocol
import Testing

@Suite("Projects")
struct ProjectTests {
    @Test("a new project's log begins with its row, its members and its labels, and is guarded")
    func create() async throws {
        try await ServiceStage.with { stage in
            let alice = try await stage.user("alice", isAdmin: true)
            let record = try await stage.services.projects.create(
                ProjectDraft(name: "tour", title: "La tour", language: "fr", visibility: .all),
                labels: [Label(key: "PER", kind: .span), Label(key: "LOC", kind: .span)], by: alice)
            #expect(
                try await stage.log(record.project.id) == ["put project", "put member", "put label", "put label"])
            #expect(record.head == 4 && record.project.version == 1)
            #expect(try await stage.guardSeq(record.project.id) == 4)
            #expect(try await stage.services.projects.record("tour", alice) == record)
            let members = try await stage.services.members.list(project: "tour", by: alice)
            #expect(members.map(\.name) == ["alice"] && members.map(\.role) == [.manager])
            #expect(
                try await stage.services.labels.list(project: record.project.id.text, by: alice).map(\.key)
                    == ["PER", "LOC"], "in the order in which they were declared")
            #expect(try await stage.audit().last == "alice project.create tour")
            for key in ["id", "name", "title", "language", "layers", "visibility", "access", "head", "epoch"] {
                #expect(record.json.contains(key), "\(key)")
            }
        }
    }

    @Test("the command line creates a project without a member")
    func createByCommandLine() async throws {
        try await ServiceStage.with { stage in
            let record = try await stage.services.projects.create(ProjectDraft(name: "tour"), by: stage.cli)
            #expect(try await stage.log(record.project.id) == ["put project"])
            #expect(try await stage.services.members.list(project: "tour", by: stage.cli).isEmpty)
        }
    }

    @Test(
        "names that are no names are refused",
        arguments: [
            "", "Tour", "-tour", ".tour", "tour!", "a b", "é", String(repeating: "x", count: 65),
            "0199f000-0000-7000-8000-000000000001",
        ])
    func badName(name: String) async throws {
        try await ServiceStage.with { stage in
            await expectProblem(422, "invalid") {
                _ = try await stage.services.projects.create(ProjectDraft(name: name), by: stage.cli)
            }
        }
    }

    @Test("a project that cannot be made leaves nothing behind")
    func refused() async throws {
        try await ServiceStage.with { stage in
            try await stage.project("tour")
            await expectProblem(409, "conflict") {
                _ = try await stage.services.projects.create(ProjectDraft(name: "tour"), by: stage.cli)
            }
            await expectProblem(422, "invalid") {
                let labels = [Label(key: "says", kind: .relation, from: ["PER"])]
                _ = try await stage.services.projects.create(ProjectDraft(name: "other"), labels: labels, by: stage.cli)
            }
            #expect(try await stage.services.projects.list(limit: 10, by: stage.cli).items.count == 1)
            #expect(try await stage.audit() == ["cli:root project.create tour"])
            let bob = try await stage.user("bob")
            await expectProblem(403, "not_allowed") {
                _ = try await stage.services.projects.create(ProjectDraft(name: "mine"), by: bob)
            }
        }
    }

    @Test("settings change with their version, appear in the log and raise the guard; the same again is nothing")
    func settings() async throws {
        try await ServiceStage.with { stage in
            let record = try await stage.project("tour")
            let changed = try await stage.services.projects.set(
                "tour", ProjectPatch(title: "T", language: .some("de"), visibility: .all), expecting: 1, by: stage.cli)
            #expect(changed.project.title == "T" && changed.project.language == "de")
            #expect(changed.project.version == record.head + 1 && changed.head == record.head + 1)
            #expect(try await stage.log(record.project.id).last == "put project")
            #expect(try await stage.guardSeq(record.project.id) == changed.head)
            let problem = await expectProblem(412, "precondition_failed") {
                _ = try await stage.services.projects.set(
                    "tour", ProjectPatch(title: "U"), expecting: 1, by: stage.cli)
            }
            #expect(problem?.details["current"]?["title"]?.stringValue == "T")
            let same = try await stage.services.projects.set(
                "tour", ProjectPatch(title: "T"), expecting: changed.project.version, by: stage.cli)
            #expect(same == changed)
            let cleared = try await stage.services.projects.set(
                "tour", ProjectPatch(language: .some(nil)), by: stage.cli)
            #expect(cleared.project.language == nil)
        }
    }

    @Test("the layers of a project that has annotations stay as they are")
    func layers() async throws {
        try await ServiceStage.with { stage in
            let bob = try await stage.user("bob")
            let project = try await stage.project("tour", members: [("bob", .annotator)]).project
            _ = try await stage.services.projects.set("tour", ProjectPatch(layers: .shared), by: stage.cli)
            let article = try await stage.article("a", "Bob", in: project.id)
            let annotation = Annotation(
                id: stage.database.ids.id(), articleID: article.id, author: bob.user.id, layer: .shared, label: "PER",
                anchor: Anchor(
                    articleVersion: article.articleVersion, spans: [Span(start: 0, end: 3, quote: .text("Bob"))]),
                createdAt: stage.clock.now)
            try await stage.write([.annotation(annotation)], owners: [nil], in: project.id)
            await expectProblem(409, "conflict") {
                _ = try await stage.services.projects.set("tour", ProjectPatch(layers: .own), by: stage.cli)
            }
        }
    }

    @Test("missing, foreign and left projects are all the same; roles and scopes that do not suffice are 403")
    func rights() async throws {
        try await ServiceStage.with { stage in
            let projects = stage.services.projects
            let bob = try await stage.user("bob")
            let carol = try await stage.user("carol")
            _ = try await stage.user("dave")
            let tour = try await stage.project(
                "tour", members: [("bob", .annotator), ("dave", .manager)])
            for reference in ["tour", tour.project.id.text, "missing", stage.database.ids.id().text] {
                let problem = await expectProblem(404, "not_found") {
                    _ = try await projects.rights(reference, carol, .read)
                }
                #expect(problem?.detail == "there is no project “\(reference)”")
            }
            #expect(try await projects.rights("tour", bob, .annotate).role == .annotator)
            await expectProblem(403, "not_allowed") { _ = try await projects.rights("tour", bob, .manage) }
            await expectProblem(403, "not_allowed") { _ = try await projects.rights("tour", bob, .review) }
            let reader = try await stage.user("dave", scope: .read)
            #expect(try await projects.rights("tour", reader, .read).role == .manager)
            await expectProblem(403, "not_allowed") { _ = try await projects.rights("tour", reader, .annotate) }
            try await stage.services.members.remove("bob", project: "tour", by: stage.cli)
            await expectProblem(404, "not_found") { _ = try await projects.rights("tour", bob, .read) }
            let alice = try await stage.user("alice", isAdmin: true)
            #expect(try await projects.rights("tour", alice, .manage).role == .manager)
        }
    }

    @Test("a token bound to a project opens that one and no other")
    func bound() async throws {
        try await ServiceStage.with { stage in
            _ = try await stage.user("bob")
            for name in ["one", "two"] { try await stage.project(name, members: [("bob", .annotator)]) }
            try await stage.project("three")
            let bob = try await stage.user("bob", scope: .write, project: "one")
            _ = try await stage.services.projects.rights("one", bob, .annotate)
            await expectProblem(403, "not_allowed") { _ = try await stage.services.projects.rights("two", bob, .read) }
            await expectProblem(404, "not_found") { _ = try await stage.services.projects.rights("three", bob, .read) }
            #expect(try await stage.services.projects.list(limit: 9, by: bob).items.map(\.project.name) == ["one"])
        }
    }

    @Test("users list the projects they belong to, page by page; administrators all")
    func list() async throws {
        try await ServiceStage.with { stage in
            let bob = try await stage.user("bob")
            for name in ["c", "a", "b"] { try await stage.project(name, members: [("bob", .viewer)]) }
            try await stage.project("d")
            let first = try await stage.services.projects.list(limit: 2, by: bob)
            #expect(first.items.map(\.project.name) == ["a", "b"] && first.next == "b")
            let second = try await stage.services.projects.list(after: first.next, limit: 2, by: bob)
            #expect(second.items.map(\.project.name) == ["c"] && second.next == nil)
            #expect(try await stage.services.projects.list(limit: 9, by: stage.cli).items.count == 4)
        }
    }
}
