import AnnotationModel
import AnnotationStore
import Digest
import JSONText
import Postgres
import PostgresTestSupport
import SyncEngine
import SyncProtocol
import Testing

/// One thing that is wrong in a database, and the check that must find it.
struct Defect: Sendable, CustomTestStringConvertible {
    var check: String
    /// Run as a superuser without triggers; `$P` is the project.
    var sql: String

    init(_ check: String, _ sql: String) {
        self.check = check
        self.sql = sql
    }

    var testDescription: String { "\(check): \(sql)" }
}

@Suite("Checks of a live database")
struct ChecksTests {
    private func id(_ number: UInt64) -> EntityID { EntityID(high: 0x0199_0000_0000_7000, low: number) }

    /// Some rows of each kind, in several transactions of one client.
    private func build(_ fixture: LogFixture) async throws {
        for round in UInt64(0)..<3 {
            let first = fixture.annotation(id(round * 100 + 1))
            var second = fixture.annotation(id(round * 100 + 2), article: 1)
            second.anchor.spans.append(
                Span(start: 3, end: 4, quote: Quote(covering: fixture.articles[1].text[3, 4] ?? "")))
            var third = fixture.annotation(id(round * 100 + 3), article: 1)
            let long = fixture.articles[1].text[0, 1025] ?? ""
            third.anchor.spans = [Span(start: 0, end: 1025, quote: Quote(covering: long))]
            var plan = fixture.plan([first, second, third])
            let article = first.articleID
            let time = first.createdAt
            let side = ConflictSide(value: "x", by: fixture.annotator, client: nil, at: time)
            let rows: [Row] = [
                .relation(
                    Relation(
                        id: id(round * 100 + 4), articleID: second.articleID, author: fixture.annotator, layer: .own,
                        label: "r", from: second.id, to: third.id, createdAt: time)),
                .comment(
                    Comment(
                        id: id(round * 100 + 5), articleID: article, annotationID: first.id, author: fixture.users[1],
                        text: "?", createdAt: time)),
                .review(
                    Review(
                        id: id(round * 100 + 6), articleID: article, annotationID: first.id, reviewer: fixture.users[1],
                        decision: .accept, createdAt: time)),
                .assignment(
                    Assignment(
                        id: id(round * 100 + 7), articleID: fixture.articles[Int(round)].id, user: fixture.annotator,
                        state: .open, expiresAt: nil)),
                .conflict(
                    Conflict(
                        id: id(round * 100 + 8), articleID: article, entity: .annotation, entityID: first.id,
                        field: "label", kept: side, other: side)),
            ]
            for row in rows {
                let offset = Int64(plan.entries.count + 1)
                let audience = row.audience { _ in .annotation(first) }
                plan.entries.append(
                    LogEntry(
                        offset: offset, kind: .put, entity: row.kind, id: row.id, row: row,
                        articleID: audience.articleID, owner: audience.owner, author: audience.author,
                        by: fixture.annotator, client: fixture.clients[2], n: Int64(round) + 1))
                plan.rows.append(
                    RowWrite(
                        stored: StoredRow(
                            row: row,
                            history: RowHistory(created: Stamp(by: row.author ?? .nobody, client: nil, at: time))),
                        isNew: true, offset: offset))
            }
            plan.results = [
                ResultWrite(
                    client: fixture.clients[2], result: MutationResult(n: Int64(round) + 1, status: .applied),
                    digest: SHA256.hash("\(round)"), payload: nil)
            ]
            _ = try #require(try await fixture.commit(plan))
        }
    }

    private func plant(_ defect: Defect, _ fixture: LogFixture) async throws {
        let admin = fixture.test.client(poolSize: 1)
        let sql = defect.sql.replacing("$P", with: "'\(fixture.project.text)'")
        try await admin.withConnection {
            // The way round the foreign keys.
            try await $0.execute(unsafeSQL: "SET session_replication_role = replica; \(sql)")
        }
    }

