import LibPQ
import Logging
import Postgres
import PostgresTestSupport
import Testing

@Suite("Queries")
struct QueryTests {
    @Test("a query sends parameters and gives typed rows")
    func parametersAndRows() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let name = "O'Brien; DROP TABLE users --"
            let rows = try await client.query("SELECT \(7) + \(Int32(1)) AS number, \(name) AS name")
            #expect(rows.columns == ["number", "name"])
            #expect(try rows.decode((Int, String).self)[0] == (8, name))
            let number: Int = try rows[0]["number"]
            #expect(number == 8)
        }
    }

    @Test("the statements of a connection do not leave its thread: between them nothing hops")
    func noHop() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            var jobs: [Int] = []
            try await client.withConnection { connection in
                for number in 0..<100 {
                    _ = try await connection.query("SELECT \(number)")
                    jobs.append(connection.hopCount)
                }
            }
            #expect(Set(jobs).count == 1)
        }
    }

    @Test("a pipeline gives the rows of each query, and is one transaction")
    func pipeline() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.query("CREATE TABLE t (n int PRIMARY KEY)")
            let results = try await client.withConnection { connection in
                try await connection.pipeline([
                    "INSERT INTO t VALUES (\(1))", "INSERT INTO t VALUES (\(2))", "SELECT n FROM t ORDER BY n",
                ])
            }
            #expect(results.map(\.affectedRows) == [1, 1, 2])
            #expect(try results[2].decode(Int.self) == [1, 2])

            let error = try await #require(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.pipeline([
                        "INSERT INTO t VALUES (\(3))", "INSERT INTO t VALUES (\(1))", "INSERT INTO t VALUES (\(4))",
                    ])
                }
            }
            #expect(error.pipelineIndex == 1)
            #expect(error.sqlState == .uniqueViolation)
            #expect(error.constraint == "t_pkey")
            #expect(try await client.query("SELECT count(*) FROM t").decode(Int.self) == [2])
        }
    }

    @Test("200 queries of 200 kB whose answers are as large pass through one pipeline")
    func largePipeline() async throws {
        try await TestDatabase.with { database in
            let text = String(repeating: "x", count: 200_000)
            let results = try await database.client().withConnection { connection in
                try await connection.pipeline((0..<200).map { "SELECT \(text) || \(String($0))" })
            }
            #expect(results.count == 200)
            for (number, rows) in results.enumerated() {
                #expect(try rows.decode(String.self) == [text + String(number)])
            }
        }
    }

    @Test("several statements run as one simple query")
    func simpleQuery() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.withConnection { connection in
                try await connection.execute(unsafeSQL: "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)")
            }
            #expect(try await client.query("SELECT count(*) FROM t").decode(Int.self) == [2])
        }
    }
}
