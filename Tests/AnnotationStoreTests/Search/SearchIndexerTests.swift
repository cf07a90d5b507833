import AnnotationModel
import AnnotationStore
import AnnotationStoreTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite("The indexer of a server")
struct SearchIndexerTests {
    @Test("it indexes what is behind, in all projects, and then has nothing to do but one query")
    func rounds() async throws {
        try await SearchFixture.with(articles: 30) { fixture in
            let indexer = SearchIndexer(fixture.database)
            #expect(try await indexer.round() == 0)
            #expect(try await fixture.wrong() == 0)
            try await fixture.run("UPDATE search_progress SET languages = '{}'")
            #expect(try await indexer.round() == 0)
            #expect(try await fixture.number("SELECT count(*) FROM search_progress WHERE languages = '{}'") == 1)
            try await fixture.add(30..<31)
            #expect(try await indexer.round() == 0)
            #expect(try await fixture.wrong() == 0)
        }
    }

    @Test("a project that cannot be indexed does not keep the others from it")
    func failing() async throws {
        try await SearchFixture.with(articles: 3) { fixture in
            try await fixture.run(
                """
                INSERT INTO projects (id, name, layers, visibility, access, created_at)
                    SELECT n::uuid, n, 'own', 'own', 'all', now() FROM unnest(ARRAY[
                        '00000000-0000-4000-8000-000000000000', 'ffffffff-0000-4000-8000-000000000000']) n;
                INSERT INTO project_log (project_id, epoch)
                    SELECT id, gen_random_uuid() FROM projects WHERE name <> 'corpus';
                ALTER TABLE search_progress ADD CHECK (project_id::text !~ '^(0|f){8}')
                """)
            let indexer = SearchIndexer(fixture.database)
            await #expect(throws: PostgresError.self) { try await indexer.round() }
            #expect(try await fixture.wrong() == 0)
        }
    }

    @Test("it runs until it is cancelled, and goes on after the database was away")
    func run() async throws {
        try await SearchFixture.with(articles: 3) { fixture in
            let (waits, continuation) = AsyncStream.makeStream(of: Duration.self)
            let (turns, next) = AsyncStream.makeStream(of: Void.self)
            let gate = Gate(turns)
            let indexer = SearchIndexer(fixture.database) { duration in
                continuation.yield(duration)
                await gate.wait()
                try Task.checkCancellation()
            }
            let running = Task { await indexer.run() }
            var rests = waits.makeAsyncIterator()
            _ = await rests.next()
            #expect(try await fixture.wrong() == 0)

            try await fixture.run("ALTER TABLE search_progress RENAME TO away")
            next.yield()
            _ = await rests.next()
            try await fixture.run("ALTER TABLE away RENAME TO search_progress")
            try await fixture.add(3..<6)
            next.yield()
            _ = await rests.next()
            #expect(try await fixture.wrong() == 0)
            running.cancel()
            next.yield()
            await running.value
        }
    }

    /// Lets one wait through for each turn.
    private actor Gate {
        private var turns: AsyncStream<Void>.Iterator

        init(_ turns: AsyncStream<Void>) { self.turns = turns.makeAsyncIterator() }

        func wait() async {
            var iterator = turns
            _ = await iterator.next(isolation: self)
            turns = iterator
        }
    }
}
