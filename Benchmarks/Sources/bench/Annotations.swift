import Foundation
import Postgres

/// All annotations of a table into an array of structs.
struct ReadRows: Benchmark {
    let connections = 1
    let group = "read-rows"
    let title = "100 k rows into structs"
    let unit = "rows"

    func references(_ tools: Tools) -> [any Side] { tools.drivers(["asyncpg", "psycopg"]) }

    func work(_ client: PostgresClient, until deadline: ContinuousClock.Instant) async throws -> Int {
        let query = PostgresQuery(unsafeSQL: "SELECT \(Annotation.columns) FROM bench_annotations")
        return try await client.withConnection { connection in
            var rows = 0
            while ContinuousClock.now < deadline {
                let result = try await connection.query(query)
                let annotations = try result.map { row throws(PostgresError) in try Annotation(row) }
                precondition(annotations.count == Fixture.annotations)
                rows += annotations.count
            }
            return rows
        }
    }
}

/// Structs into a table, in binary.
struct CopyIn: Benchmark {
    let connections = 1
    let group = "copy-in"
    let title = "COPY in, 100 k rows"
    let unit = "rows"
    private let annotations = Annotation.made(Fixture.annotations)
    /// The same rows as psql reads them.
    let file: String

    func references(_ tools: Tools) -> [any Side] {
        let commands = ["TRUNCATE bench_copies", "\\copy bench_copies from '\(file)'"]
        return [PsqlCopy(program: tools.psql, commands: commands, rows: Fixture.annotations)]
            + tools.drivers(["asyncpg"])
    }

    func work(_ client: PostgresClient, until deadline: ContinuousClock.Instant) async throws -> Int {
        try await client.withConnection { connection in
            var rows = 0
            while ContinuousClock.now < deadline {
                try await connection.query("TRUNCATE bench_copies")
                try await connection.copy(annotations, into: "bench_copies")
                rows += annotations.count
            }
            return rows
        }
    }
}

/// A table's rows as blocks of text.
struct CopyOut: Benchmark {
    let connections = 1
    let group = "copy-out"
    let title = "COPY out, 100 k rows"
    let unit = "rows"

    func references(_ tools: Tools) -> [any Side] {
        let commands = ["\\copy bench_annotations to '/dev/null'"]
        return [PsqlCopy(program: tools.psql, commands: commands, rows: Fixture.annotations, times: 5)]
            + tools.drivers(["asyncpg"])
    }

    func work(_ client: PostgresClient, until deadline: ContinuousClock.Instant) async throws -> Int {
        try await client.withConnection { connection in
            var rows = 0
            while ContinuousClock.now < deadline {
                var bytes = 0
                rows += try await connection.copyOut(unsafeSQL: "COPY bench_annotations TO STDOUT") {
                    bytes += $0.count
                }
                precondition(bytes > Fixture.annotations)
            }
            return rows
        }
    }
}
