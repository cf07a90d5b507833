import Postgres
import PostgresTestSupport
import Testing

extension Stress {
    @Suite("COPY that is broken off")
    struct Copies {
        private func withTable(_ body: (StressBed, PostgresClient) async throws -> Void) async throws {
            try await StressBed.with { bed in
                try await bed.observer.query("CREATE TABLE work (number int)")
                let client = bed.client(poolSize: 1)
                try await body(bed, client)
                #expect(try await bed.observer.query("SELECT count(*) FROM work").decode(Int.self) == [0])
                try await bed.expectQuiet(client)
            }
        }

        /// Rows of text, all of them right but the one at `bad`.
        private func rows(_ count: Int, bad: Int? = nil) -> [UInt8] {
            var bytes: [UInt8] = []
            for number in 0..<count { bytes += Array((number == bad ? "bad\n" : "\(number)\n").utf8) }
            return bytes
        }

        @Test("by a body that throws before, between and behind its blocks: its own error, the connection kept")
        func bodyThrows() async throws {
            try await withTable { _, client in
                let process = try await client.process()
                let block = rows(20_000)
                for k in 0..<6 {
                    await #expect(throws: BodyFailed.self) {
                        try await client.withConnection { connection in
                            try await connection.copyIn(unsafeSQL: "COPY work FROM STDIN") { writer in
                                for number in 0..<6 {
                                    if number == k { throw BodyFailed() }
                                    try await writer.write(block)
                                }
                            }
                        }
                    }
                    await #expect(throws: BodyFailed.self) {
                        try await client.withConnection { connection in
                            try await connection.copyIn(unsafeSQL: "COPY work FROM STDIN (FORMAT binary)") { writer in
                                for number in 0..<60_000 {
                                    if number == k * 10_000 { throw BodyFailed() }
                                    try await writer.row(1) { $0.writeWithLength(Int32(number)) }
                                }
                            }
                        }
                    }
                    #expect(try await client.process() == process)
                }
            }
        }

        @Test("by a body that has seen enough of what comes out: its own error, and the pool goes on")
        func readerThrows() async throws {
            try await withTable { (_, client) async throws -> Void in
                for k in 0..<6 {
                    var blocks = 0
                    await #expect(throws: BodyFailed.self) {
                        try await client.withTransaction { transaction in
                            try await transaction.query("INSERT INTO work VALUES (1)")
                            try await transaction.copyOut(
                                unsafeSQL: "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 100000)) TO STDOUT"
                            ) { _ in
                                if blocks == k { throw BodyFailed() }
                                blocks += 1
                            }
                        }
                    }
                    #expect(blocks == k)
                    let answer = try await client.query("SELECT \(k)").decode(Int.self)
                    #expect(answer == [k])
                }
            }
        }

        @Test(
            "by the server, which refuses a row: its error, whatever has been written behind it, the connection kept",
            arguments: [0, 1, 5_000, 99_999])
        func serverRefuses(bad: Int) async throws {
            try await withTable { bed, client in
                let process = try await client.process()
                let bytes = rows(100_000, bad: bad)
                for size in [1_000, 65_536, bytes.count] {
                    let error = try await #require(throws: PostgresError.self) {
                        try await client.withConnection { connection in
                            try await connection.copyIn(unsafeSQL: "COPY work FROM STDIN") { writer in
                                for start in stride(from: 0, to: bytes.count, by: size) {
                                    try await writer.write(Array(bytes[start..<min(start + size, bytes.count)]))
                                }
                            }
                        }
                    }
                    #expect(error.code == .server)
                    #expect(error.sqlState == "22P02")
                    #expect(error.context?.contains("line \(bad + 1)") == true)
                    #expect(try await client.process() == process)
                }
            }
        }

        @Test("by the server, in the middle of what comes out", arguments: [1, 1_000, 90_000])
        func serverFails(bad: Int) async throws {
            try await withTable { _, client in
                let process = try await client.process()
                let sql = "COPY (SELECT 1 / (\(bad) - n) FROM generate_series(1, 100000) n) TO STDOUT"
                let error = try await #require(throws: PostgresError.self) {
                    try await client.withConnection { try await $0.copyOut(unsafeSQL: sql) { _ in } }
                }
                #expect(error.sqlState == "22012")
                #expect(try await client.process() == process)
            }
        }

        @Test("by a line that is cut, in both directions, at any byte: lost, and the pool goes on")
        func lineIsCut() async throws {
            try await withTable { bed, client in
                let block = rows(20_000)
                var generator = SeededGenerator(6)
                for _ in 0..<8 * Stress.scale {
                    _ = try await client.process()
                    bed.relay.cut(after: Int.random(in: 100..<block.count * 3, using: &generator), .toServer)
                    let into = try await #require(throws: PostgresError.self) {
                        try await client.withConnection { connection in
                            try await connection.copyIn(unsafeSQL: "COPY work FROM STDIN") { writer in
                                for _ in 0..<4 { try await writer.write(block) }
                            }
                        }
                    }
                    #expect(into.code == .connectionLost)
                    _ = try await client.process()
                    bed.relay.cut(after: Int.random(in: 100..<9_000_000, using: &generator), .toClient)
                    var bytes = 0
                    let out = try await #require(throws: PostgresError.self) {
                        try await client.withConnection { connection in
                            try await connection.copyOut(
                                unsafeSQL: "COPY (SELECT repeat('x', 999) FROM generate_series(1, 10000)) TO STDOUT"
                            ) { bytes += $0.count }
                        }
                    }
                    #expect(out.code == .connectionLost)
                    #expect(bytes % 1_000 == 0, "half a row")
                }
                try await eventually("processes are left") {
                    try await bed.observer.query(
                        """
                        SELECT 1 FROM pg_stat_activity
                        WHERE datname = current_database() AND application_name = 'stress' AND state <> 'idle'
                        """
                    ).isEmpty
                }
            }
        }

        @Test("much more than fits into memory at once goes through, both ways")
        func bounded() async throws {
            try await StressBed.with { bed in
                let client = bed.client(poolSize: 1)
                let memory = MemoryBound()
                let sent = 200_000 * Stress.scale
                try await client.withConnection { connection in
                    try await connection.execute(unsafeSQL: "CREATE TEMPORARY TABLE large (text text)")
                    var received = 0
                    let count = try await connection.copyOut(
                        unsafeSQL: "COPY (SELECT repeat('x', 999) FROM generate_series(1, \(sent))) TO STDOUT"
                    ) { received += $0.count }
                    #expect(count == sent)
                    #expect(received == sent * 1_000)
                    let block = Array(repeating: Array(String(repeating: "x", count: 999).utf8) + [10], count: 1_000)
                        .flatMap { $0 }
                    let written = try await connection.copyIn(unsafeSQL: "COPY large FROM STDIN") { writer in
                        for _ in 0..<sent / 4_000 { try await writer.write(block) }
                    }
                    #expect(written == sent / 4)
                }
                memory.expect(growthBelow: 64)
                try await bed.expectQuiet(client)
            }
        }
    }
}
