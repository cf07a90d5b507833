import Postgres
import PostgresTestSupport
import Testing

extension Stress {
    @Suite("A server process that is killed")
    struct KilledProcess {
        private let suicide: PostgresQuery = "SELECT pg_terminate_backend(pg_backend_pid())"

        private func withTable(_ body: (StressBed, PostgresClient) async throws -> Void) async throws {
            try await StressBed.with { bed in
                try await bed.observer.query("CREATE TABLE work (number int)")
                let client = bed.client(poolSize: 2)
                try await body(bed, client)
                try await bed.expectQuiet(client)
            }
        }

        private func expectEmpty(_ bed: StressBed, _ what: Comment, _ location: SourceLocation = #_sourceLocation)
            async throws
        {
            let count = try await bed.observer.query("SELECT count(*) FROM work").decode(Int.self)
            #expect(count == [0], what, sourceLocation: location)
        }

        @Test("before each statement of a transaction, BEGIN among them: lost, and undone")
        func beforeEachStatement() async throws {
            try await withTable { bed, client in
                for k in 0..<5 {
                    let error = try await #require(throws: PostgresError.self) {
                        try await client.withTransaction { transaction in
                            for number in 0..<5 {
                                if number == k { try await bed.kill(transaction.processID) }
                                try await transaction.query("INSERT INTO work VALUES (\(number))")
                            }
                        }
                    }
                    #expect(error.code == .connectionLost, "before statement \(k)")
                    #expect(error.phase == (k == 0 ? .begin : .statement), "before statement \(k)")
                    try await expectEmpty(bed, "before statement \(k)")
                }
            }
        }

        @Test("by each statement of a transaction: lost, with the server's words, and undone")
        func byEachStatement() async throws {
            try await withTable { bed, client in
                for k in 0..<5 {
                    let error = try await #require(throws: PostgresError.self) {
                        try await client.withTransaction { transaction in
                            for number in 0..<5 {
                                try await transaction.query("INSERT INTO work VALUES (\(number))")
                                if number == k { try await transaction.query(suicide) }
                            }
                        }
                    }
                    #expect(error.code == .connectionLost, "by statement \(k)")
                    #expect(error.sqlState == .adminShutdown)
                    #expect(error.sql == suicide.sql)
                    try await expectEmpty(bed, "by statement \(k)")
                }
            }
        }

        @Test("before COMMIT is sent: nobody can know")
        func beforeCommit() async throws {
            try await withTable { bed, client in
                for together in [false, true] {
                    let error = try await #require(throws: PostgresError.self) {
                        try await client.withTransaction { transaction in
                            try await transaction.query("INSERT INTO work VALUES (1)")
                            try await bed.kill(transaction.processID)
                            if together { try await transaction.commit() }
                        }
                    }
                    #expect(error.code == .commitUnknown)
                    #expect(error.phase == .commit)
                    try await expectEmpty(bed, "killed before COMMIT")
                }
            }
        }

        @Test("at each query in one flush with COMMIT: known before COMMIT, unknown from there")
        func inCommittingFlush() async throws {
            try await withTable { bed, client in
                for k in 0..<4 {
                    let error = try await #require(throws: PostgresError.self) {
                        try await client.withTransaction { transaction in
                            var queries = (0..<4).map { "INSERT INTO work VALUES (\($0))" as PostgresQuery }
                            queries[k] = suicide
                            try await transaction.commit(after: queries)
                        }
                    }
                    #expect(error.code == .connectionLost, "at query \(k)")
                    #expect(error.pipelineIndex == k)
                    try await expectEmpty(bed, "at query \(k)")
                }
            }
        }

        @Test("at each query of a pipeline, outside and inside of a transaction")
        func inPipeline() async throws {
            try await withTable { bed, client in
                for k in 0..<4 {
                    var queries = (0..<4).map { "INSERT INTO work VALUES (\($0))" as PostgresQuery }
                    queries[k] = suicide
                    let outside = try await #require(throws: PostgresError.self) {
                        try await client.withConnection { try await $0.pipeline(queries) }
                    }
                    let inside = try await #require(throws: PostgresError.self) {
                        try await client.withTransaction { transaction in
                            try await transaction.query("INSERT INTO work VALUES (9)")
                            try await transaction.pipeline(queries)
                        }
                    }
                    for error in [outside, inside] {
                        #expect(error.code == .connectionLost, "at query \(k)")
                        #expect(error.pipelineIndex == k)
                    }
                    try await expectEmpty(bed, "at query \(k)")
                }
            }
        }

        @Test("at each block of a COPY into and out of the server: lost, and undone")
        func inCopy() async throws {
            try await withTable { bed, client in
                let block = Array(repeating: Array("1\n".utf8), count: 50_000).flatMap { $0 }
                for k in 0..<4 {
                    let into = try await #require(throws: PostgresError.self) {
                        try await client.withConnection { connection in
                            let process = connection.processID
                            try await connection.copyIn(unsafeSQL: "COPY work FROM STDIN") { writer in
                                for number in 0..<4 {
                                    if number == k { try await bed.kill(process) }
                                    try await writer.write(block)
                                }
                            }
                        }
                    }
                    #expect(into.code == .connectionLost, "before block \(k)")
                    try await expectEmpty(bed, "before block \(k)")
                    let out = try await #require(throws: PostgresError.self) {
                        try await client.withConnection { connection in
                            let process = connection.processID
                            var blocks = 0
                            let sql = "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 100000)) TO STDOUT"
                            try await connection.copyOut(unsafeSQL: sql) { _ in
                                if blocks == k { try await bed.kill(process) }
                                blocks += 1
                            }
                        }
                    }
                    #expect(out.code == .connectionLost, "at block \(k)")
                }
            }
        }

        @Test("before the end of a COPY into the server: lost, and undone")
        func beforeEndOfCopy() async throws {
            try await withTable { bed, client in
                let error = try await #require(throws: PostgresError.self) {
                    try await client.withConnection { connection in
                        let process = connection.processID
                        try await connection.copyIn(unsafeSQL: "COPY work FROM STDIN") { writer in
                            try await writer.write(Array("1\n".utf8))
                            try await bed.kill(process)
                        }
                    }
                }
                #expect(error.code == .connectionLost)
                try await expectEmpty(bed, "before the end")
            }
        }

        @Test("at random, under load: nothing is lost, nothing is there twice, and the pool recovers each time")
        func atRandom() async throws {
            try await StressBed.with { bed in
                try await bed.observer.query("CREATE TABLE work (number int)")
                let client = bed.client(poolSize: 4)
                let ledger = Ledger()
                let load = Load(client: client, ledger: ledger)
                let kills = 30 * Stress.scale
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for worker in 0..<8 { group.addTask { try await load.run(worker: worker) } }
                    var generator = SeededGenerator(1)
                    for _ in 0..<kills {
                        try await eventually("nothing works any more") { load.isMoving() }
                        // Any of them, at whatever it does now.
                        let place = Int.random(in: 0..<4, using: &generator)
                        try await bed.observer.query(
                            """
                            SELECT pg_terminate_backend(pid) FROM (
                                SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                                AND application_name = 'stress' ORDER BY pid OFFSET \(place) LIMIT 1
                            ) AS victim
                            """)
                    }
                    load.stop()
                    try await group.waitForAll()
                }
                ledger.check(against: try await bed.observer.query("SELECT number FROM work").decode(Int.self))
                #expect(ledger.count(.done) > kills)
                #expect(ledger.count(.undone) + ledger.count(.unknown) > 0, "no kill has hit anything")
                try await bed.expectQuiet(client)
            }
        }
    }
}
