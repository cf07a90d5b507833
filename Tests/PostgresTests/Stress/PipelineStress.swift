import Postgres
import PostgresTestSupport
import Testing

extension Stress {
    @Suite("Pipelines")
    struct Pipelines {
        /// The ways to fail: when it runs, when it is prepared, and by what is in the table.
        private let failures: [(query: PostgresQuery, state: SQLState)] = [
            ("SELECT 1 / 0", "22012"), ("SELEC 1", "42601"), ("SELECT missing", .undefinedColumn),
            ("INSERT INTO work VALUES (-1)", .checkViolation),
        ]

        @Test(
            "an error at each place: told with the place, all of it undone, the connection kept",
            arguments: [true, false])
        func errorAtEachPlace(isPrepared: Bool) async throws {
            try await StressBed.with { bed in
                try await bed.observer.query("CREATE TABLE work (number int CHECK (number >= 0))")
                // Fewer prepared statements than there are in one pipeline, too.
                let client = bed.client(poolSize: 1, statementCacheSize: isPrepared ? 8 : 0)
                let process = try await client.process()
                let count = 24
                for k in 0..<count {
                    let (failing, state) = failures[k % failures.count]
                    var queries = (0..<count).map { number -> PostgresQuery in
                        number % 2 == 0
                            ? "INSERT INTO work VALUES (\(number))"
                            : PostgresQuery(unsafeSQL: "SELECT \(number) AS column_\(number)")
                    }
                    queries[k] = failing
                    let outside = try await #require(throws: PostgresError.self) {
                        try await client.withConnection { try await $0.pipeline(queries) }
                    }
                    let committing = try await #require(throws: PostgresError.self) {
                        try await client.withTransaction { try await $0.commit(after: queries) }
                    }
                    for error in [outside, committing] {
                        #expect(error.code == .server)
                        #expect(error.sqlState == state)
                        #expect(error.pipelineIndex == k)
                        #expect(error.sql == failing.sql)
                    }
                    // Behind a savepoint the transaction goes on with the same connection.
                    let inside = try await client.withTransaction { transaction in
                        let error = try await #require(throws: PostgresError.self) {
                            try await transaction.savepoint { _ = try await transaction.pipeline(queries) }
                        }
                        #expect(error.pipelineIndex == k)
                        queries[k] = "SELECT \(k)"
                        return try await transaction.pipeline(queries)[k].count
                    }
                    #expect(inside == 1)
                    #expect(
                        try await client.query("DELETE FROM work").affectedRows == (count + 1) / 2
                            - (k % 2 == 0 ? 1 : 0))
                    #expect(try await client.process() == process)
                }
                // What was given up is forgotten by the server too, but for the last few.
                let kept = try await client.query("SELECT count(*) FROM pg_prepared_statements").decode(Int.self)[0]
                #expect(kept <= (isPrepared ? 8 + 16 + 1 : 0))
                try await bed.expectQuiet(client)
            }
        }

        @Test("400 queries of 200 kB, both ways at once: no deadlock, each gets its own back", .timeLimit(.minutes(5)))
        func bothWays() async throws {
            try await StressBed.with { bed in
                let client = bed.client(poolSize: 2)
                let memory = MemoryBound()
                let size = 200_000
                let count = 400
                let texts = (0..<count).map { "\($0)" + String(repeating: "x", count: size) }
                for _ in 0..<Stress.scale {
                    let results = try await client.withConnection { connection in
                        try await connection.pipeline(texts.map { "SELECT \($0)" })
                    }
                    #expect(results.count == count)
                    for (text, rows) in zip(texts, results) { #expect(try rows.decode(String.self) == [text]) }
                }
                // The texts, the parameters, libpq's buffer of what has arrived, and the results.
                memory.expect(growthBelow: 5 * size * count / 1_048_576)
                try await bed.expectQuiet(client)
            }
        }

        @Test("large answers to many small queries, and small answers to many large ones, on all connections at once")
        func lopsided() async throws {
            try await StressBed.with { bed in
                let client = bed.client(poolSize: 4)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<8 * Stress.scale {
                        group.addTask {
                            let isLargeAnswer = task % 2 == 0
                            let queries = (0..<60).map { number -> PostgresQuery in
                                isLargeAnswer
                                    ? "SELECT repeat('y', \(Int32(50_000 + number)))"
                                    : "SELECT length(\(String(repeating: "é", count: 50_000 + number)))"
                            }
                            let results = try await client.withConnection { try await $0.pipeline(queries) }
                            for (number, rows) in results.enumerated() {
                                let length =
                                    isLargeAnswer
                                    ? try rows.decode(String.self)[0].utf8.count : Int(try rows.decode(Int32.self)[0])
                                #expect(length == 50_000 + number)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await bed.expectQuiet(client)
            }
        }

        @Test("a line that is cut at any byte: lost or unknown, never an answer of another, and the pool goes on")
        func cutAnywhere() async throws {
            try await StressBed.with { bed in
                try await bed.observer.query("CREATE TABLE work (number int)")
                let client = bed.client(poolSize: 1)
                var generator = SeededGenerator(5)
                let ledger = Ledger()
                for number in 0..<60 * Stress.scale {
                    _ = try await client.process()
                    let direction = number % 2 == 0 ? Relay.Direction.toServer : .toClient
                    bed.relay.cut(after: Int.random(in: 1..<2_000, using: &generator), direction)
                    do {
                        let results = try await client.withTransaction { transaction in
                            try await transaction.query("INSERT INTO work VALUES (\(number))")
                            return try await transaction.commit(
                                after: [
                                    "SELECT \(String(repeating: "a", count: 300)), \(number)",
                                    "SELECT \(String(repeating: "b", count: 300)), \(number)",
                                ])
                        }
                        for rows in results { #expect(try rows[0].decode(Int.self, at: 1) == number) }
                        ledger.note(number, .done)
                    } catch let error as PostgresError where error.code == .connectionLost {
                        ledger.note(number, .undone)
                    } catch let error as PostgresError where error.code == .commitUnknown {
                        ledger.note(number, .unknown)
                    }
                    bed.relay.cut(after: .max, direction)
                }
                try await eventually("processes are left") {
                    try await bed.observer.query(
                        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'stress' AND state <> 'idle' AND datname = current_database()"
                    ).isEmpty
                }
                ledger.check(against: try await bed.observer.query("SELECT number FROM work").decode(Int.self))
                #expect(ledger.count(.done) > 0)
                #expect(ledger.count(.undone) > 0)
                #expect(ledger.count(.unknown) > 0)
                try await bed.expectQuiet(client)
            }
        }
    }
}
