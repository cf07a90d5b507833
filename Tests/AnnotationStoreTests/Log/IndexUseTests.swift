import AnnotationModel
import AnnotationStore
import AnnotationStoreTestSupport
import Postgres
import PostgresTestSupport
import SyncEngine
import SyncProtocol
import Testing

@Suite("What is read of large tables")
struct IndexUseTests {
    private func id(_ number: UInt64) -> EntityID { EntityID(high: 0x0199_0000_0000_7000, low: number) }

    /// Tables that grow with the corpus and with time: what reads them from end to end grows with them.
    private static let large = [
        "changes", "annotations", "spans", "articles", "article_versions", "comments", "reviews", "aliases",
    ]

    private func scans(_ fixture: LogFixture) async throws -> [String: Int64] {
        let watcher = fixture.test.client(poolSize: 1)
        // A session's counts are there once it has ended.
        let rows = try await watcher.query(
            """
            SELECT relname::text, seq_scan FROM pg_stat_user_tables WHERE relname = ANY(\(Self.large))
            """)
        await watcher.close()
        return Dictionary(try rows.decode((String, Int64).self), uniquingKeysWith: { first, _ in first })
    }

    @Test("Push, pull, load and snapshot read no large table from end to end, however often they run")
    func noSequentialScan() async throws {
        try await LogFixture.with(articles: 3000, textLength: 20) { fixture in
            for round in UInt64(0)..<10 {
                var annotations: [Annotation] = []
                for index in UInt64(0)..<600 {
                    annotations.append(fixture.annotation(id(round * 1000 + index), article: Int(index % 60)))
                }
                var plan = fixture.plan(annotations)
                for index in UInt64(0)..<200 {
                    let parent = annotations[Int(index)]
                    let rows: [Row] = [
                        .comment(
                            Comment(
                                id: id(1 << 40 | round * 1000 + index), articleID: parent.articleID,
                                annotationID: parent.id, author: fixture.annotator, text: "?",
                                createdAt: parent.createdAt)),
                        .review(
                            Review(
                                id: id(1 << 41 | round * 1000 + index), articleID: parent.articleID,
                                annotationID: parent.id, reviewer: fixture.annotator, decision: .accept,
                                createdAt: parent.createdAt)),
                    ]
                    for row in rows {
                        let offset = Int64(plan.entries.count + 1)
                        plan.entries.append(
                            LogEntry(
                                offset: offset, kind: .put, entity: row.kind, id: row.id, row: row,
                                articleID: parent.articleID, owner: parent.author, author: row.author,
                                by: fixture.annotator, client: nil, n: nil))
                        let stamp = Stamp(by: fixture.annotator, client: nil, at: parent.createdAt)
                        plan.rows.append(
                            RowWrite(
                                stored: StoredRow(row: row, history: RowHistory(created: stamp)), isNew: true,
                                offset: offset))
                    }
                    plan.aliases.append((alias: id(1 << 42 | round * 1000 + index), id: parent.id))
                }
                _ = try #require(try await fixture.commit(plan))
            }
            let admin = fixture.test.client(poolSize: 1)
            try await admin.query("ANALYZE")
            await admin.close()
            await fixture.database.close()

            let before = try await scans(fixture)
            #expect(before.count == Self.large.count)
            let database = Database(
                connectionString: fixture.test.connectionString, poolSize: 1, logger: StoreDatabase.logger)
            try await work(
                LogFixture(
                    database: database, test: fixture.test, log: ChangeLog(database), project: fixture.project,
                    users: fixture.users, clients: fixture.clients, articles: fixture.articles))
            await database.close()
            // The server counts a session's reads when it has noticed its end.
            let watcher = fixture.test.client(poolSize: 1)
            while try await !watcher.query(
                "SELECT FROM pg_stat_activity WHERE application_name = 'manicule' AND datname = current_database()"
            ).isEmpty { await Task.yield() }
            await watcher.close()
            let after = try await scans(fixture)
            #expect(Self.large.filter { after[$0] != before[$0] } == [])
        }
    }

    /// Each often enough that the server has changed to its generic plans.
    private func work(_ fixture: LogFixture) async throws {
        let viewer = Viewer(
            user: fixture.annotator, role: .annotator,
            project: Project(id: fixture.project, name: "", visibility: .own, access: .all))
        let reader = SnapshotReader(fixture.database)
        for round in UInt64(0)..<12 {
            var request = LoadRequest()
            request.rows = Set((0..<20).map { EntityKey(.annotation, id(round * 500 + $0)) })
            let twin = fixture.annotation(id(0))
            request.twins = [TwinKey(articleID: twin.articleID, hash: twin.contentHash + Int64(round))]
            request.articles = [fixture.articles[Int(round)].id]
            request.texts = [fixture.articles[Int(round)].version]
            _ = try await fixture.load(request)
            request.rows.insert(EntityKey(.comment, id(1 << 40 | round)))
            request.rows.insert(EntityKey(.review, id(1 << 41 | round)))
            request.rows.insert(EntityKey(.conflict, id(1)))
            request.reviewed = [id(round)]
            _ = try await fixture.load(request)

            _ = try await fixture.commit(fixture.plan([fixture.annotation(id(1 << 50 | round))]))
            _ = try await fixture.commit(
                fixture.plan([fixture.annotation(id(round), label: "QUOTE")], isNew: false))
            _ = try await fixture.log.records(
                project: fixture.project, after: 7000 + Int64(round) * 700, limit: 500, bytes: 1 << 20)
            _ = try await fixture.log.pull(
                project: fixture.project, user: fixture.annotator, after: 16_000, limit: 10, bytes: 1 << 20)

            let header = try #require(try await reader.header(project: fixture.project, client: nil))
            for articles in [nil, [fixture.articles[Int(round)].id]] {
                var position = SnapshotPosition(start: header, ofArticles: articles != nil)
                for _ in 0..<4 {
                    let page = try await reader.page(
                        project: fixture.project, after: position, limit: 100, articles: articles, withTexts: true,
                        viewer: viewer)
                    guard let next = page.next else { break }
                    position = next
                }
            }
        }
    }
}
