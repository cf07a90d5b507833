import Foundation
import Postgres
import PostgresTestSupport
import Testing

/// One after the other: each looks at what the process holds, or makes it hold much.
@Suite("Memory", .serialized, .timeLimit(.minutes(3)))
struct MemoryTests {
    /// What the process holds in memory, in MiB.
    private func residentSize() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1])) / 1024
    }

    @Test("two million rows of 100 bytes pass through without memory growing with them")
    func memory() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.stream("SELECT n, repeat('x', 100) FROM generate_series(1, 2000000) n") { rows in
                var count = 0
                var start = 0
                for try await row in rows {
                    count += 1
                    if count == 1_000 { start = try residentSize() }
                    if count % 500_000 == 0 {
                        let now = try residentSize()
                        // All of it would be more than 400 MiB; other tests run in the same process.
                        #expect(now - start < 150, "\(count) rows")
                        #expect(try row.decode(Int.self, at: 0) == count)
                    }
                }
                #expect(count == 2_000_000)
            }
        }
    }

    /// As many bytes, without an array of them.
    private struct Large: PostgresEncodable {
        let megabytes: Int

        static var postgresType: PostgresType { .bytea }
        static var postgresArrayType: PostgresType { .byteaArray }
        func encode(into writer: inout PostgresWriter) {
            let block = [UInt8](repeating: 0x61, count: 1_048_576)
            for _ in 0..<megabytes { writer.write(contentsOf: block) }
        }
    }

    @Test("a value of more than 256 MiB is refused before anything is sent")
    func size() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let process = try await client.process()
            let error = try await #require(throws: PostgresError.self) {
                try await client.query("SELECT \(Large(megabytes: 257))")
            }
            #expect(error.code == .parameterRefused)
            #expect(error.message.contains("256 MiB"))
            #expect(try await client.query("SELECT length(\(Large(megabytes: 8)))").decode(Int.self) == [8 * 1_048_576])
            #expect(try await client.process() == process)
        }
    }
}
