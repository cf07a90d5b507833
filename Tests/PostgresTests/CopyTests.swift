import Postgres
import PostgresTestSupport
import Testing

@Suite("COPY", .timeLimit(.minutes(2)))
struct CopyTests {
    private func withTable<R>(_ body: (PostgresClient) async throws -> R) async throws -> R {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            try await client.query("CREATE TABLE t (n int, name text, tags text[])")
            return try await body(client)
        }
    }

    private let intoBinary = "COPY t FROM STDIN (FORMAT binary)"

    @Test("text goes in by blocks that need not end with a row")
    func textIn() async throws {
        try await withTable { client in
            let count = try await client.withConnection { connection in
                try await connection.copyIn(unsafeSQL: "COPY t (n, name) FROM STDIN") { writer in
                    try await writer.write(Array("1\ta\n2".utf8))
                    try await writer.write([])
                    try await writer.write(Array("\t\\N\n".utf8))
                }
            }
            #expect(count == 2)
            let rows = try await client.query("SELECT n, name FROM t ORDER BY n").decode((Int, String?).self)
            #expect(rows.map(\.0) == [1, 2])
            #expect(rows.map(\.1) == ["a", nil])
        }
    }

    @Test("binary rows go in and out unchanged, many more than fit into a buffer")
    func binaryBothWays() async throws {
        try await withTable { client in
            let total = 30_000
            var block: [UInt8] = []
            try await client.withConnection { connection in
                let count = try await connection.copyIn(unsafeSQL: intoBinary) { writer in
                    for number in 0..<total {
                        try await writer.row(3) { row in
                            row.writeWithLength(Int32(number))
                            row.writeWithLength(number % 3 == 0 ? nil : "name \(number)")
                            row.writeWithLength(["x", String(repeating: "y", count: number % 50)])
                        }
                    }
                }
                #expect(count == total)
                var blocks = 0
                let sent = try await connection.copyOut(
                    unsafeSQL: "COPY (SELECT * FROM t ORDER BY n) TO STDOUT (FORMAT binary)"
                ) {
                    blocks += 1
                    block += $0
                }
                #expect(sent == total)
                #expect(blocks > 3)
                try await connection.execute(unsafeSQL: "CREATE TABLE u (LIKE t)")
                // Header and trailer are in what came out: they go in as they are.
                let text = try await connection.query("SELECT count(*), sum(n), sum(cardinality(tags)) FROM t")
                #expect(try text[0].decode((Int, Int, Int).self) == (total, total * (total - 1) / 2, total * 2))
            }
            #expect(block.starts(with: Array("PGCOPY\n".utf8)))
            #expect(block.suffix(2) == [0xff, 0xff])
        }
    }

    @Test("a body that throws undoes the COPY into the server; its error is thrown and the connection is kept")
    func abortedIn() async throws {
        try await withTable { client in
            let process = try await client.process()
            await #expect(throws: BodyFailed.self) {
                try await client.withConnection { connection in
                    try await connection.copyIn(unsafeSQL: "COPY t (n) FROM STDIN") { writer in
                        try await writer.write(Array(repeating: Array("1\n".utf8), count: 100_000).flatMap { $0 })
                        throw BodyFailed()
                    }
                }
            }
            #expect(try await client.query("SELECT count(*) FROM t").decode(Int.self) == [0])
            #expect(try await client.process() == process)
        }
    }

    @Test("a row that the server refuses is its error, and the connection is kept")
    func refusedRow() async throws {
        try await withTable { client in
            let process = try await client.process()
            let error = try await #require(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.copyIn(unsafeSQL: "COPY t (n) FROM STDIN") { writer in
                        try await writer.write(Array("1\ngeheim\n".utf8))
                        // More than the socket holds: the server throws it away, and nobody waits for ever.
                        for _ in 0..<20 {
                            try await writer.write(Array(repeating: UInt8(ascii: "\n"), count: 1_000_000))
                        }
                    }
                }
            }
            #expect(error.sqlState == "22P02")
            #expect(!"\(error)".contains("geheim"))
            #expect(try await client.query("SELECT count(*) FROM t").decode(Int.self) == [0])
            #expect(try await client.process() == process)
        }
    }

    @Test("in a transaction a COPY is part of it")
    func inTransaction() async throws {
        try await withTable { client in
            await #expect(throws: BodyFailed.self) {
                try await client.withTransaction { transaction in
                    let count = try await transaction.copyIn(unsafeSQL: "COPY t (n) FROM STDIN") {
                        try await $0.write(Array("1\n2\n".utf8))
                    }
                    #expect(count == 2)
                    throw BodyFailed()
                }
            }
            try await client.withTransaction { transaction in
                try await transaction.copyIn(unsafeSQL: "COPY t (n) FROM STDIN") {
                    try await $0.write(Array("3\n".utf8))
                }
                var out: [UInt8] = []
                try await transaction.copyOut(unsafeSQL: "COPY t (n) TO STDOUT") { out += $0 }
                #expect(out == Array("3\n".utf8))
            }
            #expect(try await client.query("SELECT n FROM t").decode(Int.self) == [3])
        }
    }

    @Test("a body that has seen enough ends the COPY out of the server; the pool goes on")
    func abortedOut() async throws {
        try await withTable { client in
            var blocks = 0
            await #expect(throws: BodyFailed.self) {
                try await client.withConnection { connection in
                    try await connection.copyOut(unsafeSQL: "COPY (SELECT generate_series(1, 10000000)) TO STDOUT") {
                        _ in
                        blocks += 1
                        if blocks == 3 { throw BodyFailed() }
                    }
                }
            }
            #expect(blocks == 3)
            let rows = try await client.query("SELECT 1")
            #expect(rows.count == 1)
        }
    }

    @Test("an error of the server in the middle of its rows reaches the caller, and the connection is kept")
    func failingOut() async throws {
        try await withTable { client in
            let process = try await client.process()
            let error = try await #require(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.copyOut(
                        unsafeSQL: "COPY (SELECT 1 / (50000 - n) FROM generate_series(1, 60000) n) TO STDOUT"
                    ) { _ in }
                }
            }
            #expect(error.sqlState == "22012")
            #expect(try await client.process() == process)
        }
    }

    @Test("what the driver cannot do during or by a COPY is refused")
    func misuse() async throws {
        try await withTable { client in
            try await client.withConnection { connection in
                var kept: PostgresCopyWriter?
                try await connection.copyIn(unsafeSQL: "COPY t (n) FROM STDIN") { writer in
                    kept = writer
                    let query = try await #require(throws: PostgresError.self) {
                        try await connection.query("SELECT 1")
                    }
                    #expect(query.code == .misuse)
                    let row = try await #require(throws: PostgresError.self) {
                        try await writer.row(1) { $0.writeWithLength(Int32(1)) }
                    }
                    #expect(row.code == .misuse)
                }
                let late = try await #require(throws: PostgresError.self) { try await kept!.write([]) }
                #expect(late.code == .misuse)
                let columns = try await #require(throws: PostgresError.self) {
                    try await connection.copyIn(unsafeSQL: intoBinary) {
                        try await $0.row(3) { $0.writeWithLength(Int32(1)) }
                    }
                }
                #expect(columns.code == .misuse)
                let noCopy = try await #require(throws: PostgresError.self) {
                    try await connection.copyIn(unsafeSQL: "SELECT 1") { _ in }
                }
                #expect(noCopy.code == .misuse)
                let missing = try await #require(throws: PostgresError.self) {
                    try await connection.copyIn(unsafeSQL: "COPY missing FROM STDIN") { _ in }
                }
                #expect(missing.sqlState == .undefinedTable)
                #expect(try await connection.query("SELECT count(*) FROM t").decode(Int.self) == [0])
            }
        }
    }
}
