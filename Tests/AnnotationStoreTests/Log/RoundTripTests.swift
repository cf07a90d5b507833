import AnnotationModel
import AnnotationStore
import Digest
import JSONText
import Postgres
import SyncEngine
import SyncProtocol
import Testing

@Suite("What a plan writes")
struct RoundTripTests {
    @Test(
        "Random plans of every kind are read back as they were written, and tables and log agree",
        arguments: [11, 12, 13])
    func randomPlans(seed: UInt64) async throws {
        try await LogFixture.with(seed: seed) { fixture in
            var plans = RandomPlans(fixture, seed: seed)
            var entries: [(seq: Int64, entry: LogEntry)] = []
            let start = try await fixture.log.records(project: fixture.project, after: 0, limit: 1, bytes: 1).head.head
            for size in [1, 40, 3, 60, 20, 0, 50, 30] {
                let plan = plans.next(changes: size)
                let committed = try #require(try await fixture.commit(plan))
                #expect(committed.head == committed.base + plan.changeCount)
                plans.committed(plan, base: committed.base)
                entries += plan.entries.map { (committed.base + $0.offset, $0) }
            }
            #expect(Set(plans.model.keys.map(\.kind)).count == 6, "the seed makes rows of each kind")

            // The rows, with their history.
            let state = try await fixture.load(plans.request)
            for (key, expected) in plans.model { #expect(state.rows[key] == expected) }
            #expect(Set(state.rows.keys) == Set(plans.model.keys))
            #expect(state.aliases.isEmpty, "nobody asked by an alias")
            #expect(Set(state.articles.keys) == Set(plans.model.values.compactMap(\.row.articleID)))

            // The log.
            let records = try await fixture.allRecords(after: start)
            #expect(records.count == entries.count)
            for (record, (seq, entry)) in zip(records, entries) {
                #expect(record.seq == seq)
                #expect(record.kind == entry.kind && record.entity == entry.entity && record.id == entry.id)
                #expect(record.row == entry.row?.canonicalBytes)
                #expect(
                    record.articleID == entry.articleID && record.owner == entry.owner && record.author == entry.author)
                #expect(record.by == entry.by && record.originClient == entry.client && record.originN == entry.n)
            }

            // The results, and the journal of what was rejected.
            let client = fixture.clients[2]
            let results = try await fixture.log.storedResults(
                project: fixture.project, client: client, numbers: 1...plans.lastMutation)
            #expect(results.map(\.n) == plans.results.map(\.result.n))
            for (stored, written) in zip(results, plans.results) {
                #expect(stored.sha256 == written.digest && stored.payload == written.payload)
                let bytes = try #require(stored.result)
                #expect(try MutationResult(stored: bytes) == written.result)
            }
            let journal = try await fixture.log.rejections(
                project: fixture.project, client: client, after: nil, limit: 100)
            #expect(journal.map(\.n) == plans.results.filter { $0.payload != nil }.map(\.result.n))

            #expect(try await fixture.verify() == [])
            #expect(try await fixture.replayCheck() == [])
        }
    }

    @Test("Numbers that jsonb writes with all their digits come back as the same bytes")
    func extremeNumbers() async throws {
        try await LogFixture.with { fixture in
            var annotation = fixture.annotation(EntityID(high: 1, low: 1))
            annotation.attributes = [
                "huge": 1e300, "tiny": .number(.leastNonzeroMagnitude), "e21": 1e21, "pi": 3.141592653589793,
                "big": 9_007_199_254_740_992,
                "zero": .number(-0.0),
            ]
            let committed = try #require(try await fixture.commit(fixture.plan(annotation)))
            annotation.version = committed.head
            var request = LoadRequest()
            request.rows = [EntityKey(.annotation, annotation.id)]
            let state = try await fixture.load(request)
            #expect(state.rows[EntityKey(.annotation, annotation.id)]?.row == .annotation(annotation))
            #expect(try await fixture.replayCheck() == [])
        }
    }

    @Test(
        "Members removed, labels and settings changed, articles deleted and restored stand in the log as in the tables")
    func settings() async throws {
        try await LogFixture.with { fixture in
            var project = Project(
                id: fixture.project, name: "corpus 2", language: "fr", layers: .shared, access: .assigned)
            project.title = "\u{e9}"
            var label = LogFixture.labels[1]
            label.name = "e\u{301}"
            let request = { () -> LoadRequest in
                var request = LoadRequest()
                request.articles = [fixture.articles[0].id]
                return request
            }()
            let before = try await fixture.load(request)
            var article = try #require(before.articles[fixture.articles[0].id]?.article)
            article.metadata["lang"] = "fr"
            for step in 0..<4 {
                var plan = AdminPlan(by: .nobody)
                switch step {
                case 0:
                    plan.put(.project(project), isNew: false)
                    plan.put(.label(label), isNew: false)
                    plan.put(.label(Label(key: "ORG", kind: .span)), isNew: true)
                    plan.delete(.member(Member(id: fixture.users[3], name: "user 4", role: .annotator)))
                    plan.delete(.article(article))
                case 1: plan.put(.article(article), isNew: false)
                case 2: plan.put(.member(Member(id: fixture.users[3], name: "user 4", role: .viewer)), isNew: false)
                default: break
                }
                let written = plan.plan
                _ = try await fixture.log.write(project: fixture.project, raisesGuard: true, by: fixture.manager) {
                    _, _ in
                    written.entries.isEmpty ? nil : written
                }
                let state = try await fixture.load(request)
                #expect(state.articles[article.id]?.isDeleted == (step == 0))
                #expect(try await fixture.replayCheck() == [])
            }
            let opened = try await fixture.database.client.withTransaction { tx in
                try await fixture.log.open(
                    tx, project: fixture.project, user: fixture.users[3], client: fixture.clients[3])
            }
            #expect(opened.role == .viewer && opened.lastMutation == 0)
            #expect(ExactString.equal(opened.labels["QUOTE"]?.name, "e\u{301}"))
            #expect(opened.labels.keys.sorted() == ["ORG", "PER", "QUOTE", "said_by", "thème"])
            #expect(ExactString.equal(opened.project.name, "corpus 2"))
            #expect(try await LabelStore(fixture.database).list(project: fixture.project).map(\.key).last == "ORG")
            #expect(try await fixture.verify() == [])
        }
    }
}
