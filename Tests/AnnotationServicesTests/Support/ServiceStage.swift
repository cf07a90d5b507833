import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import Digest
import JSONText
import Postgres
import PostgresTestSupport
import SyncEngine
import SyncProtocol
import Testing

/// A database with the schema, the services over it, a clock, and ready-made people.
struct ServiceStage {
    let services: Services
    let database: Database
    let connectionString: String
    let clock: TestClock
    let cli = Principal.commandLine(osUser: "root")

    static func with(
        limits: LoginLimits = .standard, _ body: (ServiceStage) async throws -> Void
    ) async throws {
        let clock = TestClock()
        try await StoreDatabase.with(ids: clock.ids) { database, test in
            try await body(
                ServiceStage(
                    services: Services(database: database, limits: limits), database: database,
                    connectionString: test.connectionString, clock: clock))
        }
    }

    /// The services of another server process on the same database.
    func another(limits: LoginLimits = .standard) -> (services: Services, database: Database) {
        let database = Database(
            connectionString: connectionString, ids: clock.ids, logger: StoreDatabase.logger)
        return (Services(database: database, limits: limits), database)
    }

    /// A user with a token of this scope.
    func user(
        _ name: String, isAdmin: Bool = false, scope: TokenScope = .admin, project: String? = nil
    ) async throws -> Principal {
        if try await UserStore(database).find(name: name) == nil {
            _ = try await services.accounts.add(name: name, isAdmin: isAdmin, by: cli)
        }
        let token = try await services.tokens.create(user: name, name: "t", scope: scope, project: project, by: cli)
        return try await services.logins.authenticate(bearer: token.text)
    }

    /// A project with a few labels, and members of these roles.
    @discardableResult
    func project(
        _ name: String, _ draft: ProjectDraft? = nil, members: [(String, Role)] = []
    ) async throws -> ProjectRecord {
        let labels = [
            Label(key: "PER", kind: .span), Label(key: "ORG", kind: .span), Label(key: "topic", kind: .document),
            Label(key: "said_by", kind: .relation, from: ["ORG"], to: ["PER"]),
        ]
        let record = try await services.projects.create(draft ?? ProjectDraft(name: name), labels: labels, by: cli)
        for (user, role) in members {
            _ = try await services.members.add(user, role: role, project: name, by: cli)
        }
        return record
    }

    /// Puts an article into a project, as an import does.
    @discardableResult
    func article(_ externalID: String, _ text: String, in project: EntityID) async throws -> Article {
        let article = Article(
            id: database.ids.id(), externalID: externalID, metadata: ["source": "test"],
            articleVersion: SHA256.hash(text), length: text.unicodeScalars.count)
        let version = ArticleVersion(
            id: database.ids.id(), articleID: article.id, sha256: article.articleVersion, length: article.length)
        _ = try await services.log.write(project: project, raisesGuard: true, by: .nobody) { _, _ in
            var plan = AdminPlan(by: .nobody)
            plan.put(.article(article), isNew: true)
            plan.put(.articleVersion(version), isNew: true)
            var writes = plan.plan
            writes.texts[article.articleVersion] = text
            return writes
        }
        return article
    }

    /// Writes rows as the planner would for their author.
    func write(_ rows: [Row], owners: [EntityID?], in project: EntityID) async throws {
        _ = try await services.log.write(project: project, raisesGuard: false, by: .nobody) { _, _ in
            var writes = WritePlan()
            for (index, row) in rows.enumerated() {
                let offset = Int64(index + 1)
                let stamp = Stamp(by: row.author ?? .nobody, client: nil, at: clock.now)
                writes.entries.append(
                    LogEntry(
                        offset: offset, kind: .put, entity: row.kind, id: row.id, row: row, articleID: row.articleID,
                        owner: owners[index], author: row.author, by: stamp.by, client: nil, n: nil))
                writes.rows.append(
                    RowWrite(
                        stored: StoredRow(row: row, history: RowHistory(created: stamp)), isNew: true, offset: offset))
            }
            return writes
        }
    }

    /// The log as it is stored: gapless, or the test fails.
    func log(_ project: EntityID, sourceLocation: SourceLocation = #_sourceLocation) async throws -> [String] {
        let rows = try await database.client.query(
            "SELECT seq, kind, entity FROM changes WHERE project_id = \(project) ORDER BY seq")
        let entries = try rows.decode((Int64, String, String).self)
        #expect(entries.map(\.0) == (0..<entries.count).map { Int64($0 + 1) }, sourceLocation: sourceLocation)
        return entries.map { "\($0.1) \($0.2)" }
    }

    func guardSeq(_ project: EntityID) async throws -> Int64? {
        try await database.client.query(
            "SELECT guard_seq FROM project_log WHERE project_id = \(project)"
        ).decode(Int64.self).first
    }

    /// What was done, in the order in which it was written (the clock stands still): `actor action subject`.
    func audit() async throws -> [String] {
        let rows = try await database.client.query("SELECT actor, action, subject FROM audit_log ORDER BY ctid")
        return try rows.decode((String, String, String?).self).map { "\($0.0) \($0.1) \($0.2 ?? "-")" }
    }
}

/// Expects a problem with this status and code.
@discardableResult
func expectProblem(
    _ status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async -> Problem? {
    do {
        try await body()
        Issue.record("nothing was refused", sourceLocation: sourceLocation)
        return nil
    } catch {
        let problem = Problem(translating: error)
        #expect(problem?.status == status && problem?.code == code, "\(error)", sourceLocation: sourceLocation)
        return problem
    }
}
