import Postgres

/// Single-row inserts, 100 behind one sync: one flush, one transaction.
struct PipelinedInsert: Benchmark {
    let connections: Int
    let group = "pipelined-insert"
    var title: String { "pipelined INSERT" }

    private static let size = 100

    func references(_ tools: Tools) -> [any Side] {
        let insert = "INSERT INTO bench_inserts (number, name) VALUES (:number, 'a name of some length');\n"
        let script =
            "\\set number random(1, 1000000)\n\\startpipeline\n" + String(repeating: insert, count: Self.size)
            + "\\endpipeline\n"
        let pgbench = PgBench(
            program: tools.pgbench, arguments: ["-M", "prepared"], script: script, statementsPerTransaction: Self.size)
        return [pgbench] + tools.drivers(["psycopg", "asyncpg"])
    }

    func reset(_ client: PostgresClient) async throws { try await client.query("TRUNCATE bench_inserts") }

    func work(_ client: PostgresClient, until deadline: ContinuousClock.Instant) async throws -> Int {
        try await inParallel(connections) {
            try await client.withConnection { connection in
                var statements = 0
                while ContinuousClock.now < deadline {
                    let queries: [PostgresQuery] = (0..<Self.size).map { row in
                        "INSERT INTO bench_inserts (number, name) VALUES (\(statements + row), \("a name of some length"))"
                    }
                    let results = try await connection.pipeline(queries)
                    precondition(results.count == Self.size)
                    statements += results.count
                }
                return statements
            }
        }
    }
}
