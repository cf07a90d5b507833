import Postgres
import PostgresTestSupport
import Testing

@Suite("Cancellation", .timeLimit(.minutes(2)))
struct CancellationTests {
    @Test("a cancelled task's statement is stopped on the server, and the pool goes on", arguments: [true, false])
    func runningQuery(sendsCancelRequests: Bool) async throws {
        try await TestDatabase.with { database in
            let client = database.client(
                PostgresConfiguration(
                    connectionString: database.connectionString, poolSize: 1, sendsCancelRequests: sendsCancelRequests))
            let observer = database.client()
            let task = Task { try await client.query("SELECT pg_sleep(600)") }
            try await observer.waitForSession(waiting: "wait_event = 'PgSleep'")
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await client.query("SELECT 1").decode(Int.self) == [1])
            // Without a request the server only notices when it next writes: there it may sleep on.
            if sendsCancelRequests {
                #expect(
                    try await observer.query(
                        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
                    ).isEmpty)
            }
        }
    }

    @Test("a cancelled transaction is rolled back")
    func transaction() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            let observer = database.client()
            try await client.query("CREATE TABLE t (n int)")
            let task = Task {
                try await client.withTransaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (1)")
                    try await transaction.query("SELECT pg_sleep(600)")
                }
            }
            try await observer.waitForSession(waiting: "wait_event = 'PgSleep'")
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await client.query("SELECT count(*) FROM t").decode(Int.self) == [0])
        }
    }

    @Test("cancelled between two statements: the next one does not run, and the connection is kept")
    func betweenStatements() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            try await client.query("CREATE TABLE t (n int)")
            let process = try await client.process()
            let reached = Gate()
            let gate = Gate()
            let task = Task {
                try await client.withTransaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (1)")
                    reached.open()
                    try? await gate.pass()
                    // Even a body that hides it cannot commit.
                    _ = try? await transaction.query("INSERT INTO t VALUES (2)")
                }
            }
            try await reached.pass()
            task.cancel()
            gate.open()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await client.query("SELECT count(*) FROM t").decode(Int.self) == [0])
            #expect(try await client.process() == process)
        }
    }

    @Test("a task that is already cancelled does not get a connection")
    func alreadyCancelled() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let gate = Gate()
            let task = Task {
                try? await gate.pass()
                return try await client.query("SELECT 1")
            }
            task.cancel()
            gate.open()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(client.counts.all == 0)
        }
    }

    @Test("a COPY that is cancelled is undone")
    func copy() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            try await client.query("CREATE TABLE t (n int)")
            let reached = Gate()
            let gate = Gate()
            let task = Task {
                try await client.withConnection { connection in
                    try await connection.copyIn(unsafeSQL: "COPY t FROM STDIN") { writer in
                        try await writer.write(Array("1\n".utf8))
                        reached.open()
                        try? await gate.pass()
                    }
                }
            }
            try await reached.pass()
            task.cancel()
            gate.open()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await client.query("SELECT count(*) FROM t").decode(Int.self) == [0])
        }
    }
}
