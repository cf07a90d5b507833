import Postgres
import PostgresTestSupport
import Testing

@Suite("The upkeep of the pool", .timeLimit(.minutes(2)))
struct UpkeepTests {
    @Test("warming up opens the smallest number of connections, once, and tells a failure")
    func warmUp() async throws {
        try await TestDatabase.with { database in
            let client = database.client(
                PostgresConfiguration(connectionString: database.connectionString, minimumConnections: 3))
            try await client.warmUp()
            #expect(client.metrics.idle == 3)
            try await client.warmUp()
            #expect(client.metrics.opened == 3)
            #expect(client.metrics.waited == 0)

            let wrong = database.client(
                PostgresConfiguration(
                    connectionString: "host=127.0.0.1 port=1 user=nobody", minimumConnections: 2))
            let error = try await #require(throws: PostgresError.self) { try await wrong.warmUp() }
            #expect(error.code == .connectFailed)
            try await eventually("a place is lost") { wrong.metrics.connections == 0 }
        }
    }

    @Test("the service opens the smallest number, closes what is idle above it, and what has grown old")
    func service() async throws {
        try await TestDatabase.with { database in
            var configuration = PostgresConfiguration(
                connectionString: database.connectionString, maximumIdleTime: .milliseconds(20),
                minimumConnections: 2)
            let client = database.client(configuration)
            let service = Task { await client.run() }
            defer { service.cancel() }
            try await eventually("it does not warm up") { client.metrics.idle == 2 }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { _ = try await client.query("SELECT pg_sleep(0.05)") } }
                try await group.waitForAll()
            }
            try await eventually("the rest is not closed") { client.metrics.connections == 2 }

            configuration.minimumConnections = 0
            configuration.maximumIdleTime = nil
            configuration.maximumLifetime = .milliseconds(40)
            let mortal = database.client(configuration)
            let second = Task { await mortal.run() }
            defer { second.cancel() }
            _ = try await mortal.process()
            try await eventually("it never dies") { (mortal.metrics.closed[.lifetime] ?? 0) > 0 }
        }
    }

    @Test("idle connections that the server has ended are found by the service, and made anew")
    func deadIdle() async throws {
        try await TestDatabase.with { database in
            let client = database.client(
                PostgresConfiguration(
                    connectionString: database.connectionString, maximumIdleTime: .milliseconds(200),
                    minimumConnections: 1))
            let observer = database.client()
            try await client.warmUp()
            let service = Task { await client.run() }
            defer { service.cancel() }
            try await observer.query(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """)
            try await eventually("it is not noticed") { (client.metrics.closed[.lost] ?? 0) == 1 }
            try await eventually("it is not made anew") { client.metrics.idle == 1 }
        }
    }
}
