import AnnotationModel
import AnnotationStore
import AnnotationStoreTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite("The identity of the database's history")
struct HistoryIdentityTests {
    private func epochs(_ database: Database) async throws -> [EntityID] {
        try await database.client.query("SELECT epoch FROM project_log ORDER BY project_id").decode(EntityID.self)
    }

    private func addProjects(_ database: Database) async throws {
        for name in ["a", "b"] {
            let project = Project(id: database.ids.id(), name: name)
            var plan = AdminPlan(by: .nobody)
            plan.put(.project(project), isNew: false)
            _ = try await ProjectStore(database).create(
                project, plan: plan.plan, by: .nobody, log: ChangeLog(database),
                audit: .init(actor: "test", action: "project.create"))
        }
    }

    private func reconnect(_ test: TestDatabase) -> Database {
        Database(connectionString: test.connectionString, logger: StoreDatabase.logger)
    }

    @Test("connecting again to the same history keeps all epochs")
    func same() async throws {
        try await StoreDatabase.with { database, test in
            try await addProjects(database)
            let before = try await epochs(database)
            let again = reconnect(test)
            #expect(try await epochs(again) == before)
            await again.close()
        }
    }

    @Test(
        "another system, timeline, database or log begins new epochs for all projects, once",
        arguments: [
            "system_identifier = system_identifier + 1", "timeline = timeline + 1",
            "database_oid = (database_oid::bigint + 1)::oid", "log_oid = (log_oid::bigint + 1)::oid",
        ])
    func other(difference: String) async throws {
        try await StoreDatabase.with { database, test in
            try await addProjects(database)
            let before = try await epochs(database)
            try await database.client.query(
                PostgresQuery(unsafeSQL: "UPDATE history_identity SET \(difference)", isPrepared: false))
            // Several connections find the difference at the same time.
            let others = (0..<4).map { _ in reconnect(test) }
            try await withThrowingTaskGroup { group in
                for other in others { group.addTask { try await other.client.query("SELECT 1") } }
                try await group.waitForAll()
            }
            let after = try await epochs(database)
            #expect(Set(after).isDisjoint(with: before) && after.count == 2)
            let last = reconnect(test)
            #expect(try await epochs(last) == after)
            for other in others + [last] { await other.close() }
        }
    }

    @Test("a copy of the database is another history")
    func copy() async throws {
        try await StoreDatabase.with { database, test in
            try await addProjects(database)
            let before = try await epochs(database)
            await database.close()
            try await TestDatabase.with(template: test.name) { copy in
                let copied = reconnect(copy)
                let after = try await epochs(copied)
                #expect(Set(after).isDisjoint(with: before))
                await copied.close()
            }
        }
    }

    @Test("a database without a schema can be connected to")
    func noSchema() async throws {
        try await TestDatabase.with { test in
            let database = reconnect(test)
            let rows = try await database.client.query("SELECT 1::int8")
            #expect(try rows.decode(Int.self) == [1])
            await database.close()
        }
    }
}
