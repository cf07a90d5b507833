import AnnotationModel
import AnnotationStore
import Digest
import JSONText
import Postgres
import PostgresTestSupport
import SyncEngine
import SyncProtocol
import Testing

@Suite("What a load finds by itself")
struct LoadTests {
    private func id(_ number: UInt64) -> EntityID { EntityID(high: 0x0199_0000_0000_7000, low: number) }

    /// Two annotations, a relation between them, a comment, two reviews and a conflict on the first one, and an alias of it.
    private func build(_ fixture: LogFixture) async throws {
        let first = fixture.annotation(id(1))
        var plan = fixture.plan([first, fixture.annotation(id(2))])
        let article = first.articleID
        let time = first.createdAt
        let side = ConflictSide(value: "x", by: fixture.annotator, client: nil, at: time)
        let rows: [Row] = [
            .relation(
                Relation(
                    id: id(3), articleID: article, author: fixture.annotator, layer: .own, label: "said_by",
                    from: id(1),
                    to: id(2), createdAt: time)),
            .comment(
                Comment(
                    id: id(4), articleID: article, annotationID: id(1), author: fixture.users[1], text: "?",
                    createdAt: time)),
            .review(
                Review(
                    id: id(5), articleID: article, annotationID: id(1), reviewer: fixture.users[1], decision: .accept,
                    createdAt: time)),
            .review(
                Review(
                    id: id(6), articleID: article, annotationID: id(1), reviewer: fixture.users[0], decision: .reject,
                    createdAt: time)),
            .conflict(
                Conflict(
                    id: id(7), articleID: article, entity: .annotation, entityID: id(1), field: "label", kept: side,
                    other: side)),
            .conflict(
                Conflict(
                    id: id(8), articleID: article, entity: .comment, entityID: id(4), field: "text", kept: side,
                    other: side, state: .resolved)),
        ]
        for row in rows {
            let offset = Int64(plan.entries.count + 1)
            plan.entries.append(
                LogEntry(
                    offset: offset, kind: .put, entity: row.kind, id: row.id, row: row, articleID: article,
                    owner: fixture.annotator, author: row.author, by: fixture.annotator, client: nil, n: nil))
            let stamp = Stamp(by: row.author ?? fixture.annotator, client: nil, at: time)
            let deleted = row.id == id(6) ? stamp : nil
            plan.rows.append(
                RowWrite(
                    stored: StoredRow(row: row, history: RowHistory(created: stamp), deleted: deleted), isNew: true,
                    offset: offset))
        }
        plan.aliases = [(alias: id(100), id: id(1))]
        _ = try #require(try await fixture.commit(plan))
    }

    private func keys(_ state: ProjectState) -> Set<String> {
        Set(state.rows.keys.map { "\($0.kind.rawValue) \($0.id.low)" })
    }

    @Test(
        "The rows around a named one come with it",
        arguments: [
            ([(EntityKind.annotation, UInt64(1))], ["annotation 1", "conflict 7"]),
            ([(.annotation, 100)], ["annotation 1", "conflict 7"]),
            ([(.relation, 3)], ["relation 3", "annotation 1", "annotation 2", "conflict 7"]),
            ([(.comment, 4)], ["comment 4", "annotation 1", "conflict 7"]),
            ([(.review, 5)], ["review 5", "annotation 1", "conflict 7"]),
            ([(.conflict, 7)], ["annotation 1", "conflict 7"]),
            ([(.conflict, 8)], ["conflict 8", "comment 4", "annotation 1", "conflict 7"]),
            ([(.annotation, 55)], []),
        ] as [([(EntityKind, UInt64)], [String])])
    func around(named: [(EntityKind, UInt64)], expected: [String]) async throws {
        try await LogFixture.with { fixture in
            try await build(fixture)
            var request = LoadRequest()
            request.rows = Set(named.map { EntityKey($0.0, id($0.1)) })
            let state = try await fixture.load(request)
            #expect(keys(state) == Set(expected))
            #expect(state.articles.keys.first == (expected.isEmpty ? nil : fixture.articles[0].id))
            #expect(state.aliases == (named[0].1 == 100 ? [id(100): id(1)] : [:]))
            let hasOpen = expected.contains("conflict 7")
            #expect(state.openConflicts == (hasOpen ? [EntityKey(.annotation, id(1)): [id(7)]] : [:]))
        }
    }

