import AnnotationModel
import AnnotationStore
import AnnotationStoreTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite("The search index follows the log")
struct SearchIndexTests {
    @Test("it catches up in transactions of two hundred articles at most, and no article is done twice")
    func batches() async throws {
        try await SearchFixture.with(articles: 450) { fixture in
            try await fixture.run(Self.counter)
            #expect(try await fixture.catchUp().isComplete)
            #expect(try await fixture.wrong() == 0)
            try await fixture.add(450..<1100)
            #expect(try await fixture.catchUp() == SearchState(isComplete: true, languages: ["french"]))
            #expect(try await fixture.wrong() == 0)
            #expect(
                try await fixture.number("SELECT max(n)::bigint FROM (SELECT count(*) n FROM work GROUP BY xid) t")
                    == 200)
            #expect(try await fixture.number("SELECT count(*) FROM work") == 1100)
            #expect(try await fixture.count("elections") == 1100)
            #expect(try await fixture.count("mot1099") == 1)
        }
    }

    /// Writes down which transaction made which document.
    private static let counter = """
        CREATE TABLE work (article uuid, xid text);
        CREATE FUNCTION work() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO work VALUES (NEW.article_id, pg_current_xact_id()::text);
            RETURN NULL;
        END $$;
        CREATE TRIGGER work AFTER INSERT OR UPDATE ON article_search FOR EACH ROW EXECUTE FUNCTION work()
        """

    @Test("without time it says that it is not complete, and what there is can be searched")
    func budget() async throws {
        try await SearchFixture.with(articles: 3) { fixture in
            #expect(try await fixture.catchUp(.zero) == SearchState(isComplete: false, languages: []))
            #expect(try await fixture.count("election", languages: []) == 0)
            try await fixture.catchUp()
            try await fixture.add(3..<5)
            #expect(try await fixture.catchUp(.zero) == SearchState(isComplete: false, languages: ["french"]))
            #expect(try await fixture.count("election") == 3)
        }
    }

    @Test("many annotations are passed over, however many pieces of the log they fill")
    func annotations() async throws {
        try await SearchFixture.with(articles: 2) { fixture in
            try await fixture.catchUp()
            try await fixture.run(
                """
                INSERT INTO changes
                    (project_id, seq, tag, transaction_end, kind, entity, entity_id, article_id, "row", by_id)
                SELECT l.project_id, l.head + n, 1, l.head + 45000, 'put', 'annotation', gen_random_uuid(), a.id,
                    '{}', a.id
                FROM project_log l JOIN articles a ON a.external_id = 'a1', generate_series(1, 45000) n;
                UPDATE project_log SET head = head + 45000
                """)
            try await fixture.add(2..<4)
            #expect(try await fixture.catchUp().isComplete)
            #expect(try await fixture.wrong() == 0)
        }
    }

    @Test("articles whose changes the log has lost behind its horizon are found by comparing all")
    func horizon() async throws {
        try await SearchFixture.with(articles: 300) { fixture in
            try await fixture.catchUp()
            try await fixture.add(300..<310)
            try await fixture.run("DELETE FROM changes; UPDATE project_log SET horizon = head, horizon_tag = head_tag")
            try await fixture.add(310..<312)
            #expect(try await fixture.catchUp().isComplete)
            #expect(try await fixture.wrong() == 0)
        }
    }

    @Test("a new epoch has all articles compared, whatever seq it begins with")
    func epoch() async throws {
        try await SearchFixture.with(articles: 300) { fixture in
            try await fixture.catchUp()
            try await fixture.run(
                """
                DELETE FROM article_search WHERE article_id IN (SELECT id FROM articles WHERE external_id = 'a7');
                UPDATE article_search SET version = version + 1
                    WHERE article_id IN (SELECT id FROM articles WHERE external_id = 'a8')
                """)
            #expect(try await fixture.catchUp().isComplete)
            #expect(try await fixture.wrong() == 2, "there is nothing in the log")
            _ = try await fixture.log.rotateEpoch(project: nil)
            #expect(try await fixture.catchUp().isComplete)
            #expect(try await fixture.wrong() == 0)
            // A restored log that ends earlier.
            try await fixture.run("UPDATE search_progress SET seq = seq + 1000")
            #expect(try await fixture.catchUp().isComplete)
            try await fixture.add(300..<302)
            #expect(try await fixture.catchUp().isComplete)
            #expect(try await fixture.wrong() == 0)
        }
    }

    @Test("several at once share the work: each article is indexed once, and none is left out")
    func severalAtOnce() async throws {
        try await SearchFixture.with(articles: 1500, poolSize: 8) { fixture in
            try await fixture.run(Self.counter)
            let complete = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { try await fixture.catchUp().isComplete } }
                try await fixture.add(1500..<1600)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(complete == [true, true, true, true])
            #expect(try await fixture.catchUp().isComplete)
            #expect(try await fixture.wrong() == 0)
            #expect(try await fixture.number("SELECT count(*) FROM work") == 1600)
        }
    }

    @Test("killed in the middle of its work it leaves nothing half-made, and goes on where it was")
    func killed() async throws {
        try await SearchFixture.with(articles: 500) { fixture in
            try await fixture.run(
                """
                CREATE FUNCTION kill() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_terminate_backend(pg_backend_pid());
                    RETURN NEW;
                END $$;
                CREATE TRIGGER kill BEFORE INSERT ON article_search FOR EACH ROW
                    WHEN (NEW.document @@ 'mot300') EXECUTE FUNCTION kill()
                """)
            await #expect(throws: PostgresError.self) { try await fixture.catchUp() }
            #expect(try await fixture.number("SELECT count(*) FROM article_search") == 200)
            try await fixture.run("DROP TRIGGER kill ON article_search")
            #expect(try await fixture.catchUp().isComplete)
            #expect(try await fixture.wrong() == 0)
        }
    }

    @Test("texts that no index can hold whole, and texts without a space, are found by their beginning")
    func hugeTexts() async throws {
        try await SearchFixture.with(articles: 0) { fixture in
            try await fixture.add(0..<3) { number in
                switch number {
                case 0: "Préfecture " + (0..<200_000).map { "w\($0 &* 2_654_435_761)" }.joined(separator: " ")
                case 1: "Préfecture " + String(repeating: "a_é-", count: 100_000)
                default: "Préfecture\u{1F600}\r\n" + String(repeating: "😀", count: 50_000)
                }
            }
            #expect(try await fixture.catchUp().isComplete)
            #expect(try await fixture.count("prefectures") == 3)
        }
    }

    @Test("on a standby, where nothing can be written, what is indexed is searched, and said not to be all")
    func readOnly() async throws {
        try await SearchFixture.with(articles: 3) { fixture in
            try await fixture.catchUp()
            try await fixture.add(3..<5)
            // What a standby's own function says; it stands before that one.
            try await fixture.run(
                """
                CREATE FUNCTION public.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true';
                ALTER DATABASE "\(fixture.test.name)" SET search_path = public, pg_catalog
                """)
            let standby = Database(
                connectionString: fixture.test.connectionString, poolSize: 2, logger: StoreDatabase.logger)
            let state = try await SearchIndex(standby).catchUp(project: fixture.project, budget: .seconds(60))
            #expect(state == SearchState(isComplete: false, languages: ["french"]))
            #expect(try await SearchIndexer(standby).round() == 0)
            await standby.close()
        }
    }

    @Test("a project that is not there is an error")
    func unknown() async throws {
        try await SearchFixture.with(articles: 0) { fixture in
            await #expect(throws: StoreError.self) {
                try await fixture.index.catchUp(project: fixture.database.ids.id(), budget: .seconds(1))
            }
        }
    }

    @Test("a query uses the index, with one language and with several")
    func plan() async throws {
        try await SearchFixture.with(articles: 4000) { fixture in
            try await fixture.catchUp()
            try await fixture.run("VACUUM ANALYZE article_search, articles")
            for languages in [["french"], ["english", "french", "simple"]] {
                let query = ArticleStore.listQuery(
                    project: fixture.project, sight: fixture.sight, filter: ArticleFilter(query: "mot77 election"),
                    languages: languages, after: nil, limit: 50)
                let lines = try await fixture.database.client.query(
                    PostgresQuery(unsafeSQL: "EXPLAIN " + query.sql, bindings: query.bindings, isPrepared: false)
                ).decode(String.self)
                let plan = lines.joined(separator: "\n")
                #expect(plan.contains("Bitmap Index Scan on article_search_document"), "\(plan)")
                #expect(!plan.contains("Seq Scan"), "\(plan)")
                #expect(try await fixture.count("mot77 election", languages: languages) == 1)
            }
        }
    }
}