    @Test(
        "verify finds what is planted",
        arguments: [
            Defect(
                "quote",
                "UPDATE spans SET quote = quote || 'x' WHERE project_id = $P AND annotation_id = '01990000-0000-7000-0000-000000000065' AND ordinal = 0"
            ),
            Defect("quote", "UPDATE spans SET quote_sha256 = sha256('x') WHERE quote IS NULL"),
            Defect("quote", "UPDATE spans SET start_offset = 100000, end_offset = 100002 WHERE ordinal = 1"),
            Defect(
                "quote",
                "UPDATE article_versions SET text = overlay(text PLACING '~~' FROM 1 FOR 2) WHERE project_id = $P"),
            Defect("text", "UPDATE article_versions SET text = text || ' '"),
            Defect("text", "UPDATE article_versions SET length = length + 1"),
            Defect("article-text", "UPDATE articles SET length = length + 1"),
            Defect("article-text", "UPDATE articles SET article_version = sha256('x')"),
            Defect("annotation-text", "UPDATE annotations SET article_version = sha256('x')"),
            Defect(
                "annotation-author",
                "UPDATE annotations SET author_id = gen_random_uuid() WHERE id = '01990000-0000-7000-0000-000000000001'"
            ),
            Defect(
                "spans",
                "DELETE FROM spans s WHERE ordinal = 0 AND EXISTS (SELECT FROM spans o WHERE o.annotation_id = s.annotation_id AND o.ordinal = 1)"
            ),
            Defect("spans", "UPDATE spans SET start_offset = 1 WHERE ordinal = 1"),
            Defect(
                "version", "UPDATE annotations SET version = 100000 WHERE id = '01990000-0000-7000-0000-000000000001'"),
            Defect("version", "UPDATE conflicts SET version = 0"),
            Defect("relation-ends", "UPDATE relations SET to_id = gen_random_uuid()"),
            Defect("relation-ends", "UPDATE relations SET layer = 'gold'"),
            Defect(
                "relation-ends",
                "UPDATE annotations SET layer = 'gold' WHERE id = '01990000-0000-7000-0000-000000000002'"),
            Defect("comment-annotation", "UPDATE comments SET annotation_id = gen_random_uuid()"),
            Defect("comment-annotation", "UPDATE comments SET owner_id = NULL"),
            Defect("review-annotation", "UPDATE reviews SET article_id = gen_random_uuid()"),
            Defect("review-twice", "UPDATE reviews SET annotation_id = '01990000-0000-7000-0000-000000000001'"),
            Defect(
                "assignment-twice", "UPDATE assignments SET article_id = (SELECT article_id FROM assignments LIMIT 1)"),
            Defect("conflict-entity", "UPDATE conflicts SET entity_id = gen_random_uuid()"),
            Defect("conflict-entity", "UPDATE conflicts SET entity = 'comment'"),
            Defect("results", "DELETE FROM mutation_results WHERE n = 2"),
            Defect("results", "DELETE FROM mutation_results WHERE n = 3"),
            Defect("results", "UPDATE client_progress SET last_mutation = 2"),
            Defect("log-gap", "DELETE FROM changes WHERE seq = (SELECT head - 3 FROM project_log)"),
            Defect("log-gap", "DELETE FROM changes WHERE seq = (SELECT head FROM project_log)"),
            Defect("log-gap", "DELETE FROM changes WHERE seq <= 2"),
            Defect("log-gap", "DELETE FROM changes"),
            Defect("log-gap", "UPDATE project_log SET head = head + 1, head_tag = 1"),
            Defect("log-transaction", "UPDATE changes SET tag = 1 WHERE seq = (SELECT head - 3 FROM project_log)"),
            Defect(
                "log-transaction",
                "UPDATE changes SET transaction_end = seq WHERE seq = (SELECT head - 3 FROM project_log)"),
            Defect("log-transaction", "UPDATE changes SET transaction_end = 1 WHERE seq > 5"),
            Defect("log-head", "UPDATE project_log SET head_tag = 1"),
            Defect("effects-twice", "UPDATE changes SET origin_n = 1 WHERE seq = (SELECT head FROM project_log)"),
        ])
    func verifyFinds(defect: Defect) async throws {
        try await LogFixture.with { fixture in
            try await build(fixture)
            #expect(try await fixture.verify() == [])
            try await plant(defect, fixture)
            let findings = try await fixture.verify(fixture.project)
            #expect(findings.contains { $0.check == defect.check && $0.project == fixture.project })
        }
    }

