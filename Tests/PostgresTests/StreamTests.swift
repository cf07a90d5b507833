import Postgres
import PostgresTestSupport
import Testing

@Suite("Streams of rows", .timeLimit(.minutes(2)))
struct StreamTests {
    @Test("all rows come in order, with their parameters, prepared or not, and the connection goes on")
    func allRows() async throws {
        try await TestDatabase.with { database in
            try await database.client().withConnection { connection in
                for cached in [false, true, true] {
                    let query: PostgresQuery = "SELECT n::int8, 'row ' || n FROM generate_series(1, \(1000)) n"
                    if cached { try await connection.query(query) }
                    var expected = 1
                    try await connection.stream(query) { rows in
                        for try await row in rows {
                            let (number, text) = try row.decode((Int, String).self)
                            #expect(number == expected)
                            #expect(text == "row \(expected)")
                            expected += 1
                        }
                    }
                    #expect(expected == 1001)
                }
                let empty = try await connection.stream("SELECT 1 WHERE false") { rows in
                    var iterator = rows.makeAsyncIterator()
                    let first = try await iterator.next()
                    return try await iterator.next() == nil && first == nil
                }
                #expect(empty)
                try await connection.query("CREATE TEMPORARY TABLE t (n int)")
                let inserted = try await connection.stream(
                    "INSERT INTO t SELECT generate_series(1, 10) RETURNING n"
                ) { rows in try await rows.reduce(into: 0) { sum, row in sum += try row.decode(Int.self) } }
                #expect(inserted == 55)
                #expect(try await connection.query("SELECT count(*) FROM t").decode(Int.self) == [10])
            }
        }
    }

    @Test("leaving early stops the statement on the server, and the pool goes on", arguments: [true, false])
    func leavingEarly(byError: Bool) async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            let observer = database.client()
            let process = try await client.process()
            let endless: PostgresQuery = "SELECT generate_series(1, 1000000000)"
            do {
                try await client.stream(endless) { rows in
                    for try await row in rows where try row.decode(Int.self) == 3 {
                        if byError { throw BodyFailed() }
                        break
                    }
                }
                #expect(!byError)
            } catch is BodyFailed { #expect(byError) }
            #expect(try await client.process() != process)
            try await eventually("it still runs") {
                try await observer.query(
                    "SELECT 1 FROM pg_stat_activity WHERE pid = \(process) AND state = 'active'"
                ).isEmpty
            }
            #expect(client.metrics.closed == [.outOfOrder: 1])
        }
    }

    @Test("leaving when only a few rows are left keeps the connection")
    func leavingShortly() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            let process = try await client.process()
            try await client.stream("SELECT generate_series(1, 100)") { rows in for try await _ in rows { break } }
            try await client.stream("SELECT generate_series(1, 100)") { _ in }
            #expect(try await client.process() == process)
        }
    }

    @Test("inside a transaction the rest is read, so that the transaction goes on; savepoints too")
    func inTransaction() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            try await client.query("CREATE TABLE t (n int)")
            try await client.withTransaction { transaction in
                try await transaction.stream("SELECT generate_series(1, 5000)") { rows in
                    for try await _ in rows { break }
                }
                try await transaction.query("INSERT INTO t VALUES (1)")
                await #expect(throws: BodyFailed.self) {
                    try await transaction.savepoint {
                        try await transaction.stream("SELECT generate_series(1, 5000)") { rows in
                            for try await _ in rows { throw BodyFailed() }
                        }
                    }
                }
                try await transaction.query("INSERT INTO t VALUES (2)")
            }
            #expect(try await client.query("SELECT n FROM t").decode(Int.self) == [1, 2])
            await #expect(throws: BodyFailed.self) {
                try await client.withTransaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (3)")
                    try await transaction.stream("SELECT generate_series(1, 5000)") { rows in
                        for try await _ in rows { throw BodyFailed() }
                    }
                }
            }
            #expect(try await client.query("SELECT n FROM t").decode(Int.self) == [1, 2])
        }
    }

    @Test("a statement that fails at once throws before the body; one that fails later, in the loop")
    func errors() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            let process = try await client.process()
            let atOnce = try await #require(throws: PostgresError.self) {
                try await client.stream("SELECT wrong") { _ in Issue.record("the body runs") }
            }
            #expect(atOnce.sqlState == .undefinedColumn)
            #expect(atOnce.sql == "SELECT wrong")
            var count = 0
            let later = try await #require(throws: PostgresError.self) {
                try await client.stream("SELECT 1 / (\(2000) - n) FROM generate_series(1, 5000) n") { rows in
                    for try await _ in rows { count += 1 }
                }
            }
            #expect(later.sqlState == "22012")
            #expect(count == 1999)
            // Nobody looked at it, so it is told at the end.
            let unseen = try await #require(throws: PostgresError.self) {
                try await client.stream("SELECT 1 / (5 - n) FROM generate_series(1, 10) n") { rows in
                    for try await _ in rows { break }
                }
            }
            #expect(unseen.sqlState == "22012")
            let aborted = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    do {
                        try await transaction.stream("SELECT 1 / (5 - n) FROM generate_series(1, 10) n") { rows in
                            for try await _ in rows {}
                        }
                    } catch let error as PostgresError { #expect(error.sqlState == "22012") }
                }
            }
            #expect(aborted.code == .transactionAborted)
            let copy = try await #require(throws: PostgresError.self) {
                try await client.stream("COPY (SELECT 1) TO STDOUT") { _ in }
            }
            #expect(copy.code == .misuse)
            #expect(try await client.process() != process)
        }
    }

    @Test("the connection is lost in the middle: the loop is told")
    func lost() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let observer = database.client()
            let error = try await #require(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    let process = connection.processID
                    try await connection.stream("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)") { rows in
                        var isFirst = true
                        for try await _ in rows where isFirst {
                            isFirst = false
                            let killed = Task { try await observer.query("SELECT pg_terminate_backend(\(process))") }
                            _ = try await killed.value
                        }
                    }
                }
            }
            #expect(error.code == .connectionLost)
        }
    }

    @Test("a cancelled task's stream ends, and the statement too")
    func cancellation() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            let reached = Gate()
            let task = Task {
                try await client.stream("SELECT generate_series(1, 1000000000)") { rows in
                    for try await _ in rows { reached.open() }
                }
            }
            try await reached.pass()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await client.query("SELECT 1").decode(Int.self) == [1])
            #expect(client.metrics.closed == [.cancelled: 1])
        }
    }

    @Test("rows and connection are refused where they must not be used")
    func misuse() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let inside = try await #require(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.stream("SELECT 1") { _ in _ = try await connection.query("SELECT 2") }
                }
            }
            #expect(inside.code == .misuse)
            var escaped: PostgresRowStream?
            try await client.stream("SELECT 1") { escaped = $0 }
            let rows = try #require(escaped)
            let late = try await #require(throws: PostgresError.self) { for try await _ in rows {} }
            #expect(late.code == .misuse)
        }
    }
}
