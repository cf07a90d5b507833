import Postgres
import PostgresTestSupport
import Testing

@Suite("Connections that break", .timeLimit(.minutes(2)))
struct LostConnectionTests {
    /// A table whose COMMIT waits for a lock that `withHeldLock` holds.
    private func createSlowCommit(_ client: PostgresClient) async throws {
        try await client.withConnection { connection in
            try await connection.execute(
                unsafeSQL: """
                    CREATE TABLE t (n int);
                    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                        'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END';
                    CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                        FOR EACH ROW EXECUTE FUNCTION wait();
                    """)
        }
    }

    @Test("a server process that dies during COMMIT leaves the outcome unknown", arguments: [false, true])
    func duringCommit(flushesTogether: Bool) async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let observer = database.client()
            try await createSlowCommit(client)
            try await observer.withConnection { holder in
                try await holder.query("SELECT pg_advisory_lock(1)")
                let commit = Task {
                    try await client.withTransaction(TransactionOptions(retry: .init(attempts: 5))) { transaction in
                        if flushesTogether {
                            _ = try await transaction.commit(after: ["INSERT INTO t VALUES (1)"])
                        } else {
                            _ = try await transaction.query("INSERT INTO t VALUES (1)")
                        }
                    }
                }
                try await eventually("nobody waits for the lock") {
                    try await holder.query(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event = 'advisory'
                        """
                    ).count == 1
                }
                let error = try await #require(throws: PostgresError.self) { try await commit.value }
                #expect(error.code == .commitUnknown)
                #expect(error.phase == .commit)
                #expect(!error.isTransient)
                try await holder.query("SELECT pg_advisory_unlock(1)")
            }
            #expect(try await client.query("SELECT count(*) FROM t").decode(Int.self) == [0])
        }
    }

    @Test("a server process that dies before COMMIT was reached has not committed: the outcome is known")
    func beforeCommit() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let inBody = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    try await transaction.query("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(inBody.code == .connectionLost)
            #expect(inBody.sqlState == .adminShutdown)
            let inFlush = try await #require(throws: PostgresError.self) {
                try await client.withTransaction { transaction in
                    try await transaction.commit(after: ["SELECT 1", "SELECT pg_terminate_backend(pg_backend_pid())"])
                }
            }
            #expect(inFlush.code == .connectionLost)
            #expect(inFlush.pipelineIndex == 1)
            #expect(try await client.query("SELECT 1").decode(Int.self) == [1])
        }
    }

    @Test("connections that the server has closed meanwhile are not lent")
    func closedWhileIdle() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let observer = database.client()
            let process = try await client.process()
            try await observer.query("SELECT pg_terminate_backend(\(process))")
            try await eventually("it is still there") {
                try await observer.query("SELECT 1 FROM pg_stat_activity WHERE pid = \(process)").isEmpty
            }
            #expect(try await client.process() != process)
        }
    }

    @Test("a statement behind the loss is told that the connection is closed")
    func behindTheLoss() async throws {
        try await TestDatabase.with { database in
            try await database.client().withConnection { connection in
                _ = try? await connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
                let error = try await #require(throws: PostgresError.self) { try await connection.query("SELECT 1") }
                #expect(error.code == .connectionLost)
            }
        }
    }
}
