import Postgres
import PostgresTestSupport
import Testing

@Suite("Transactions", .timeLimit(.minutes(2)))
struct TransactionTests {
    private func withTable<R>(_ body: (PostgresClient) async throws -> R) async throws -> R {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.query("CREATE TABLE t (n int PRIMARY KEY)")
            return try await body(client)
        }
    }

    private func numbers(_ client: PostgresClient) async throws -> [Int] {
        try await client.query("SELECT n FROM t ORDER BY n").decode(Int.self)
    }

    @Test("the normal end of the body commits, an error rolls back and is thrown as it is")
    func commitAndRollback() async throws {
        try await withTable { client in
            let inserted = try await client.withTransaction {
                try await $0.query("INSERT INTO t VALUES (1)").affectedRows
            }
            #expect(inserted == 1)
            await #expect(throws: BodyFailed.self) {
                try await client.withTransaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (2)")
                    throw BodyFailed()
                }
            }
            #expect(try await numbers(client) == [1])
            #expect(client.counts.all == 1)
        }
    }

    @Test("commit(after:) runs the queries and ends the transaction")
    func commitAfter() async throws {
        try await withTable { client in
            let results = try await client.withTransaction { transaction in
                try await transaction.query("INSERT INTO t VALUES (1)")
                let results = try await transaction.commit(after: [
                    "INSERT INTO t VALUES (2)", "SELECT count(*) FROM t",
                ])
                let error = try await #require(throws: PostgresError.self) { try await transaction.query("SELECT 1") }
                #expect(error.code == .misuse)
                return results
            }
            #expect(try results[1].decode(Int.self) == [2])
            try await client.withTransaction { _ = try await $0.commit(after: ["INSERT INTO t VALUES (3)"]) }
            #expect(try await numbers(client) == [1, 2, 3])
        }
    }

    @Test("a query that fails in commit(after:) undoes everything and is told by its place")
    func commitAfterFails() async throws {
        try await withTable { client in
            let error = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (1)")
                    try await transaction.commit(after: ["INSERT INTO t VALUES (2)", "INSERT INTO t VALUES (1)"])
                }
            }
            #expect(error.pipelineIndex == 1)
            #expect(error.sqlState == .uniqueViolation)
            #expect(error.phase == .statement)
            // A body that hides the error does not get a commit that never happened.
            let hidden = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    _ = try? await transaction.commit(after: ["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"])
                }
            }
            #expect(hidden.sqlState == .uniqueViolation)
            #expect(try await numbers(client) == [])
            #expect(client.counts.all == 1)
        }
    }

    @Test("a constraint that is checked at COMMIT fails in the phase commit")
    func deferredConstraint() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.query("CREATE TABLE t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            let error = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    try await transaction.pipeline(["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"])
                }
            }
            #expect(error.phase == .commit)
            #expect(error.sqlState == .uniqueViolation)
            let flushed = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    try await transaction.commit(after: ["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"])
                }
            }
            #expect(flushed.phase == .commit)
            #expect(flushed.pipelineIndex == nil)
        }
    }

    @Test("a body that returns normally after a failed statement has not committed, and is told so")
    func aborted() async throws {
        try await withTable { client in
            let error = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (1)")
                    _ = try? await transaction.query("SELECT * FROM nothing")
                }
            }
            #expect(error.code == .transactionAborted)
            #expect(error.phase == .commit)
            let flushed = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    _ = try? await transaction.query("SELECT * FROM nothing")
                    try await transaction.commit()
                }
            }
            #expect(flushed.code == .transactionAborted)
            #expect(try await numbers(client) == [])
            #expect(client.counts.all == 1)
        }
    }

    @Test("a transaction without statements is none")
    func empty() async throws {
        try await withTable { client in
            let result = try await client.withTransaction { _ in 7 }
            #expect(result == 7)
        }
    }

    @Test("a commit(after:) that was refused before anything was sent is no commit, even when the body hides it")
    func commitAfterRefused() async throws {
        try await withTable { client in
            let error = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    _ = try? await transaction.commit(after: ["SELECT \("a\0b")"])
                }
            }
            #expect(error.code == .parameterRefused)
        }
    }

    @Test("a body that accepts the failure of its commit(after:) may return normally; nothing is committed")
    func acceptedRollback() async throws {
        try await withTable { client in
            let outcome = try await client.withTransaction { transaction in
                do {
                    try await transaction.commit(after: ["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"])
                    return "committed"
                } catch let error as PostgresError where error.sqlState == .uniqueViolation {
                    transaction.acceptRollback()
                    return "undone"
                }
            }
            #expect(outcome == "undone")
            #expect(try await numbers(client) == [])
        }
    }

    @Test("a COPY or a simple query as the first statement of a transaction is inside of it")
    func firstStatement() async throws {
        try await withTable { client in
            await #expect(throws: BodyFailed.self) {
                try await client.withTransaction { transaction in
                    try await transaction.execute(unsafeSQL: "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")
                    throw BodyFailed()
                }
            }
            let left = try await numbers(client)
            #expect(left == [])
        }
    }

    @Test("a transaction inside of a transaction is refused, on the connection and on the client")
    func nested() async throws {
        try await withTable { client in
            let onClient = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { _ in try await client.withTransaction { _ in } }
            }
            #expect(onClient.code == .misuse)
            let onConnection = try await #require(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.withTransaction { _ in try await connection.withTransaction { _ in } }
                }
            }
            #expect(onConnection.code == .misuse)
            let byHand = try await #require(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.execute(unsafeSQL: "BEGIN")
                    try await connection.withTransaction { _ in }
                }
            }
            #expect(byHand.code == .misuse)
            try await client.withTransaction { _ = try await $0.query("INSERT INTO t VALUES (1)") }
        }
    }

    @Test("connection and transaction used after their closure are refused")
    func afterTheClosure() async throws {
        try await withTable { client in
            var connection: PostgresConnection?
            var transaction: PostgresTransaction?
            try await client.withConnection { connection = $0 }
            try await client.withTransaction { transaction = $0 }
            let first = try await #require(throws: PostgresError.self) { try await connection!.query("SELECT 1") }
            #expect(first.code == .misuse)
            let second = try await #require(throws: PostgresError.self) { try await transaction!.query("SELECT 1") }
            #expect(second.code == .misuse)
        }
    }

    @Test("a body that ends the transaction by a statement of its own is told, and nothing runs outside")
    func endedByStatement() async throws {
        try await withTable { client in
            let error = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (1)")
                    try await transaction.query("ROLLBACK")
                    try await transaction.query("INSERT INTO t VALUES (2)")
                }
            }
            #expect(error.code == .misuse)
            #expect(try await numbers(client) == [])
        }
    }

    @Test("isolation, read only, and the limits of time are those of the options")
    func options() async throws {
        try await withTable { client in
            let level = try await client.withTransaction(.snapshot) { transaction in
                try await transaction.query("SHOW transaction_isolation").decode(String.self)
            }
            #expect(level == ["repeatable read"])
            let readOnly = try await #require(throws: PostgresError.self) {
                try await client.withTransaction(.readOnly) { try await $0.query("INSERT INTO t VALUES (1)") }
            }
            #expect(readOnly.sqlState == .readOnlyTransaction)
            let slow = try await #require(throws: PostgresError.self) {
                try await client.withTransaction(TransactionOptions(statementTimeout: .milliseconds(20))) {
                    transaction in
                    try await transaction.query("SELECT pg_sleep(60)")
                }
            }
            #expect(slow.sqlState == .queryCanceled)
            let locked = try await client.withConnection { connection in
                try await connection.execute(unsafeSQL: "BEGIN; LOCK TABLE t")
                let other = Task {
                    try await client.withTransaction(TransactionOptions(lockTimeout: .milliseconds(20))) {
                        transaction in
                        try await transaction.query("SELECT * FROM t")
                    }
                }
                let outcome = await other.result
                try await connection.execute(unsafeSQL: "ROLLBACK")
                return outcome
            }
            let error = try #require(throws: PostgresError.self) { _ = try locked.get() }
            #expect(error.sqlState == .lockNotAvailable)
            #expect(try await client.query("SHOW lock_timeout").decode(String.self) == ["0"])
        }
    }

    @Test("a transient failure runs the body again, as often as the options say, and no other failure does")
    func retry() async throws {
        try await withTable { client in
            let fail: PostgresQuery = "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$"
            var attempts = 0
            try await client.withTransaction(TransactionOptions(retry: .init(attempts: 3))) { transaction in
                attempts += 1
                try await transaction.query("INSERT INTO t VALUES (\(attempts))")
                if attempts < 3 { try await transaction.query(fail) }
            }
            #expect(attempts == 3)
            #expect(try await numbers(client) == [3])

            attempts = 0
            let error = try await #require(throws: PostgresError.self) {
                try await client.withTransaction(TransactionOptions(retry: .init(attempts: 2))) { transaction in
                    attempts += 1
                    try await transaction.query(fail)
                }
            }
            #expect(attempts == 2)
            #expect(error.sqlState == .serializationFailure)

            attempts = 0
            await #expect(throws: PostgresError.self) {
                try await client.withTransaction(TransactionOptions(retry: .init(attempts: 5))) { transaction in
                    attempts += 1
                    try await transaction.query("INSERT INTO t VALUES (3)")
                }
            }
            #expect(attempts == 1)
        }
    }

    @Test("a savepoint undoes its body alone")
    func savepoint() async throws {
        try await withTable { client in
            try await client.withTransaction { transaction in
                try await transaction.query("INSERT INTO t VALUES (1)")
                await #expect(throws: PostgresError.self) {
                    try await transaction.savepoint {
                        try await transaction.query("INSERT INTO t VALUES (2)")
                        try await transaction.query("INSERT INTO t VALUES (1)")
                    }
                }
                try await transaction.savepoint { _ = try await transaction.query("INSERT INTO t VALUES (3)") }
            }
            #expect(try await numbers(client) == [1, 3])
        }
    }
}
