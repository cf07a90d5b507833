import AnnotationModel
import AnnotationModelTestSupport
import AnnotationStore
import Digest
import Postgres
import SyncEngine
import SyncProtocol
import Testing

@Suite("A piece of the log")
struct RecordsTests {
    private func id(_ number: UInt64) -> EntityID { EntityID(high: 0x0199_0000_0000_7000, low: number) }

    /// Transactions of these sizes behind the fixture's own; the seq before the first.
    private func write(_ sizes: [Int], _ fixture: LogFixture) async throws -> Int64 {
        var next: UInt64 = 0
        var start: Int64?
        for size in sizes {
            let annotations = (0..<size).map { index in fixture.annotation(id(next + UInt64(index))) }
            next += UInt64(size)
            let committed = try #require(try await fixture.commit(fixture.plan(annotations)))
            start = start ?? committed.base
        }
        return start ?? 0
    }

    @Test(
        "Whole transactions come, as many as the limit allows, and one at least",
        arguments: [
            (limit: 1, count: 3), (limit: 3, count: 3), (limit: 7, count: 3), (limit: 8, count: 8),
            (limit: 9, count: 9),
            (limit: 100, count: 12),
        ])
    func limits(limit: Int, count: Int) async throws {
        try await LogFixture.with { fixture in
            let start = try await write([3, 5, 1, 3], fixture)
            let page = try await fixture.log.records(
                project: fixture.project, after: start, limit: limit, bytes: 1 << 20)
            #expect(page.records.map(\.seq) == (1...Int64(count)).map { start + $0 })
            #expect(page.records.last.map { $0.transactionEnd == $0.seq } == true)
            #expect(page.head.head == start + 12)
        }
    }

    @Test("Bytes of rows bound a piece too, and a first transaction over the limit comes whole")
    func bytes() async throws {
        try await LogFixture.with { fixture in
            let start = try await write([3, 5, 1], fixture)
            let size = try #require(
                try await fixture.log.records(project: fixture.project, after: start, limit: 1, bytes: 1).records.first?
                    .row?.count)
            for (bytes, count) in [(1, 3), (size * 3, 3), (size * 8 - 1, 3), (size * 8, 8), (size * 20, 9)] {
                let page = try await fixture.log.records(
                    project: fixture.project, after: start, limit: 1000, bytes: bytes)
                #expect(page.records.count == count, "\(bytes) bytes")
            }
        }
    }

    @Test("Pieces of any size put together are the whole log", arguments: [1, 2, 3])
    func contiguity(seed: UInt64) async throws {
        try await LogFixture.with(seed: seed) { fixture in
            var plans = RandomPlans(fixture, seed: seed)
            for size in [5, 1, 30, 2, 2, 17] {
                let plan = plans.next(changes: size)
                plans.committed(plan, base: try #require(try await fixture.commit(plan)).base)
            }
            let all = try await fixture.allRecords()
            #expect(all.map(\.seq) == Array(1...Int64(all.count)))
            var random = SeededGenerator(seed: seed)
            for _ in 0..<5 {
                let pieces = try await fixture.allRecords(limit: random.int(1...20), bytes: random.int(1...20_000))
                #expect(pieces.map(\.seq) == all.map(\.seq) && pieces.map(\.row) == all.map(\.row))
            }
        }
    }

    @Test("The tag at a cursor is told from the log, from the horizon, and is nil where nothing is known")
    func tags() async throws {
        try await LogFixture.with { fixture in
            let start = try await write([3, 5, 1], fixture)
            let all = try await fixture.allRecords()
            let first = try await fixture.log.records(project: fixture.project, after: 0, limit: 10, bytes: 1 << 20)
            #expect(first.tagAtSince == nil && first.head.headTag == all.last?.tag)
            let middle = try await fixture.log.records(
                project: fixture.project, after: start + 3, limit: 10, bytes: 1 << 20)
            #expect(middle.tagAtSince == all[Int(start) + 2].tag)
            let end = try await fixture.log.records(
                project: fixture.project, after: start + 9, limit: 10, bytes: 1 << 20)
            #expect(end.tagAtSince == all.last?.tag && end.records.isEmpty)
            let beyond = try await fixture.log.records(
                project: fixture.project, after: start + 10, limit: 10, bytes: 1 << 20)
            #expect(beyond.tagAtSince == nil && beyond.records.isEmpty && beyond.head.head == start + 9)

            // Retention takes the log's start away.
            let horizon = start + 3
            try await fixture.database.client.query(
                """
                UPDATE project_log SET horizon = \(horizon), horizon_tag = \(all[Int(horizon) - 1].tag)
                WHERE project_id = \(fixture.project)
                """)
            try await fixture.database.client.query(
                "DELETE FROM changes WHERE project_id = \(fixture.project) AND seq <= \(horizon)")
            let below = try await fixture.log.records(project: fixture.project, after: 1, limit: 10, bytes: 1 << 20)
            #expect(below.records.isEmpty && below.head.horizon == horizon && below.tagAtSince == nil)
            let at = try await fixture.log.records(project: fixture.project, after: horizon, limit: 10, bytes: 1 << 20)
            #expect(at.tagAtSince == all[Int(horizon) - 1].tag && at.records.count == 6)
            #expect(try await fixture.verify() == [])
            #expect(try await fixture.replayCheck() == [])
        }
    }

    @Test("Rights come with a pull: role, removal, and assignments only where they decide what is seen")
    func rights() async throws {
        let settings = Project(id: id(500), name: "assigned", visibility: .afterDone, access: .assigned)
        try await LogFixture.with(settings: settings) { fixture in
            var plan = AdminPlan(by: fixture.manager)
            for (index, state) in [AssignmentState.open, .done, .inProgress].enumerated() {
                plan.put(
                    .assignment(
                        Assignment(
                            id: id(UInt64(600 + index)), articleID: fixture.articles[index].id, user: fixture.annotator,
                            state: state, expiresAt: nil)), isNew: true)
            }
            plan.delete(.member(Member(id: fixture.users[3], name: "user 4", role: .annotator)))
            let written = plan.plan
            _ = try await fixture.log.write(
                project: fixture.project, raisesGuard: true, by: fixture.manager
            ) { _, _ in written }

            let pull = try #require(
                try await fixture.log.pull(
                    project: fixture.project, user: fixture.annotator, after: 0, limit: 100, bytes: 1 << 20))
            #expect(pull.rights.role == .annotator && pull.project.access == .assigned)
            #expect(pull.rights.assigned == Set(fixture.articles.prefix(3).map(\.id)))
            #expect(pull.rights.done == [fixture.articles[1].id])
            #expect(Int64(pull.records.count) == pull.head.head)

            let removed = try #require(
                try await fixture.log.rights(project: fixture.project, user: fixture.users[3]))
            #expect(removed.rights.role == nil && removed.rights.isRemoved && removed.rights.effectiveRole == nil)
            let manager = try #require(
                try await fixture.log.rights(project: fixture.project, user: fixture.manager))
            #expect(manager.rights.role == .manager && manager.rights.assigned.isEmpty)

            try await fixture.database.client.query(
                "INSERT INTO users (id, name, admin, created_at) VALUES (\(id(700)), 'root', true, \(Timestamp.now()))")
            let admin = try #require(try await fixture.log.rights(project: fixture.project, user: id(700)))
            #expect(admin.rights.role == nil && admin.rights.effectiveRole == .manager)
            #expect(try await fixture.log.rights(project: id(701), user: id(700)) == nil)
            #expect(
                try await fixture.log.pull(project: id(701), user: id(700), after: 0, limit: 1, bytes: 1) == nil)
        }
    }
}