    @Test(
        "The comparison of tables and log finds what is planted",
        arguments: [
            Defect(
                "replay-differs",
                "UPDATE annotations SET state = 'final' WHERE id = '01990000-0000-7000-0000-000000000001'"),
            Defect("replay-differs", "UPDATE spans SET quote = 'x' WHERE ordinal = 1"),
            Defect("replay-differs", "UPDATE comments SET text = '!'"),
            Defect("replay-differs", "UPDATE labels SET name = 'x' WHERE key = 'PER'"),
            Defect("replay-differs", "UPDATE projects SET title = 'x'"),
            Defect("replay-differs", "UPDATE members SET role = 'viewer'"),
            Defect("replay-differs", "UPDATE members SET removed_at = now() WHERE role = 'manager'"),
            Defect("replay-differs", "UPDATE articles SET metadata = '{\"x\": 1}'"),
            Defect("replay-differs", "UPDATE reviews SET deleted_at = now()"),
            Defect("replay-differs", "UPDATE changes SET kind = 'del', \"row\" = NULL WHERE entity = 'review'"),
            Defect("replay-differs", "UPDATE changes SET \"row\" = \"row\" || ' ' WHERE entity = 'conflict'"),
            Defect("replay-missing", "UPDATE assignments SET version = version - 1"),
            Defect("replay-missing", "DELETE FROM changes WHERE entity = 'relation'"),
            Defect("replay-missing", "UPDATE changes SET entity_id = gen_random_uuid() WHERE entity = 'article'"),
            Defect("replay-version", "UPDATE relations SET version = 100000"),
            Defect("replay-row", "DELETE FROM conflicts"),
            Defect("replay-row", "DELETE FROM labels WHERE key = 'QUOTE'"),
            Defect("replay-row", "DELETE FROM members WHERE role = 'reviewer'"),
            Defect("replay-row", "UPDATE annotations SET version = version - 1"),
            Defect("replay-row", "UPDATE labels SET version = version - 1"),
            Defect("content-hash", "UPDATE annotations SET content_hash = 1"),
        ])
    func replayFinds(defect: Defect) async throws {
        try await LogFixture.with { fixture in
            try await build(fixture)
            #expect(try await fixture.replayCheck() == [])
            try await plant(defect, fixture)
            let findings = try await fixture.replayCheck(fixture.project)
            #expect(findings.contains { $0.check == defect.check && $0.project == fixture.project })
        }
    }

    @Test("Both checks run beside pushes and find nothing")
    func liveDatabase() async throws {
        try await LogFixture.with { fixture in
            let writer = Task {
                var plans = RandomPlans(fixture, seed: 3)
                for _ in 0..<40 {
                    let plan = plans.next(changes: 15)
                    plans.committed(plan, base: try #require(try await fixture.commit(plan)).base)
                }
            }
            for _ in 0..<6 {
                #expect(try await fixture.verify() == [])
                #expect(try await fixture.replayCheck() == [])
            }
            try await writer.value
        }
    }

    @Test("Checks of a project that is not there say so")
    func noProject() async throws {
        try await LogFixture.with { fixture in
            await #expect(throws: StoreError.self) {
                _ = try await fixture.verify(id(1))
            }
        }
    }
}