    @Test("All reviews of an annotation come where they are wanted, deleted ones too")
    func reviews() async throws {
        try await LogFixture.with { fixture in
            try await build(fixture)
            var request = LoadRequest()
            request.reviewed = [id(100)]
            let state = try await fixture.load(request)
            #expect(keys(state) == ["annotation 1", "review 5", "review 6", "conflict 7"])
            #expect(state.rows[EntityKey(.review, id(6))]?.deleted != nil)
        }
    }

    @Test("Twins are the live annotations of equal content, and texts and versions are those of the articles")
    func twinsAndTexts() async throws {
        try await LogFixture.with { fixture in
            try await build(fixture)
            let twin = fixture.annotation(id(9))
            let other = fixture.annotation(id(9), label: "QUOTE")
            var request = LoadRequest()
            request.twins = [
                TwinKey(articleID: twin.articleID, hash: twin.contentHash),
                TwinKey(articleID: twin.articleID, hash: other.contentHash),
            ]
            request.articles = [fixture.articles[1].id, id(55)]
            request.texts = [fixture.articles[2].version, SHA256.hash("none")]
            let state = try await fixture.load(request)
            #expect(
                state.twins[TwinKey(articleID: twin.articleID, hash: twin.contentHash)].map(Set.init) == [id(1), id(2)])
            #expect(state.twins[TwinKey(articleID: twin.articleID, hash: other.contentHash)] == [])
            #expect(Set(state.articles.keys) == [fixture.articles[0].id, fixture.articles[1].id])
            #expect(
                state.articleVersions
                    == Set(fixture.articles.prefix(2).map { ArticleVersionKey(articleID: $0.id, sha256: $0.version) }))
            #expect(Array(state.texts.keys) == [fixture.articles[2].version])
            #expect(
                ExactString.equal(
                    state.texts[fixture.articles[2].version]?.text, fixture.articles[2].text.text))
        }
    }

    @Test("A second load in the same transaction adds to the first")
    func extending() async throws {
        try await LogFixture.with { fixture in
            try await build(fixture)
            try await fixture.database.client.withTransaction { tx in
                let opened = try await fixture.log.open(
                    tx, project: fixture.project, user: fixture.annotator, client: nil)
                var first = LoadRequest()
                first.rows = [EntityKey(.annotation, id(1))]
                var second = LoadRequest()
                second.rows = [EntityKey(.relation, id(3))]
                let state = try await fixture.log.load(tx, opened, first)
                let extended = try await fixture.log.load(tx, opened, second, extending: state)
                #expect(keys(extended) == ["annotation 1", "annotation 2", "relation 3", "conflict 7"])
                #expect(extended.openConflicts == [EntityKey(.annotation, id(1)): [id(7)]])
            }
        }
    }

    @Test("A row that another transaction changes meanwhile is read as it is after the wait")
    func waits() async throws {
        try await LogFixture.with { fixture in
            try await build(fixture)
            var changed = fixture.annotation(id(1), label: "QUOTE")
            changed.anchor.spans = []
            let plan = fixture.plan(changed, isNew: false)
            let loaded: Task<ProjectState, any Error> = try await fixture.database.client.withTransaction { tx in
                let opened = try await fixture.log.open(
                    tx, project: fixture.project, user: fixture.annotator, client: nil)
                var request = LoadRequest()
                request.rows = [EntityKey(.annotation, id(1))]
                _ = try await fixture.log.load(tx, opened, request)
                let waiting = Task.detached { try await fixture.load(request) }
                let watcher = fixture.test.client(poolSize: 1)
                try await Task.detached {
                    // Until the other one stands in the queue.
                    while try await watcher.query("SELECT FROM pg_locks WHERE NOT granted").isEmpty {
                        await Task.yield()
                    }
                }.value
                _ = try #require(try await fixture.log.commit(tx, plan, opened: opened))
                return waiting
            }
            let row = try await loaded.value.rows[EntityKey(.annotation, id(1))]?.row
            guard case .annotation(let annotation) = row else {
                Issue.record("the annotation is gone")
                return
            }
            #expect(annotation.label == "QUOTE" && annotation.anchor.spans.isEmpty)
        }
    }
}
