import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import JSONText
import SyncProtocol
import Testing

@Suite("The audit log")
struct AuditTests {
    @Test("acts come newest first, page by page, of all or of one project")
    func pages() async throws {
        try await ServiceStage.with { stage in
            let audit = stage.services.audit
            try await stage.project("tour")
            try await stage.project("other")
            // All at one moment: the ids decide.
            for name in ["a", "b", "c", "d"] { _ = try await stage.services.accounts.add(name: name, by: stage.cli) }
            stage.clock.advance(seconds: 1)
            for name in ["a", "b", "c"] {
                _ = try await stage.services.members.add(name, role: .viewer, project: "tour", by: stage.cli)
            }
            var seen: [AuditLog.Record] = []
            var after: String?
            repeat {
                let page = try await audit.list(after: after, limit: 2, by: stage.cli)
                seen += page.items
                after = page.next
            } while after != nil
            #expect(seen.count == 9 && Set(seen.map(\.id)).count == 9)
            #expect(zip(seen, seen.dropFirst()).allSatisfy { ($0.at, $0.id) > ($1.at, $1.id) })
            #expect(Set(seen.prefix(3).map(\.entry.action)) == ["member.add"])
            let access = try await stage.services.projects.rights("tour", stage.cli, .read)
            let first = try await audit.list(access, limit: 3)
            #expect(first.items.map(\.entry.action) == ["member.add", "member.add", "member.add"])
            let second = try await audit.list(access, after: first.next, limit: 3)
            #expect(second.items.map(\.entry.action) == ["project.create"] && second.next == nil)
            let json = try #require(second.items.first).json
            #expect(
                Set(json.keys) == ["id", "at", "actor", "action", "project", "subject", "details"])
            #expect(json["actor"] == "cli:root" && json["subject"] == "tour")
            await expectProblem(400, "malformed") { _ = try await audit.list(access, after: "nonsense", limit: 3) }
        }
    }

    @Test("all of it is for administrators, a project's for its managers")
    func rights() async throws {
        try await ServiceStage.with { stage in
            let audit = stage.services.audit
            let mia = try await stage.user("mia", scope: .read)
            let rea = try await stage.user("rea")
            try await stage.project("tour", members: [("mia", .manager), ("rea", .reviewer)])
            let projects = stage.services.projects
            #expect(try await !audit.list(try await projects.rights("tour", mia, .read), limit: 5).items.isEmpty)
            let access = try await projects.rights("tour", rea, .read)
            await expectProblem(403, "not_allowed") { _ = try await audit.list(access, limit: 5) }
            await expectProblem(403, "not_allowed") { _ = try await audit.list(limit: 5, by: mia) }
            let boss = try await stage.user("boss", isAdmin: true)
            #expect(try await !audit.list(limit: 5, by: boss).items.isEmpty)
        }
    }
}
