import AnnotationModel
import AnnotationModelTestSupport
import AnnotationStore
import Digest
import JSONText
import Postgres
import PostgresTestSupport
import SyncEngine
import SyncProtocol
import Testing

@Suite("The commit of a plan")
struct CommitTests {
    private func id(_ number: UInt64) -> EntityID { EntityID(high: 0x0199_0000_0000_7000, low: number) }

    private func hasAnnotation(_ id: EntityID, _ fixture: LogFixture) async throws -> Bool {
        var request = LoadRequest()
        request.rows = [EntityKey(.annotation, id)]
        return try await fixture.load(request).rows[EntityKey(.annotation, id)] != nil
    }

    @Test("A plan made before a guard was raised writes nothing")
    func guardMoved() async throws {
        try await LogFixture.with { fixture in
            let late = fixture.plan(fixture.annotation(id(1)))
            let committed = try await fixture.database.client.withTransaction { tx in
                let opened = try await fixture.log.open(
                    tx, project: fixture.project, user: fixture.annotator, client: fixture.clients[2])
                // Meanwhile somebody else takes the article away.
                var deletion = AdminPlan(by: fixture.manager)
                let article = fixture.articles[0]
                deletion.delete(
                    .article(
                        Article(
                            id: article.id, externalID: "gone", metadata: [:], articleVersion: article.version,
                            length: article.text.length)))
                let plan = deletion.plan
                try await onAnotherConnection {
                    _ = try await fixture.log.write(
                        project: fixture.project, raisesGuard: true, by: fixture.manager
                    ) { _, _ in plan }
                }
                return try await fixture.log.commit(tx, late, opened: opened, client: fixture.clients[2])
            }
            #expect(committed == nil)
            #expect(try await !hasAnnotation(id(1), fixture))
            #expect(try await fixture.commit(late) != nil, "planned again it stands")
        }
    }

    @Test("A push without a guard between two others does not turn them back")
    func guardStays() async throws {
        try await LogFixture.with { fixture in
            let committed = try await fixture.database.client.withTransaction { tx in
                let opened = try await fixture.log.open(
                    tx, project: fixture.project, user: fixture.annotator, client: nil)
                try await onAnotherConnection { _ = try await fixture.commit(fixture.plan(fixture.annotation(id(1)))) }
                return try await fixture.log.commit(tx, fixture.plan(fixture.annotation(id(2))), opened: opened)
            }
            #expect(committed != nil)
            #expect(try await hasAnnotation(id(1), fixture))
            #expect(try await hasAnnotation(id(2), fixture))
        }
    }

    @Test("A plan made in an older epoch writes nothing")
    func epochMoved() async throws {
        try await LogFixture.with { fixture in
            let committed = try await fixture.database.client.withTransaction { tx in
                let opened = try await fixture.log.open(
                    tx, project: fixture.project, user: fixture.annotator, client: nil)
                try await onAnotherConnection {
                    let rotated = try await fixture.log.rotateEpoch(project: fixture.project)
                    #expect(rotated.map(\.project) == [fixture.project] && rotated.first?.epoch != opened.head.epoch)
                }
                return try await fixture.log.commit(tx, fixture.plan(fixture.annotation(id(1))), opened: opened)
            }
            #expect(committed == nil)
            #expect(try await !hasAnnotation(id(1), fixture))
        }
    }

