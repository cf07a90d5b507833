import Postgres
import PostgresTestSupport
import Testing

@Suite("Transactions that get in each other's way", .timeLimit(.minutes(2)))
struct RetryTests {
    @Test("two transactions that lock each other out are both done in the end: the victim runs again")
    func deadlock() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.query("CREATE TABLE t AS SELECT n, 0 AS value FROM generate_series(1, 2) n")
            let firstHasLocked = Gate()
            let secondHasLocked = Gate()
            let options = TransactionOptions(retry: .init(attempts: 5))
            func run(_ first: Int, _ second: Int, opens mine: Gate, waitsFor other: Gate) async throws {
                try await client.withTransaction(options) { transaction in
                    try await transaction.query("UPDATE t SET value = value + 1 WHERE n = \(first)")
                    mine.open()
                    try await other.pass()
                    try await transaction.query("UPDATE t SET value = value + 1 WHERE n = \(second)")
                }
            }
            async let one: Void = run(1, 2, opens: firstHasLocked, waitsFor: secondHasLocked)
            async let two: Void = run(2, 1, opens: secondHasLocked, waitsFor: firstHasLocked)
            _ = try await (one, two)
            #expect(try await client.query("SELECT value FROM t ORDER BY n").decode(Int.self) == [2, 2])
            #expect(client.metrics.retries >= 1)
        }
    }

    @Test("serializable counters lose nothing, because the losers run again; without retries they fail as transient")
    func serialization() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 6)
            try await client.query("CREATE TABLE t AS SELECT 0 AS value")
            let options = TransactionOptions(isolation: .serializable, retry: .init(attempts: 100))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        for _ in 0..<10 {
                            try await client.withTransaction(options) { transaction in
                                let value = try await transaction.query("SELECT value FROM t").decode(Int.self)[0]
                                try await transaction.query("UPDATE t SET value = \(Int32(value + 1))")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await client.query("SELECT value FROM t").decode(Int.self) == [60])

            let error = try await #require(throws: PostgresError.self) {
                try await client.withTransaction(.serializable) { transaction in
                    try await transaction.query("SELECT value FROM t")
                    let other = Task {
                        try await client.withTransaction(.serializable) { transaction in
                            _ = try await transaction.query("UPDATE t SET value = value + 1")
                        }
                    }
                    try await other.value
                    try await transaction.query("UPDATE t SET value = value + 1")
                }
            }
            #expect(error.sqlState == .serializationFailure)
            #expect(error.isTransient)
            #expect(!error.isTimeout)
        }
    }

    @Test("what took too long is told from what somebody cancelled")
    func timeouts() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let options = TransactionOptions(lockTimeout: .milliseconds(20), statementTimeout: .milliseconds(400))
            let slow = try await #require(throws: PostgresError.self) {
                try await client.withTransaction(options) { try await $0.query("SELECT pg_sleep(60)") }
            }
            #expect(slow.sqlState == .queryCanceled)
            #expect(slow.isTimeout)
            #expect(!slow.isTransient)

            try await client.query("CREATE TABLE t (n int)")
            let locked = try await client.withTransaction { transaction in
                try await transaction.query("LOCK TABLE t")
                let other = Task {
                    try await client.withTransaction(options) { try await $0.query("SELECT * FROM t") }
                }
                return await other.result
            }
            let error = try #require(throws: PostgresError.self) { _ = try locked.get() }
            #expect(error.sqlState == .lockNotAvailable)
            #expect(error.isTimeout)

            let victim = Task { try await client.query("SELECT pg_sleep(600)") }
            let observer = database.client()
            try await observer.waitForSession(waiting: "wait_event = 'PgSleep'")
            try await observer.query(
                """
                SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event = 'PgSleep'
                """)
            let cancelled = try await #require(throws: PostgresError.self) { try await victim.value }
            #expect(cancelled.sqlState == .queryCanceled)
            #expect(!cancelled.isTimeout)
        }
    }

    @Test("a session that idles in a transaction for too long is ended by the server, and told as a timeout")
    func idleInTransaction() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let observer = database.client()
            let error = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    try await transaction.query("SET LOCAL idle_in_transaction_session_timeout = 20")
                    let process = transaction.processID
                    try await eventually("it lives on") {
                        let gone = Task {
                            try await observer.query("SELECT 1 FROM pg_stat_activity WHERE pid = \(process)").isEmpty
                        }
                        return try await gone.value
                    }
                    try await transaction.query("SELECT 1")
                }
            }
            #expect(error.code == .connectionLost)
            #expect(error.isTimeout)
        }
    }
}
