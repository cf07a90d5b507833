import Postgres

/// Single-row inserts, 100 behind one sync: one flush, one transaction.
struct PipelinedInsert: Benchmark {
    let connections: Int
    let group = "pipelined-insert"
    var title: String { "pipelined INSERT" }
    let pgbenchArguments = ["-M", "prepared"]
    let statementsPerTransaction = 100

    var pgbenchScript: String? {
        let insert = "INSERT INTO bench_inserts (number, name) VALUES (:number, 'a name of some length');\n"
        return "\\set number random(1, 1000000)\n\\startpipeline\n"
            + String(repeating: insert, count: statementsPerTransaction) + "\\endpipeline\n"
    }

    func reset(_ client: PostgresClient) async throws { try await client.query("TRUNCATE bench_inserts") }

    func work(_ client: PostgresClient, until deadline: ContinuousClock.Instant) async throws -> Int {
        try await inParallel(connections) {
            try await client.withConnection { connection in
                var statements = 0
                while ContinuousClock.now < deadline {
                    let queries: [PostgresQuery] = (0..<100).map { row in
                        "INSERT INTO bench_inserts (number, name) VALUES (\(statements + row), \("a name of some length"))"
                    }
                    let results = try await connection.pipeline(queries)
                    precondition(results.count == 100)
                    statements += results.count
                }
                return statements
            }
        }
    }
}
