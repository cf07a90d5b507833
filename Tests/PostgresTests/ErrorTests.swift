import Postgres
import PostgresTestSupport
import Testing

@Suite("Errors")
struct ErrorTests {
    @Test("a violated constraint is told by SQLSTATE, constraint and table, without the values")
    func constraint() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.query("CREATE TABLE users (name text CONSTRAINT one_name UNIQUE)")
            try await client.query("INSERT INTO users VALUES (\("geheim"))")
            let line = #line + 1
            let error = try await #require(throws: PostgresError.self) {
                try await client.query("INSERT INTO users VALUES (\("geheim"))")
            }
            #expect(error.code == .server)
            #expect(error.sqlState == .uniqueViolation)
            #expect(error.severity == "ERROR")
            #expect(error.constraint == "one_name")
            #expect(error.table == "users")
            #expect(error.sql == "INSERT INTO users VALUES ($1)")
            #expect(error.line == line)
            #expect(error.detail?.contains("geheim") == true)
            for text in ["\(error)", String(reflecting: error)] {
                #expect(!text.contains("geheim"))
                #expect(!text.contains("\n"))
            }
            #expect("\(error)".hasPrefix("ERROR 23505: duplicate key value violates unique constraint"))
            #expect("\(error)".contains("[constraint one_name]"))
        }
    }

    @Test("a value that the server repeats in its message is not in the description")
    func repeatedValue() async throws {
        try await TestDatabase.with { database in
            let error = try await #require(throws: PostgresError.self) {
                try await database.client().query("SELECT \("geheim")::int")
            }
            #expect(error.sqlState == "22P02")
            #expect(error.message.contains("geheim"))
            #expect(!"\(error)".contains("geheim"))
            #expect("\(error)".contains("invalid input syntax for type integer"))
        }
    }

    @Test("a message of several lines becomes one")
    func oneLine() async throws {
        try await TestDatabase.with { database in
            let error = try await #require(throws: PostgresError.self) {
                try await database.client().query("DO $$ BEGIN RAISE EXCEPTION E'first\n  second'; END $$")
            }
            #expect(error.message == "first second")
        }
    }

    @Test("a faulty text is told with the place")
    func position() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let error = try await #require(throws: PostgresError.self) { try await client.query("SELECT wrong FROM t") }
            #expect(error.sqlState == .undefinedTable)
            #expect(error.position == 19)
            let inPipeline = try await #require(throws: PostgresError.self) {
                try await client.withConnection { try await $0.pipeline(["SELECT 1", "SELEC 1"]) }
            }
            #expect(inPipeline.pipelineIndex == 1)
            #expect(inPipeline.position == 1)
            #expect(inPipeline.sql == "SELEC 1")
        }
    }

    @Test("what cannot be sent is refused before anything is, and the connection is kept")
    func refusedParameters() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.query("CREATE TABLE t (name text)")
            let process = try await client.process()
            let zero = try await #require(throws: PostgresError.self) {
                try await client.withConnection {
                    try await $0.pipeline(["INSERT INTO t VALUES ('a')", "INSERT INTO t VALUES (\("a\0b"))"])
                }
            }
            #expect(zero.code == .parameterRefused)
            #expect(zero.pipelineIndex == 1)
            let text = try await #require(throws: PostgresError.self) {
                try await client.query("SELECT 1 --\0 and more")
            }
            #expect(text.code == .parameterRefused)
            let nested = try await #require(throws: PostgresError.self) { try await client.query("SELECT \([[1]])") }
            #expect(nested.code == .parameterRefused)
            var bindings = PostgresBindings()
            for number in 0..<70_000 { bindings.append(number) }
            let many = try await #require(throws: PostgresError.self) {
                try await client.query(PostgresQuery(unsafeSQL: "SELECT 1", bindings: bindings))
            }
            #expect(many.code == .parameterRefused)
            #expect(try await client.query("SELECT count(*) FROM t").decode(Int.self) == [0])
            #expect(try await client.process() == process)
        }
    }

    @Test("COPY by a plain query is refused, and the pool goes on")
    func copyByQuery() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.query("CREATE TABLE t (n int)")
            let error = try await #require(throws: PostgresError.self) { try await client.query("COPY t FROM STDIN") }
            #expect(error.code == .misuse)
            let simple = try await #require(throws: PostgresError.self) {
                try await client.withConnection { try await $0.execute(unsafeSQL: "COPY t TO STDOUT") }
            }
            #expect(simple.code == .misuse)
            #expect(try await client.query("SELECT 1").decode(Int.self) == [1])
        }
    }
}
