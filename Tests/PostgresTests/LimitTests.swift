import Postgres
import PostgresTestSupport
import Testing

@Suite("Values that cannot be sent or read", .timeLimit(.minutes(2)))
struct LimitTests {
    @Test("U+0000 is refused in text, in arrays, in JSON and in the text of a statement")
    func zero() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let queries: [PostgresQuery] = [
                "SELECT \("a\0b")", "SELECT \(["a", "\0"])", "SELECT \(PostgresJSON("\"\0\""))",
                "SELECT \(PostgresJSONB("\"\0\""))", "SELECT 1 --\0",
            ]
            for query in queries {
                let error = try await #require(throws: PostgresError.self) { try await client.query(query) }
                #expect(error.code == .parameterRefused)
            }
            #expect(try await client.query("SELECT \([UInt8(0)])").decode([UInt8].self) == [[0]])
        }
    }

    @Test("bytes that are not UTF-8, from a database without an encoding, are an error, not other text")
    func notUTF8() async throws {
        try await TestDatabase.with { database in
            let name = "\(database.name)_ascii"
            let administrator = database.client()
            try await administrator.query(
                PostgresQuery(
                    unsafeSQL: "CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"))
            let client = database.client(
                PostgresConfiguration(connectionString: TestDatabase.url(database.connectionString, database: name)))
            // The server looks at what it sends, because the connection says that it wants UTF-8.
            let refused = try await #require(throws: PostgresError.self) { try await client.query("SELECT E'ab\\xff'") }
            #expect(refused.sqlState == "22021")
            // Somebody may switch that off.
            try await client.withConnection { connection in
                try await connection.execute(unsafeSQL: "SET client_encoding = 'SQL_ASCII'")
                for text in ["E'ab\\xff'", "E'\\xe4'::varchar", "E'\\xc3'::name", "E'\"\\xff\"'::json"] {
                    let rows = try await connection.query(PostgresQuery(unsafeSQL: "SELECT \(text) AS value"))
                    let error = try #require(throws: PostgresError.self) {
                        if text.hasSuffix("json") { _ = try rows.decode(PostgresJSON.self) }
                        return try rows.decode(String.self)
                    }
                    #expect(error.code == .decodingFailed)
                    #expect(error.column == "value")
                }
                let array = try await connection.query("SELECT ARRAY['a', E'\\xff']")
                #expect(throws: PostgresError.self) { try array.decode([String].self) }
                // An error's message that is not UTF-8 must not bring anything down.
                await #expect(throws: PostgresError.self) { try await connection.query("SELECT E'\\xff'::int") }
                try await connection.execute(unsafeSQL: "RESET client_encoding")
            }
            #expect(try await client.query("SELECT E'\\xc3\\xa4'::text").decode(String.self) == ["ä"])
            await client.close()
            try await administrator.query(PostgresQuery(unsafeSQL: "DROP DATABASE \(name) WITH (FORCE)"))
        }
    }
}
