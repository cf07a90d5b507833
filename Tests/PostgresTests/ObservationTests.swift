import Logging
import Postgres
import PostgresTestSupport
import Testing

@Suite("What is logged and counted", .timeLimit(.minutes(2)))
struct ObservationTests {
    private func with<R>(
        _ change: (inout PostgresConfiguration) -> Void = { _ in }, level: Logger.Level = .trace,
        _ body: (PostgresClient, LogRecorder) async throws -> R
    ) async throws -> R {
        try await TestDatabase.with { database in
            let recorder = LogRecorder()
            var configuration = PostgresConfiguration(connectionString: database.connectionString, poolSize: 2)
            change(&configuration)
            let client = PostgresClient(configuration: configuration, logger: recorder.logger(level))
            let result: R
            do { result = try await body(client, recorder) } catch {
                await client.close()
                throw error
            }
            await client.close()
            return result
        }
    }

    @Test("a slow statement is logged with its text, its place and the request's id, without its parameters")
    func slowStatements() async throws {
        try await with({ $0.slowStatementThreshold = .milliseconds(20) }) { client, recorder in
            try await PostgresLogging.$metadata.withValue(["request": "r-7"]) {
                try await client.query("SELECT pg_sleep(0.05), \("geheim")")
                try await client.withTransaction { transaction in
                    _ = try await transaction.pipeline(["SELECT 1", "SELECT pg_sleep(0.05)"])
                }
                try await client.withConnection { try await $0.execute(unsafeSQL: "SELECT pg_sleep(0.05)") }
                try await client.query("SELECT 2")
            }
            // On a busy machine another statement may be slow as well.
            let slow = recorder.lines.filter { line in
                line.message == "slow statement"
                    && (line.metadata["sql"]?.contains("pg_sleep") == true || line.metadata["statements"] == "2")
            }
            #expect(slow.map(\.level) == [.warning, .warning, .warning])
            #expect(
                slow.map { $0.metadata["sql"] } == ["SELECT pg_sleep(0.05), $1", "SELECT 1", "SELECT pg_sleep(0.05)"])
            #expect(slow.map { $0.metadata["request"] } == ["r-7", "r-7", "r-7"])
            #expect(slow[1].metadata["statements"] == "2")
            for line in slow {
                #expect(try #require(line.metadata["milliseconds"].flatMap { Int($0) }) >= 50)
                #expect(line.metadata["site"]?.contains("ObservationTests.swift:") == true)
            }
            #expect(!recorder.lines.contains { "\($0)".contains("geheim") })
        }
    }

    @Test("a statement below the threshold is not logged")
    func quickStatements() async throws {
        try await with({ $0.slowStatementThreshold = .seconds(3_600) }) { client, recorder in
            try await client.query("SELECT pg_sleep(0.01)")
            #expect(!recorder.lines.contains { $0.message == "slow statement" })
        }
    }

    @Test("a failed statement is logged at the level of the configuration, with SQLSTATE and the request's id")
    func failedStatements() async throws {
        try await with({ $0.failedStatementLogLevel = .notice }) { client, recorder in
            await PostgresLogging.$metadata.withValue(["request": "r-8"]) {
                await #expect(throws: PostgresError.self) { try await client.query("SELECT \("geheim")::int") }
                await #expect(throws: PostgresError.self) {
                    try await client.withConnection { try await $0.pipeline(["SELECT 1", "SELECT wrong"]) }
                }
                await #expect(throws: PostgresError.self) {
                    try await client.stream("SELECT 1 / (5 - n) FROM generate_series(1, 9) n") { rows in
                        for try await _ in rows {}
                    }
                }
            }
            let failed = recorder.lines.filter { $0.message == "failed statement" }
            #expect(failed.map { $0.metadata["sqlstate"] } == ["22P02", "42703", "22012"])
            #expect(failed.map { $0.metadata["sql"] }.prefix(2) == ["SELECT $1::int", "SELECT wrong"])
            #expect(failed.allSatisfy { $0.metadata["request"] == "r-8" && $0.level == .notice })
            #expect(!recorder.lines.contains { "\($0)".contains("geheim") })
        }
    }

    @Test("a cancelled task's statement has not failed")
    func cancelledStatements() async throws {
        try await with { client, recorder in
            let task = Task { try await client.query("SELECT pg_sleep(600)") }
            try await client.waitForSession(waiting: "wait_event = 'PgSleep'")
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(!recorder.lines.contains { $0.message == "failed statement" })
        }
    }

    @Test("what the server says beside its answers is logged by its severity, with the request's id")
    func notices() async throws {
        try await with { client, recorder in
            try await PostgresLogging.$metadata.withValue(["request": "r-9"]) {
                try await client.withConnection { connection in
                    try await connection.execute(
                        unsafeSQL: """
                            SET client_min_messages = debug1;
                            DO $$ BEGIN RAISE NOTICE 'n'; RAISE WARNING 'w' USING DETAIL = 'geheim'; RAISE LOG 'l';
                            RAISE DEBUG 'd'; RAISE WARNING '%', repeat('x', 5000); END $$
                            """)
                }
            }
            func level(_ text: String) -> Logger.Level? {
                recorder.lines.first { $0.message == "server: \(text)" }?.level
            }
            #expect(level("n") == .info)
            #expect(level("w") == .warning)
            #expect(level("l") == .debug)
            #expect(level("d") == .trace)
            let long = try #require(recorder.lines.first { $0.message.contains("xxx") })
            #expect(long.message.count < 1100)
            #expect(long.metadata["request"] == "r-9")
            #expect(!recorder.lines.contains { "\($0)".contains("geheim") })
        }
    }

    @Test("a statement that says the same without end does not fill the log")
    func manyNotices() async throws {
        try await with { client, recorder in
            try await client.withConnection { connection in
                let loud = "DO $$ BEGIN FOR n IN 1..20000 LOOP RAISE NOTICE 'again'; END LOOP; END $$"
                try await connection.execute(unsafeSQL: loud)
            }
            let lines = recorder.lines.filter { $0.message == "server: again" }
            #expect(lines.count >= 50 && lines.count < 2_000)
        }
    }

    @Test("the figures tell what was done, and nothing that was not")
    func metrics() async throws {
        try await with { client, _ in
            #expect(client.metrics == PostgresMetrics())
            for number in 0..<5 { try await client.query("SELECT \(number)") }
            try await client.query(PostgresQuery("SELECT 1").unprepared())
            try await client.withTransaction { transaction in
                _ = try await transaction.commit(after: ["SELECT \(1)", "SELECT \(2)"])
            }
            var attempts = 0
            try await client.withTransaction(TransactionOptions(retry: .init(attempts: 2))) { transaction in
                attempts += 1
                let again: PostgresQuery = "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$"
                if attempts == 1 { try await transaction.query(again) }
            }
            try await client.withConnection { try await $0.execute(unsafeSQL: "BEGIN") }
            var metrics = client.metrics
            #expect(metrics.queries == 9)
            #expect(metrics.statementCacheHits >= 5)
            #expect(metrics.statementCacheMisses >= 1)
            #expect(metrics.retries == 1)
            #expect(metrics.acquired == 10)
            #expect(metrics.opened == 1)
            #expect(metrics.closed == [.outOfOrder: 1])
            #expect(metrics.connections == 0)
            // The first user had to wait until a connection was made.
            #expect(metrics.waited == 1)
            #expect(metrics.waitTime > .zero)
            try await client.withConnection { connection in
                _ = try await connection.query("SELECT 1")
                metrics = client.metrics
                #expect(metrics.lent == 1)
                #expect(metrics.idle == 0)
            }
            metrics = client.metrics
            #expect(metrics.lent == 0)
            #expect(metrics.idle == 1)
            await client.close()
            #expect(client.metrics.closed == [.outOfOrder: 1, .clientClosed: 1])
        }
    }

    @Test("waiting in vain and failing to connect are counted")
    func failures() async throws {
        try await with({
            $0.poolSize = 1; $0.acquireTimeout = .milliseconds(50)
        }) { client, _ in
            try await eventually("no connection is made") { (try? await client.process()) != nil }
            try await client.withConnection { _ in
                let other = Task { try await client.query("SELECT 1") }
                let error = try await #require(throws: PostgresError.self) { try await other.value }
                #expect(error.isTimeout)
            }
            #expect(client.metrics.acquireTimeouts >= 1)
        }
        let client = PostgresClient(
            configuration: PostgresConfiguration(connectionString: "host=127.0.0.1 port=1 user=nobody"),
            logger: Logger(label: "test"))
        await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
        #expect(client.metrics.connectFailures == 1)
        await client.close()
    }
}