    @Test("A plan whose new id is there already writes nothing of it, and leaves the connection usable")
    func duplicateKey() async throws {
        try await LogFixture.with(poolSize: 1) { fixture in
            #expect(try await fixture.commit(fixture.plan(fixture.annotation(id(1)))) != nil)
            let head = try await fixture.log.records(project: fixture.project, after: 0, limit: 1, bytes: 1).head.head
            let again = fixture.plan([fixture.annotation(id(2)), fixture.annotation(id(1), label: "QUOTE")])
            #expect(try await fixture.commit(again) == nil)
            #expect(try await !hasAnnotation(id(2), fixture))
            #expect(
                try await fixture.log.records(project: fixture.project, after: 0, limit: 1, bytes: 1).head.head == head)
            #expect(try await fixture.commit(fixture.plan(fixture.annotation(id(3)))) != nil)
        }
    }

    @Test("A plan with a gap in its numbers is refused before anything is sent")
    func gapInPlan() async throws {
        try await LogFixture.with { fixture in
            var plan = fixture.plan(fixture.annotation(id(1)))
            plan.entries[0].offset = 2
            await #expect(throws: StoreError.self) { _ = try await fixture.commit(plan) }
            let isThere = try await hasAnnotation(id(1), fixture)
            #expect(!isThere)
        }
    }

    @Test("A project's new name that another one has is a conflict, told by its field")
    func takenName() async throws {
        try await LogFixture.with { fixture in
            try await fixture.database.client.query(
                """
                INSERT INTO projects (id, name, layers, visibility, access, created_at)
                VALUES (\(id(9)), 'other', 'own', 'own', 'all', \(Timestamp.now()))
                """)
            var plan = AdminPlan(by: fixture.manager)
            plan.put(.project(Project(id: fixture.project, name: "other")), isNew: false)
            let written = plan.plan
            await #expect {
                _ = try await fixture.log.write(
                    project: fixture.project, raisesGuard: true, by: fixture.manager
                ) { _, _ in written }
            } throws: {
                ($0 as? StoreError)?.code == .conflict("name")
            }
        }
    }

    @Test("Pushes at the same time give one log without gaps, each transaction in one piece")
    func concurrentPushes() async throws {
        try await LogFixture.with(poolSize: 8) { fixture in
            try await withThrowingTaskGroup { group in
                for worker in UInt64(1)...8 {
                    group.addTask {
                        for round in UInt64(0)..<15 {
                            let annotations = (0...(worker % 3)).map {
                                fixture.annotation(id(worker << 32 | round << 8 | $0), author: Int(worker % 4))
                            }
                            let committed = try await fixture.commit(
                                fixture.plan(annotations), user: Int(worker % 4))
                            #expect(committed.map { $0.head - $0.base } == Int64(annotations.count))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let records = try await fixture.allRecords()
            #expect(records.map(\.seq) == Array(1...Int64(records.count)))
            let transactions = Dictionary(grouping: records, by: \.transactionEnd)
            #expect(transactions.count == 121)
            for (end, records) in transactions {
                #expect(records.last?.seq == end && Set(records.map(\.tag)).count == 1)
            }
            #expect(Set(records.map(\.tag)).count == transactions.count)
            #expect(try await fixture.verify() == [])
        }
    }

    @Test("Two pushes that touch the same rows in other orders wait for each other and both succeed")
    func lockOrder() async throws {
        try await LogFixture.with(poolSize: 8) { fixture in
            let annotations = (1...20).map { fixture.annotation(id($0)) }
            #expect(try await fixture.commit(fixture.plan(annotations)) != nil)
            try await withThrowingTaskGroup { group in
                for worker in 0..<6 {
                    group.addTask {
                        for round in 0..<8 {
                            var random = SeededGenerator(seed: UInt64(worker * 100 + round))
                            var chosen = annotations.shuffled(using: &random).prefix(12).map(\.self)
                            for index in chosen.indices { chosen[index].label = "label \(worker) \(round)" }
                            let plan = fixture.plan(chosen, isNew: false)
                            // Without a retry: a deadlock would fail the test.
                            _ = try await fixture.database.client.withTransaction { tx in
                                let opened = try await fixture.log.open(
                                    tx, project: fixture.project, user: fixture.annotator, client: nil)
                                var request = LoadRequest()
                                request.rows = Set(chosen.map { EntityKey(.annotation, $0.id) })
                                let state = try await fixture.log.load(tx, opened, request)
                                #expect(state.rows.count == 12)
                                return try await fixture.log.commit(tx, plan, opened: opened)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await fixture.replayCheck() == [])
        }
    }

    @Test(
        "A backend that dies in COMMIT leaves an unknown commit, and the stored results tell that nothing was written")
    func killedInCommit() async throws {
        try await LogFixture.with { fixture in
            // A deferred trigger runs inside of COMMIT.
            let admin = fixture.test.client(poolSize: 1)
            try await admin.withConnection {
                try await $0.execute(
                    unsafeSQL: """
                        CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
                            'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); RETURN NULL; END';
                        CREATE CONSTRAINT TRIGGER die AFTER INSERT ON mutation_results
                            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()
                        """)
            }
            var plan = fixture.plan(fixture.annotation(id(1)))
            plan.results = [
                ResultWrite(
                    client: fixture.clients[2], result: MutationResult(n: 1, status: .applied),
                    digest: SHA256.hash("1"), payload: nil)
            ]
            await #expect {
                _ = try await fixture.commit(plan)
            } throws: {
                ($0 as? PostgresError)?.code == .commitUnknown
            }
            let stored = try await fixture.log.storedResults(
                project: fixture.project, client: fixture.clients[2], numbers: 1...1)
            #expect(stored.isEmpty)
            #expect(try await !hasAnnotation(id(1), fixture))
            try await admin.query("DROP TRIGGER die ON mutation_results")
            #expect(try await fixture.commit(plan) != nil, "sent again under the same number it stands")
        }
    }

    @Test("An annotation that loses spans keeps none of the old ones")
    func fewerSpans() async throws {
        try await LogFixture.with { fixture in
            let text = fixture.articles[0].text
            var annotation = fixture.annotation(id(1))
            annotation.anchor.spans = (0..<4).map { place in
                Span(start: place * 3, end: place * 3 + 2, quote: Quote(covering: text[place * 3, place * 3 + 2] ?? ""))
            }
            #expect(try await fixture.commit(fixture.plan(annotation)) != nil)
            for kept in [[0, 2], [3], [], [1, 2, 3]] {
                var changed = annotation
                changed.anchor.spans = kept.map { annotation.anchor.spans[$0] }
                let committed = try #require(try await fixture.commit(fixture.plan(changed, isNew: false)))
                changed.version = committed.head
                var request = LoadRequest()
                request.rows = [EntityKey(.annotation, annotation.id)]
                #expect(
                    try await fixture.load(request).rows[EntityKey(.annotation, annotation.id)]?.row
                        == .annotation(changed))
            }
        }
    }

    @Test("Several clients commit together, each with its results; a foreign client has no place in the log")
    func groupCommit() async throws {
        try await LogFixture.with { fixture in
            let plan = { () -> WritePlan in
                var plan = fixture.plan([fixture.annotation(id(1)), fixture.annotation(id(2), author: 3)])
                plan.results = [2, 3].map { user in
                    ResultWrite(
                        client: fixture.clients[user], result: MutationResult(n: 1, status: .applied),
                        digest: SHA256.hash("\(user)"), payload: nil)
                }
                return plan
            }()
            let pushers = [2, 3].map { Pusher(user: fixture.users[$0], client: fixture.clients[$0]) }
            let foreign = Pusher(user: fixture.users[1], client: fixture.clients[2])
            for round in [Int64(0), 1] {
                try await fixture.database.client.withTransaction { tx in
                    let opened = try await fixture.log.open(tx, project: fixture.project, pushers: pushers)
                    #expect(opened.pushers.map(\.lastMutation) == [round, round])
                    #expect(opened.pushers.map(\.rights.role) == [.annotator, .annotator])
                    if round == 0 {
                        _ = try #require(try await fixture.log.commit(tx, plan, opened: opened))
                    }
                }
            }
            try await fixture.database.client.withTransaction { tx in
                let opened = try await fixture.log.open(tx, project: fixture.project, pushers: [foreign])
                #expect(opened.pushers[0].lastMutation == nil && opened.role == .reviewer)
            }
            #expect(try await fixture.verify() == [])
        }
    }

    @Test("There is no log of a project that is not there")
    func noProject() async throws {
        try await LogFixture.with { fixture in
            await #expect {
                try await fixture.database.client.withTransaction { tx in
                    _ = try await fixture.log.open(tx, project: id(77), user: fixture.annotator, client: nil)
                }
            } throws: {
                ($0 as? StoreError)?.code == .notFound
            }
        }
    }

    /// Runs the body as another task, which may take a connection of its own.
    private func onAnotherConnection(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await Task.detached { try await body() }.value
    }
}
