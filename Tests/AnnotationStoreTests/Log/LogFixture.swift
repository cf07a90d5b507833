import AnnotationModel
import AnnotationModelTestSupport
import AnnotationStore
import AnnotationStoreTestSupport
import Digest
import JSONText
import Postgres
import PostgresTestSupport
import SyncEngine
import SyncProtocol
import Testing

/// A project with members, labels, articles and clients, in a database of its own.
struct LogFixture {
    let database: Database
    let test: TestDatabase
    let log: ChangeLog
    let project: EntityID
    /// A manager, a reviewer, and two annotators.
    let users: [EntityID]
    /// One of each user.
    let clients: [EntityID]
    let articles: [TextArticle]

    struct TextArticle {
        var id: EntityID
        var version: SHA256Digest
        var text: ArticleText
    }

    var manager: EntityID { users[0] }
    var annotator: EntityID { users[2] }

    @discardableResult
    static func with<R>(
        seed: UInt64 = 1, articles count: Int = 6, textLength: Int = 1100, poolSize: Int = 4,
        settings: Project? = nil, _ body: (LogFixture) async throws -> R
    ) async throws -> R {
        try await StoreDatabase.with(poolSize: poolSize) { database, test in
            try await body(
                try await make(
                    database, test, seed: seed, articles: count, textLength: textLength, settings: settings))
        }
    }

    private static func make(
        _ database: Database, _ test: TestDatabase, seed: UInt64, articles count: Int, textLength: Int,
        settings: Project?
    ) async throws -> LogFixture {
        var rows = RandomRows(seed: seed)
        let users = (0..<4).map { _ in rows.id() }
        let clients = (0..<4).map { _ in rows.id() }
        var project = settings ?? Project(id: rows.id(), name: "corpus")
        project.title = "Élections"
        let now = database.now()
        try await database.client.query(
            """
            INSERT INTO users (id, name, created_at)
            SELECT id, 'user ' || place, \(now) FROM unnest(\(users)) WITH ORDINALITY AS u(id, place)
            """)
        try await database.client.query(
            """
            INSERT INTO clients (id, user_id, device, schema_version, created_at, seen_at)
            SELECT id, user_id, 'laptop', 1, \(now), \(now) FROM unnest(\(clients), \(users)) AS c(id, user_id)
            """)
        try await database.client.query(
            """
            INSERT INTO projects (id, name, layers, visibility, access, created_at)
            VALUES (\(project.id), \(project.name), 'own', 'own', 'all', \(now))
            """)
        try await database.client.query(
            "INSERT INTO project_log (project_id, epoch) VALUES (\(project.id), \(rows.id()))")
        let fixture = LogFixture(
            database: database, test: test, log: ChangeLog(database), project: project.id, users: users,
            clients: clients, articles: texts(count, length: textLength, &rows))
        var admin = AdminPlan(by: users[0], at: now)
        admin.put(.project(project), isNew: false)
        for (index, role) in [Role.manager, .reviewer, .annotator, .annotator].enumerated() {
            admin.put(.member(Member(id: users[index], name: "user \(index + 1)", role: role)), isNew: true)
        }
        for label in labels { admin.put(.label(label), isNew: true) }
        for article in fixture.articles {
            let metadata = rows.metadata()
            admin.put(
                .article(
                    Article(
                        id: article.id, externalID: "article \(article.id.text)", metadata: metadata,
                        articleVersion: article.version, length: article.text.length)), isNew: true)
            admin.put(
                .articleVersion(
                    ArticleVersion(
                        id: rows.id(), articleID: article.id, sha256: article.version, length: article.text.length)),
                isNew: true)
        }
        var plan = admin.plan
        for article in fixture.articles { plan.texts[article.version] = article.text.text }
        _ = try await fixture.log.write(project: project.id, raisesGuard: true, by: users[0]) { _, _ in plan }
        return fixture
    }

    private static func texts(_ count: Int, length: Int, _ rows: inout RandomRows) -> [TextArticle] {
        (0..<count).map { index in
            // Long enough for a quote that is carried as its digest.
            var text = "\(index) "
            while text.unicodeScalars.count < length { text += HardText.random(pieces: 20, using: &rows.random) }
            return TextArticle(id: rows.id(), version: SHA256.hash(text), text: ArticleText(text))
        }
    }

