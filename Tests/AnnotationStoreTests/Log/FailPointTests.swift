import AnnotationModel
import AnnotationStore
import FailPoints
import Postgres
import SyncEngine
import SyncProtocol
import Testing

/// Each in a process of its own: a fail point is armed for a whole process.
@Suite("Fail points of the log")
struct FailPointTests {
    @Test("What fails before the flush has written nothing")
    func beforeFlush() async {
        await #expect(processExitsWith: .success) {
            try await LogFixture.with { fixture in
                let plan = fixture.plan(fixture.annotation(EntityID(high: 1, low: 1)))
                let head = try await fixture.log.records(project: fixture.project, after: 0, limit: 1, bytes: 1).head
                    .head
                FailPoints.arm(.pushBeforeFlush, action: .error)
                await #expect(throws: FailPointError.self) { _ = try await fixture.commit(plan) }
                let after = try await fixture.log.records(project: fixture.project, after: 0, limit: 1, bytes: 1).head
                    .head
                #expect(after == head)
                #expect(try await fixture.commit(plan) != nil)
            }
        }
    }

    @Test("What fails behind the commit has written everything")
    func afterCommit() async {
        await #expect(processExitsWith: .success) {
            try await LogFixture.with { fixture in
                let plan = fixture.plan(fixture.annotation(EntityID(high: 1, low: 1)))
                let head = try await fixture.log.records(project: fixture.project, after: 0, limit: 1, bytes: 1).head
                    .head
                FailPoints.arm(.pushAfterCommitBeforeReply, action: .error)
                await #expect(throws: FailPointError.self) { _ = try await fixture.commit(plan) }
                let after = try await fixture.log.records(project: fixture.project, after: 0, limit: 1, bytes: 1).head
                    .head
                #expect(after == head + 1)
                #expect(try await fixture.commit(plan) == nil, "the id is there already")
            }
        }
    }

    @Test("A snapshot that fails behind a page goes on from the place before")
    func afterPage() async {
        await #expect(processExitsWith: .success) {
            try await LogFixture.with { fixture in
                let reader = SnapshotReader(fixture.database)
                let header = try #require(try await reader.header(project: fixture.project, client: nil))
                let viewer = Viewer(
                    user: fixture.manager, role: .manager, project: Project(id: fixture.project, name: ""))
                let start = SnapshotPosition(start: header)
                FailPoints.arm(.snapshotAfterPage, action: .error)
                await #expect(throws: FailPointError.self) {
                    _ = try await reader.page(
                        project: fixture.project, after: start, withTexts: false, viewer: viewer)
                }
                let page = try await reader.page(
                    project: fixture.project, after: start, withTexts: false, viewer: viewer)
                #expect(page.rows.first?.kind == .project)
            }
        }
    }
}
