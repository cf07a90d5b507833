import Logging
import Postgres
import PostgresTestSupport
import Testing

extension Stress {
    @Suite("Values that cannot be sent or read")
    struct HostileValues {
        private func expectRefused(
            _ client: PostgresClient, _ process: Int32, sourceLocation: SourceLocation = #_sourceLocation,
            _ body: (PostgresConnection) async throws -> Void
        ) async throws {
            let error = try await #require(throws: PostgresError.self, sourceLocation: sourceLocation) {
                try await client.withConnection { try await body($0) }
            }
            #expect(error.code == .parameterRefused, sourceLocation: sourceLocation)
            #expect(try await client.process() == process, "the connection is not kept", sourceLocation: sourceLocation)
        }

        @Test("U+0000 is refused wherever it can stand, before anything is sent")
        func zero() async throws {
            try await StressBed.with { bed in
                try await bed.observer.query("CREATE TABLE work (text text)")
                let client = bed.client(poolSize: 1)
                let process = try await client.process()
                for text in ["\0", "a\0", "\0a", "ä\0ö", String(repeating: "x", count: 100_000) + "\0"] {
                    let insert: PostgresQuery = "INSERT INTO work VALUES (\(text))"
                    try await expectRefused(client, process) { _ = try await $0.query(insert) }
                    try await expectRefused(client, process) { _ = try await $0.query(insert.unprepared()) }
                    try await expectRefused(client, process) { _ = try await $0.query("SELECT \(["a", text])") }
                    try await expectRefused(client, process) { _ = try await $0.query("SELECT \(PostgresJSON(text))") }
                    try await expectRefused(client, process) { _ = try await $0.query("SELECT \(PostgresJSONB(text))") }
                    try await expectRefused(client, process) {
                        _ = try await $0.pipeline(["INSERT INTO work VALUES ('a')", insert])
                    }
                    try await expectRefused(client, process) { connection in
                        try await connection.withTransaction { transaction in
                            try await transaction.query("INSERT INTO work VALUES ('a')")
                            try await transaction.commit(after: [insert])
                        }
                    }
                    try await expectRefused(client, process) {
                        _ = try await $0.query(PostgresQuery(unsafeSQL: "SELECT '\(text)'"))
                    }
                    try await expectRefused(client, process) { try await $0.execute(unsafeSQL: "SELECT '\(text)'") }
                    try await expectRefused(client, process) { connection in
                        try await connection.copyIn(unsafeSQL: "COPY work FROM STDIN (FORMAT binary)") { writer in
                            try await writer.row(1) { $0.writeWithLength("fine") }
                            try await writer.row(1) { $0.writeWithLength(text) }
                        }
                    }
                }
                #expect(try await client.query("SELECT count(*) FROM work").decode(Int.self) == [0])
                try await bed.expectQuiet(client)
            }
        }

        @Test(
            "a parameter of 256 MiB goes through; one byte more is refused before it is sent, and its memory given back"
        )
        func large() async throws {
            try await StressBed.with { bed in
                let client = bed.client(poolSize: 1)
                let process = try await client.process()
                let limit = 256 << 20
                let memory = MemoryBound()
                do {
                    let bytes = block(limit + 1)
                    try await expectRefused(client, process) { _ = try await $0.query("SELECT length(\(bytes))") }
                    // These, and one copy for the parameter.
                    memory.expect(growthBelow: 2 * 256 + 64)
                }
                memory.expect(growthBelow: 64)
                let bytes = block(limit)
                let length = try await client.query("SELECT length(\(bytes))").decode(Int32.self)
                #expect(length == [Int32(limit)])
                #expect(try await client.process() == process)
                try await bed.expectQuiet(client)
            }
        }

        /// Bytes in one go: a loop over so many takes seconds in a debug build.
        private func block(_ count: Int) -> [UInt8] {
            Array(unsafeUninitializedCapacity: count) { buffer, initialized in
                UnsafeMutableRawBufferPointer(buffer).initializeMemory(as: UInt8.self, repeating: 7)
                initialized = count
            }
        }

        @Test("bytes that are no UTF-8, from a database without an encoding, are an error and not other characters")
        func invalidUTF8() async throws {
            try await TestDatabase.with { outer in
                let administrator = outer.client(poolSize: 1)
                let name = "\(outer.name)_ascii"
                try await administrator.withConnection { connection in
                    try await connection.execute(
                        unsafeSQL: "CREATE DATABASE \(name) ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
                }
                let client = PostgresClient(
                    configuration: PostgresConfiguration(
                        connectionString: TestDatabase.url(outer.connectionString, database: name), poolSize: 1),
                    logger: Logger(label: "test"))
                do {
                    try await readInvalid(client)
                } catch {
                    Issue.record(error)
                }
                await client.close()
                try await administrator.withConnection { connection in
                    try await connection.execute(unsafeSQL: "DROP DATABASE \(name) WITH (FORCE)")
                }
            }
        }

        private func readInvalid(_ client: PostgresClient) async throws {
            let process = try await client.process()
            try await client.query("CREATE TABLE work (text text)")
            _ = try await client.withConnection { connection in
                try await connection.copyIn(unsafeSQL: "COPY work FROM STDIN (ENCODING 'SQL_ASCII')") {
                    try await $0.write([0x61, 0xff, 0xfe, 0x62, 0x0a, 0xed, 0xa0, 0x80, 0x0a, 0xc3, 0x0a])
                }
            }
            // The server looks first, because the client has said that it wants UTF-8.
            let refused = try await #require(throws: PostgresError.self) {
                try await client.query("SELECT text FROM work")
            }
            #expect(refused.sqlState == "22021")
            // A session that says otherwise gets the bytes as they are.
            let rows = try await client.withConnection { connection in
                try await connection.query("SET client_encoding = 'SQL_ASCII'")
                return try await connection.query("SELECT text FROM work")
            }
            #expect(rows.count == 3)
            for row in rows {
                let error = try #require(throws: PostgresError.self) { try row.decode(String.self) }
                #expect(error.code == .decodingFailed)
                #expect(error.column == "text")
            }
            #expect(try await client.process() == process)
        }
    }
}