    static let labels = [
        Label(key: "PER", name: "Personne", kind: .span, color: "#d2691e", shortcut: "p"),
        Label(
            key: "QUOTE", kind: .span,
            attributes: [
                LabelAttribute(key: "stance", type: .choice(["pro", "contra", "e\u{301}"])),
                LabelAttribute(key: "certain", type: .boolean),
            ], zeroWidth: true),
        Label(key: "thème", name: "Thème “1”", kind: .document, retired: true),
        Label(key: "said_by", kind: .relation, from: ["QUOTE"], to: ["PER", "thème"]),
    ]

    /// Opens a transaction for a user and commits a plan in it.
    func commit(
        _ plan: WritePlan, user: Int = 2, raisesGuard: Bool = false
    ) async throws -> CommittedLog? {
        try await database.client.withTransaction(ChangeLog.transactionOptions) { tx in
            let opened = try await log.open(tx, project: project, user: users[user], client: clients[user])
            return try await log.commit(tx, plan, opened: opened, client: clients[user], raisesGuard: raisesGuard)
        }
    }

    func load(_ request: LoadRequest) async throws -> ProjectState {
        try await database.client.withTransaction { tx in
            let opened = try await log.open(tx, project: project, user: users[2], client: nil)
            return try await log.load(tx, opened, request)
        }
    }

    /// The whole log, page by page.
    func allRecords(after: Int64 = 0, limit: Int = 50_000, bytes: Int = 4 << 20) async throws -> [LogRecord] {
        var all: [LogRecord] = []
        var since = after
        while true {
            let page = try await log.records(project: project, after: since, limit: limit, bytes: bytes)
            guard let last = page.records.last else { return all }
            all += page.records
            since = last.seq
        }
    }

    func verify(_ project: EntityID? = nil) async throws -> [Finding] {
        let list = FindingList()
        let count = try await InvariantCheck(database).verify(
            project: project, CheckObserver(found: { await list.append($0) }))
        let findings = await list.findings
        #expect(count == findings.count)
        return findings
    }

    func replayCheck(_ project: EntityID? = nil) async throws -> [Finding] {
        let list = FindingList()
        let count = try await InvariantCheck(database).replayCheck(
            project: project, CheckObserver(found: { await list.append($0) }))
        let findings = await list.findings
        #expect(count == findings.count)
        return findings
    }

    private actor FindingList {
        var findings: [Finding] = []
        func append(_ finding: Finding) { findings.append(finding) }
    }

    /// An annotation of a user on an article, covering its first code points.
    func annotation(_ id: EntityID, article: Int = 0, author: Int = 2, label: String = "PER") -> Annotation {
        let article = articles[article]
        let covered = article.text[0, 2] ?? ""
        return Annotation(
            id: id, articleID: article.id, author: users[author], layer: .own, label: label,
            anchor: Anchor(
                articleVersion: article.version, spans: [Span(start: 0, end: 2, quote: Quote(covering: covered))]),
            createdAt: Timestamp(microseconds: 1_700_000_000_000_000))
    }

    /// A plan that puts one annotation.
    func plan(_ annotation: Annotation, isNew: Bool = true) -> WritePlan { plan([annotation], isNew: isNew) }

    func plan(_ annotations: [Annotation], isNew: Bool = true) -> WritePlan {
        var plan = WritePlan()
        for annotation in annotations {
            let row = Row.annotation(annotation)
            let offset = Int64(plan.entries.count + 1)
            let audience = row.audience { _ in nil }
            plan.entries.append(
                LogEntry(
                    offset: offset, kind: .put, entity: .annotation, id: annotation.id, row: row,
                    articleID: annotation.articleID, owner: audience.owner, author: audience.author,
                    by: annotation.author, client: nil, n: nil))
            let created = Stamp(by: annotation.author, client: nil, at: annotation.createdAt)
            plan.rows.append(
                RowWrite(
                    stored: StoredRow(row: row, history: RowHistory(created: created)), isNew: isNew, offset: offset))
        }
        return plan
    }
}
