import AnnotationModel
import AnnotationServices
import AnnotationStore
import SyncProtocol
import Testing

/// These wait for the server's own two seconds.
@Suite("Polls and streams end with the login that they began with")
struct LastingLoginTests {
    private enum End: String, CaseIterable {
        case revoked, disabled, removed

        func happen(_ stage: ServiceStage) async throws {
            switch self {
            case .revoked: _ = try await stage.services.tokens.revoke("t", user: "ann", by: stage.cli)
            case .disabled: _ = try await stage.services.accounts.setDisabled("ann", true, by: stage.cli)
            case .removed: try await stage.services.members.remove("ann", project: "tour", by: stage.cli)
            }
        }

        /// A removed member is told nothing of the project; the others are told to log in.
        var status: Int { self == .removed ? 404 : 401 }
        var code: String { self == .removed ? "not_found" : "auth_expired" }
    }

    @Test("a poll that waits", arguments: End.allCases)
    private func poll(end: End) async throws {
        try await ServiceStage.with { stage in
            let ann = try await stage.user("ann")
            let record = try await stage.project("tour", members: [("ann", .annotator)])
            let sync = stage.services.sync
            let access = try await stage.services.projects.rights("tour", ann, .read)
            let start = Cursor(epoch: record.epoch, since: 0, at: nil)
            let known = try await sync.changes(access, cursor: start, limit: nil)
            let cursor = Cursor(epoch: record.epoch, since: known.changes.to, at: known.changes.at)
            let began = ContinuousClock.now
            let poll = Task {
                try await sync.changes(access, cursor: cursor, limit: nil, wait: .seconds(30))
            }
            try await end.happen(stage)
            await expectProblem(end.status, end.code) { _ = try await poll.value }
            #expect(ContinuousClock.now - began < .seconds(20))
        }
    }

    @Test("a snapshot on its way", arguments: End.allCases)
    private func snapshot(end: End) async throws {
        try await ServiceStage.with { stage in
            let ann = try await stage.user("ann")
            let project = try await stage.project("tour", members: [("ann", .annotator)]).project.id
            for number in 0..<3 { try await stage.article("a\(number)", "text \(number)", in: project) }
            let began = ContinuousClock.now
            let access = try await stage.services.projects.rights("tour", ann, .read)
            var stream = try await stage.services.sync.snapshot(
                access, client: nil, resume: nil, articles: nil, withTexts: true)
            try await end.happen(stage)
            // A reader that takes its time: the stream begins anew, again and again, as a longer one would go on.
            var problem: Problem?
            let fresh = stream
            while problem == nil, ContinuousClock.now - began < .seconds(20) {
                do {
                    if try await stream.next() == nil { stream = fresh }
                } catch {
                    problem = Problem(translating: error)
                }
            }
            #expect(problem?.status == end.status && problem?.code == end.code)
        }
    }
}
