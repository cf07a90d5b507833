import Foundation
import Postgres
import PostgresTestSupport
import Testing

@Suite("Values")
struct CodecTests {
    /// Sends each value alone, as an array, and beside NULL; what comes back must be the same.
    private func roundTrip<T: PostgresCodable & Equatable>(
        _ connection: PostgresConnection, _ values: [T], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for value in values {
            let back = try await connection.query("SELECT \(value)").decode(T.self)
            #expect(back == [value], sourceLocation: sourceLocation)
        }
        let none = try await connection.query("SELECT \(T?.none)").decode(T?.self)
        #expect(none == [T?.none], sourceLocation: sourceLocation)
        #expect(
            try await connection.query("SELECT \(values)").decode([T].self) == [values], sourceLocation: sourceLocation)
        let withNull = values.map(Optional.some) + [nil]
        #expect(
            try await connection.query("SELECT \(withNull)").decode([T?].self) == [withNull],
            sourceLocation: sourceLocation)
        #expect(try await connection.query("SELECT \([T]())").decode([T].self) == [[]], sourceLocation: sourceLocation)
        // The server takes the array apart and reads each of its elements.
        let elements = try await connection.query("SELECT unnest(\(withNull))").decode(T?.self)
        #expect(elements == withNull, sourceLocation: sourceLocation)
    }

    @Test("every type goes to the server and back unchanged, alone, in arrays, and as NULL")
    func roundTrips() async throws {
        try await TestDatabase.with { database in
            try await database.client().withConnection { connection in
                try await roundTrip(connection, [0, 1, -1, Int16.min, Int16.max])
                try await roundTrip(connection, [0, 1, -1, Int32.min, Int32.max])
                try await roundTrip(connection, [0, 1, -1, Int64.min, Int64.max])
                try await roundTrip(connection, [0, 1, -1, Int.min, Int.max])
                try await roundTrip(connection, [true, false])
                try await roundTrip(
                    connection, [0, -0.5, Double.greatestFiniteMagnitude, .leastNonzeroMagnitude, .infinity])
                try await roundTrip(
                    connection, [0, -0.5, Float.greatestFiniteMagnitude, .leastNonzeroMagnitude, -.infinity])
                try await roundTrip(
                    connection,
                    [
                        "", "a", "'; DROP TABLE t; --", "\\", "NULL", "{a,\"b\"}", "👩‍👩‍👧", "שלום", "\r\n\t",
                        String(repeating: "ü", count: 300_000),
                    ])
                try await roundTrip(connection, [UUID(), UUID(uuidString: "00000000-0000-0000-0000-000000000000")!])
                try await roundTrip(connection, [PostgresUUID(high: .max, low: 1)])
                try await roundTrip(connection, [Data(), Data([0]), Data(0...255)])
                try await roundTrip(connection, [[UInt8](), [0], Array(0...255)])
                try await roundTrip(connection, [PostgresJSONB(#"{"a": [1, "ü", null]}"#), PostgresJSONB("null")])
                try await roundTrip(
                    connection, [Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 1_700_000_000.25)])
                let times = [0, 1, -1, 946_684_800_000_000, -210_866_803_200_000_000, 9_223_000_000_000_000_000]
                try await roundTrip(connection, times.map { PostgresTimestamp(microseconds: Int64($0)) })
            }
        }
    }

    @Test("strings come back byte by byte, in whatever form they went")
    func bytesOfText() async throws {
        try await TestDatabase.with { database in
            let texts = ["\u{e9}", "e\u{301}", "\u{1e69}", "s\u{323}\u{307}"]
            let back = try await database.client().query("SELECT \(texts)").decode([String].self)[0]
            #expect(back.map { Array($0.utf8) } == texts.map { Array($0.utf8) })
        }
    }

    @Test("the server understands the values as they are meant")
    func meaning() async throws {
        try await TestDatabase.with { database in
            try await database.client().withConnection { connection in
                try await connection.query("SET timezone = 'UTC'")
                let id = UUID()
                let row = try await connection.query(
                    """
                    SELECT \(Int64.min)::text, \(Int16.max)::text, \(true)::text, \(id)::text, encode(\([UInt8(0), 255]), 'hex'),
                        \(PostgresTimestamp(microseconds: 1))::text, \(PostgresJSONB(#"{"b":1,"a":2}"#))::text,
                        \(["a", nil, "c,d"])::text, \(-0.5)::text, \(Date(timeIntervalSince1970: 86_400.5))::text
                    """)[0]
                let texts = try (0..<10).map { try row.decode(String.self, at: $0) }
                #expect(
                    texts == [
                        "-9223372036854775808", "32767", "true", id.uuidString.lowercased(), "00ff",
                        "1970-01-01 00:00:00.000001+00", #"{"a": 2, "b": 1}"#, #"{a,NULL,"c,d"}"#, "-0.5",
                        "1970-01-02 00:00:00.5+00",
                    ])
            }
        }
    }

    @Test("integers are read into any type that holds them, and into no other")
    func integers() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            #expect(try await client.query("SELECT 7::int2").decode(Int.self) == [7])
            #expect(try await client.query("SELECT 7::int8").decode(Int16.self) == [7])
            #expect(try await client.query("SELECT 255::int2").decode(UInt8.self) == [255])
            for query in ["SELECT 32768::int4", "SELECT -32769::int8"] {
                let rows = try await client.query(PostgresQuery(unsafeSQL: query))
                let error = try #require(throws: PostgresError.self) { try rows.decode(Int16.self) }
                #expect(error.code == .decodingFailed)
            }
        }
    }

    @Test("a column of another type, a NULL, a missing column or a wrong count are errors that name the column")
    func wrongColumns() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let rows = try await client.query(
                "SELECT 'a'::text AS name, NULL::int AS nothing, 'infinity'::timestamptz AS never, ARRAY[[1],[2]] AS grid"
            )
            let row = rows[0]
            func expect<T: PostgresDecodable>(_ type: T.Type, at column: Int, names name: String) throws {
                let error = try #require(throws: PostgresError.self) { try row.decode(type, at: column) }
                #expect(error.code == .decodingFailed)
                #expect(error.column == name)
            }
            try expect(Int.self, at: 0, names: "name")
            try expect(UUID.self, at: 0, names: "name")
            try expect(Int.self, at: 1, names: "nothing")
            try expect(PostgresTimestamp.self, at: 2, names: "never")
            try expect(Date.self, at: 2, names: "never")
            try expect([Int].self, at: 3, names: "grid")
            #expect(try row.decode(Int?.self, at: 1) == nil)
            #expect(throws: PostgresError.self) { try row.decode(String.self, named: "missing") }
            #expect(throws: PostgresError.self) { try row.decode(String.self, at: 4) }
            #expect(throws: PostgresError.self) { try row.decode((String, Int?).self) }
        }
    }

    private enum Color: String, PostgresCodable { case red, green }

    @Test("a type with a raw value is stored as that; a stored value that is none of its cases is an error")
    func rawValues() async throws {
        try await TestDatabase.with { database in
            try await database.client().withConnection { connection in
                try await connection.execute(unsafeSQL: "CREATE TYPE color AS ENUM ('red', 'blue')")
                #expect(try await connection.query("SELECT \(Color.red)").decode(Color.self) == [.red])
                #expect(
                    try await connection.query("SELECT \([Color.red, .green])").decode([Color].self) == [
                        [.red, .green]
                    ])
                let stored = try await connection.query("SELECT \("red")::color, 'blue'::color")
                #expect(try stored[0].decode(Color.self, at: 0) == .red)
                #expect(throws: PostgresError.self) { try stored[0].decode(Color.self, at: 1) }
            }
        }
    }
}

@Suite("Interpolation")
struct InterpolationTests {
    @Test("what is interpolated becomes a parameter, never text")
    func parameters() {
        let name = "'; DROP TABLE users; --"
        let query: PostgresQuery =
            "SELECT * FROM users WHERE name = \(name) AND id = ANY(\([1, 2])) AND age > \(Int?.none)"
        #expect(query.sql == "SELECT * FROM users WHERE name = $1 AND id = ANY($2) AND age > $3")
        #expect(query.bindings.count == 3)
        #expect("\(query)" == query.sql)
        #expect(!"\(query)".contains("DROP"))
    }

    @Test("a literal without values is the text itself")
    func literal() {
        let query: PostgresQuery = "SELECT 1"
        #expect(query.sql == "SELECT 1")
        #expect(query.bindings.count == 0)
    }
}
