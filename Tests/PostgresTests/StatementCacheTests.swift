import Postgres
import PostgresTestSupport
import Testing

@Suite("Prepared statements")
struct StatementCacheTests {
    private let kept: PostgresQuery = PostgresQuery("SELECT statement FROM pg_prepared_statements ORDER BY 1")
        .unprepared()

    @Test("a text is prepared once; the parameters' types belong to it")
    func once() async throws {
        try await TestDatabase.with { database in
            try await database.client().withConnection { connection in
                for number in 0..<5 { try await connection.query("SELECT \(number)") }
                #expect(try await connection.query(kept).decode(String.self) == ["SELECT $1"])
                #expect(try await connection.query("SELECT pg_typeof(\(1))::text").decode(String.self) == ["bigint"])
                #expect(
                    try await connection.query("SELECT pg_typeof(\(Int32(1)))::text").decode(String.self) == ["integer"]
                )
                #expect(connection.preparedStatements == 3)
                #expect(try await connection.query(kept).count == 3)
            }
        }
    }

    @Test("texts that look alike but differ in their bytes are two statements")
    func bytes() async throws {
        try await TestDatabase.with { database in
            try await database.client().withConnection { connection in
                let composed = try await connection.query("SELECT length('\u{e9}')").decode(Int.self)
                let decomposed = try await connection.query("SELECT length('e\u{301}')").decode(Int.self)
                #expect(composed == [1])
                #expect(decomposed == [2])
            }
        }
    }

    @Test("the oldest statement makes room, and the server forgets it too")
    func eviction() async throws {
        try await TestDatabase.with { database in
            var configuration = PostgresConfiguration(
                connectionString: database.connectionString, statementCacheSize: 2)
            try await database.client(configuration).withConnection { connection in
                for number in 0..<100 {
                    #expect(
                        try await connection.query(PostgresQuery(unsafeSQL: "SELECT \(number)")).decode(Int.self) == [
                            number
                        ])
                    #expect(connection.preparedStatements <= 2)
                    // The one used all the time stays.
                    try await connection.query("SELECT 'always'")
                }
                let statements = try await connection.query(kept).decode(String.self)
                #expect(statements.count <= 20)
                #expect(statements.filter { $0 == "SELECT 'always'" }.count == 1)
            }
            configuration.statementCacheSize = 0
            try await database.client(configuration).withConnection { connection in
                let values = try await connection.query("SELECT \(5)").decode(Int.self)
                #expect(values == [5])
                #expect(try await connection.query(kept).isEmpty)
            }
        }
    }

    @Test("a changed schema is noticed: outside of a transaction the query is run again")
    func schemaChange() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            let other = database.client()
            try await other.query("CREATE TABLE t AS SELECT 1 AS n")
            #expect(try await client.query("SELECT * FROM t").columns == ["n"])
            try await other.query("ALTER TABLE t ADD COLUMN m int")
            #expect(try await client.query("SELECT * FROM t").columns == ["n", "m"])
            try await other.query("ALTER TABLE t ADD COLUMN k int")
            let results = try await client.withConnection { try await $0.pipeline(["SELECT 1", "SELECT * FROM t"]) }
            #expect(results[1].columns == ["n", "m", "k"])
        }
    }

    @Test("in a transaction a stale statement fails as transient, and works at the next attempt")
    func schemaChangeInTransaction() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            let other = database.client()
            try await other.query("CREATE TABLE t AS SELECT 1 AS n")
            try await client.query("SELECT * FROM t")
            try await other.query("ALTER TABLE t ADD COLUMN m int")
            let error = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { try await $0.query("SELECT * FROM t") }
            }
            #expect(error.isTransient)
            #expect(try await client.query("SELECT * FROM t").columns == ["n", "m"])
            try await other.query("ALTER TABLE t ADD COLUMN k int")
            let columns = try await client.withTransaction(TransactionOptions(retry: .init(attempts: 2))) {
                transaction in
                try await transaction.query("SELECT * FROM t").columns
            }
            #expect(columns == ["n", "m", "k"])
        }
    }

    @Test("statements that the server has lost are prepared again")
    func deallocated() async throws {
        try await TestDatabase.with { database in
            try await database.client().withConnection { connection in
                try await connection.query("SELECT \(1)")
                try await connection.execute(unsafeSQL: "DEALLOCATE ALL")
                #expect(try await connection.query("SELECT \(2)").decode(Int.self) == [2])
            }
        }
    }

    @Test("a statement that fails to be prepared is not taken for a prepared one")
    func failedPreparation() async throws {
        try await TestDatabase.with { database in
            try await database.client().withConnection { connection in
                for _ in 0..<2 {
                    let error = try await #require(throws: PostgresError.self) {
                        try await connection.pipeline(["SELECT * FROM t", "SELECT \(1)"])
                    }
                    #expect(error.sqlState == .undefinedTable)
                    #expect(error.pipelineIndex == 0)
                }
                #expect(connection.preparedStatements == 0)
                try await connection.execute(unsafeSQL: "CREATE TABLE t (n int)")
                let results = try await connection.pipeline(["SELECT * FROM t", "SELECT \(1)"])
                #expect(results.map(\.count) == [0, 1])
            }
        }
    }
}
