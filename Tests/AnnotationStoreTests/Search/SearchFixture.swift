import AnnotationModel
import AnnotationStore
import AnnotationStoreTestSupport
import Digest
import JSONText
import Postgres
import PostgresTestSupport
import SyncEngine
import Testing

/// A French project whose articles each have a word of their own: `mot7`.
struct SearchFixture {
    let database: Database
    let test: TestDatabase
    let log: ChangeLog
    let project: EntityID
    let index: SearchIndex

    static func with(articles: Int, poolSize: Int = 4, _ body: (SearchFixture) async throws -> Void) async throws {
        try await StoreDatabase.with(poolSize: poolSize) { database, test in
            let project = Project(id: database.ids.id(), name: "corpus", language: "fr")
            var plan = AdminPlan(by: .nobody)
            plan.put(.project(project), isNew: false)
            let log = ChangeLog(database)
            _ = try await ProjectStore(database).create(
                project, plan: plan.plan, by: .nobody, log: log,
                audit: AuditLog.Entry(actor: "cli:test", action: "project.create"))
            let fixture = SearchFixture(
                database: database, test: test, log: log, project: project.id, index: SearchIndex(database))
            try await fixture.add(0..<articles)
            try await body(fixture)
        }
    }

    /// Articles by their numbers, as an import puts them in.
    func add(_ numbers: Range<Int>, text: (Int) -> String = { "Élection numéro \($0), mot\($0)." }) async throws {
        var admin = AdminPlan(by: .nobody)
        var texts: [SHA256Digest: String] = [:]
        for number in numbers {
            let text = text(number)
            let article = Article(
                id: database.ids.id(), externalID: "a\(number)", metadata: [:], articleVersion: SHA256.hash(text),
                length: text.unicodeScalars.count)
            admin.put(.article(article), isNew: true)
            admin.put(
                .articleVersion(
                    ArticleVersion(
                        id: database.ids.id(), articleID: article.id, sha256: article.articleVersion,
                        length: article.length)), isNew: true)
            texts[article.articleVersion] = text
        }
        var plan = admin.plan
        plan.texts = texts
        guard !numbers.isEmpty else { return }
        _ = try await log.write(project: project, raisesGuard: false, by: .nobody) { [plan] _, _ in plan }
    }

    @discardableResult
    func catchUp(_ budget: Duration = .seconds(60)) async throws -> SearchState {
        try await index.catchUp(project: project, budget: budget)
    }

    var sight: Sight {
        Sight(Viewer(user: .nobody, role: .manager, project: Project(id: project, name: "corpus")))
    }

    /// How many articles a query finds in the index as it is.
    func count(_ query: String, languages: [String] = ["french"]) async throws -> Int {
        try await ArticleStore(database).list(
            project: project, sight: sight, filter: ArticleFilter(query: query), languages: languages, after: nil,
            limit: 10_000
        ).items.count
    }

    /// The documents that are not what a fresh index would hold, the missing ones among them.
    func wrong() async throws -> Int {
        let rows = try await database.client.query(
            """
            SELECT count(*) FROM articles a
            JOIN article_versions v ON v.project_id = a.project_id AND v.sha256 = a.article_version
                AND v.article_id = a.id
            LEFT JOIN article_search s ON s.project_id = a.project_id AND s.article_id = a.id
            WHERE s.document IS DISTINCT FROM search_document(search_config('fr'), a.metadata->>'title', v.text)
                OR s.version <> a.version
            """)
        return try #require(try rows.decode(Int.self).first)
    }

    func run(_ sql: String) async throws {
        try await database.client.withConnection { try await $0.execute(unsafeSQL: sql) }
    }

    func number(_ sql: String) async throws -> Int {
        try #require(
            try await database.client.query(PostgresQuery(unsafeSQL: sql, isPrepared: false)).decode(Int.self).first)
    }
}
