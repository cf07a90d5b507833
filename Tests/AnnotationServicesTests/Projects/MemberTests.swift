import AnnotationModel
import AnnotationServices
import AnnotationStore
import JSONText
import SyncProtocol
import Testing

@Suite("Members")
struct MemberTests {
    @Test("coming, changing role, leaving and coming back are changes of the log that raise the guard")
    func life() async throws {
        try await ServiceStage.with { stage in
            let members = stage.services.members
            let bob = try await stage.user("bob")
            let project = try await stage.project("tour").project.id
            let start = try await stage.log(project).count
            let added = try await members.add("bob", role: .annotator, project: "tour", by: stage.cli)
            #expect(added == Member(id: bob.user.id, name: "bob", role: .annotator, version: Int64(start) + 1))
            #expect(try await members.add("bob", role: .annotator, project: "tour", by: stage.cli) == added)
            await expectProblem(409, "conflict") {
                _ = try await members.add("bob", role: .manager, project: "tour", by: stage.cli)
            }
            let raised = try await members.setRole(
                bob.user.id.text, .reviewer, project: "tour", expecting: added.version, by: stage.cli)
            #expect(raised.role == .reviewer && raised.version == added.version + 1)
            await expectProblem(412, "precondition_failed") {
                _ = try await members.setRole(
                    "bob", .viewer, project: "tour", expecting: added.version, by: stage.cli)
            }
            try await members.remove("bob", project: "tour", by: stage.cli)
            #expect(try await members.list(project: "tour", by: stage.cli).isEmpty)
            await expectProblem(404, "not_found") { try await members.remove("bob", project: "tour", by: stage.cli) }
            await expectProblem(404, "not_found") {
                _ = try await members.setRole("bob", .viewer, project: "tour", by: stage.cli)
            }
            _ = try await members.add("bob", role: .viewer, project: "tour", by: stage.cli)
            #expect(try await members.list(project: "tour", by: bob).map(\.role) == [.viewer])
            #expect(
                try await stage.log(project).dropFirst(start)
                    == ["put member", "put member", "del member", "put member"])
            #expect(try await stage.guardSeq(project) == Int64(start) + 4)
            #expect(
                try await stage.audit().suffix(4) == [
                    "cli:root member.add bob", "cli:root member.role bob", "cli:root member.remove bob",
                    "cli:root member.add bob",
                ])
        }
    }

    @Test("only managers and administrators change members")
    func rights() async throws {
        try await ServiceStage.with { stage in
            let members = stage.services.members
            for name in ["mia", "rea", "ann", "vic", "new"] { _ = try await stage.user(name) }
            try await stage.project(
                "tour",
                members: [("mia", .manager), ("rea", .reviewer), ("ann", .annotator), ("vic", .viewer)])
            for name in ["rea", "ann", "vic"] {
                let principal = try await stage.user(name)
                #expect(try await members.list(project: "tour", by: principal).count == 4)
                await expectProblem(403, "not_allowed") {
                    _ = try await members.add("new", role: .viewer, project: "tour", by: principal)
                }
                await expectProblem(403, "not_allowed") {
                    try await members.remove(name, project: "tour", by: principal)
                }
            }
            let mia = try await stage.user("mia", scope: .write)
            _ = try await members.add("new", role: .viewer, project: "tour", by: mia)
            await expectProblem(404, "not_found") {
                _ = try await members.add("nobody", role: .viewer, project: "tour", by: mia)
            }
            await expectProblem(404, "not_found") {
                _ = try await members.add("new", role: .viewer, project: "missing", by: mia)
            }
        }
    }

    @Test("writers at the same moment all get their place in the log, without a gap")
    func concurrent() async throws {
        try await ServiceStage.with { stage in
            for number in 0..<8 { _ = try await stage.user("u\(number)") }
            let project = try await stage.project("tour").project.id
            let other = stage.another()
            try await withThrowingTaskGroup { group in
                for number in 0..<8 {
                    let services = number % 2 == 0 ? stage.services : other.services
                    group.addTask {
                        _ = try await services.members.add(
                            "u\(number)", role: .annotator, project: "tour", by: stage.cli)
                    }
                }
                try await group.waitForAll()
            }
            await other.database.close()
            let log = try await stage.log(project)
            #expect(log.filter { $0 == "put member" }.count == 8)
            #expect(try await stage.guardSeq(project) == Int64(log.count))
        }
    }
}
