import Postgres
import PostgresTestSupport
import Testing

@Suite(
    "Behind PgBouncer in transaction mode", .serialized, .timeLimit(.minutes(3)), .enabled(if: PgBouncer.isInstalled))
struct PgBouncerTests {
    private func withClient(_ body: (PostgresClient, TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            try await PgBouncer.with(database) { bouncer in
                let client = database.client(bouncer.configuration(database, statementCacheSize: 0))
                try await body(client, database)
                await client.close()
            }
        }
    }

    @Test("without prepared statements everything works: queries, pipelines, transactions, COPY, streams")
    func everything() async throws {
        try await withClient { client, _ in
            try await client.query("CREATE TABLE t (n int, name text)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        for number in 0..<20 {
                            let value = task * 1000 + number
                            #expect(try await client.query("SELECT \(value)").decode(Int.self) == [value])
                            let rows = try await client.withConnection {
                                try await $0.pipeline(["SELECT \(value)", "SELECT \("\(value)")"])
                            }
                            #expect(try rows[1].decode(String.self) == ["\(value)"])
                            try await client.withTransaction { transaction in
                                try await transaction.query("INSERT INTO t VALUES (\(Int32(value)), 'a')")
                                try await transaction.savepoint {
                                    _ = try await transaction.query("UPDATE t SET name = 'b' WHERE n = \(value)")
                                }
                                _ = try await transaction.commit(after: ["SELECT 1"])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await client.query("SELECT count(*) FROM t WHERE name = 'b'").decode(Int.self) == [160])
            try await client.withConnection { connection in
                let copied = try await connection.copyIn(unsafeSQL: "COPY t FROM STDIN") { writer in
                    try await writer.write(Array("1\tx\n2\ty\n".utf8))
                }
                #expect(copied == 2)
                var bytes = 0
                let count = try await connection.copyOut(unsafeSQL: "COPY t TO STDOUT") { bytes += $0.count }
                #expect(count == 162)
                #expect(bytes > 0)
                var streamed = 0
                try await connection.stream("SELECT n FROM t") { rows in for try await _ in rows { streamed += 1 } }
                #expect(streamed == 162)
            }
        }
    }

    @Test("the limits of a transaction are its own: they do not stay behind on the shared connection")
    func localSettings() async throws {
        try await withClient { client, _ in
            let options = TransactionOptions(lockTimeout: .seconds(7), statementTimeout: .milliseconds(50))
            try await client.withTransaction(options) { transaction in
                let limit = try await transaction.query("SHOW lock_timeout").decode(String.self)
                #expect(limit == ["7s"])
            }
            let slow = try await #require(throws: PostgresError.self) {
                try await client.withTransaction(options) { try await $0.query("SELECT pg_sleep(60)") }
            }
            #expect(slow.isTimeout)
            for _ in 0..<10 {
                let rows = try await client.withConnection {
                    try await $0.pipeline(["SHOW lock_timeout", "SHOW statement_timeout"])
                }
                #expect(try rows.map { try $0.decode(String.self) } == [["0"], ["0"]])
            }
        }
    }

    @Test("a cancelled task's statement is stopped on the server")
    func cancellation() async throws {
        try await withClient { client, database in
            let observer = database.client()
            let task = Task { try await client.query("SELECT pg_sleep(600)") }
            try await observer.waitForSession(waiting: "wait_event = 'PgSleep'")
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await eventually("it sleeps on") {
                try await observer.query(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
                ).isEmpty
            }
            #expect(try await client.query("SELECT 1").decode(Int.self) == [1])
        }
    }

    @Test("a listener goes past the pooler by its own connection string")
    func listening() async throws {
        try await withClient { client, _ in
            try await client.listen(on: ["c"]) { events in
                var iterator = events.makeAsyncIterator()
                #expect(try await iterator.next() == .listening)
                try await client.query("SELECT pg_notify('c', 'through')")
                guard case .notification(let told) = try await iterator.next() else {
                    Issue.record("nothing is told")
                    return
                }
                #expect(told.payload == "through")
            }
        }
    }

    /// Each answer is the right one, or an error that says what to do.
    private func repeatStatements(_ client: PostgresClient, from first: Int) async throws {
        for round in 0..<50 {
            let expected = first + round % 5
            do {
                let rows = try await client.query(PostgresQuery(unsafeSQL: "SELECT \(expected)")).decode(Int.self)
                #expect(rows == [expected])
            } catch let error as PostgresError {
                #expect(error.hint?.contains("statementCacheSize") == true, "\(error)")
            }
        }
    }

    @Test("prepared statements left on by mistake give clear errors, and never another statement's rows")
    func preparedByMistake() async throws {
        try await TestDatabase.with { database in
            try await PgBouncer.with(database) { bouncer in
                let clients = (0..<4).map { _ in
                    database.client(bouncer.configuration(database, poolSize: 2, statementCacheSize: 100))
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (number, client) in clients.enumerated() {
                        group.addTask { try await repeatStatements(client, from: number * 1000) }
                    }
                    try await group.waitForAll()
                }
                for client in clients { await client.close() }
            }
        }
    }
}
