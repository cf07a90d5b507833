import Foundation
import Logging
import Postgres
import PostgresTestSupport
import Testing

/// The samples of the documentation, as they stand there.
@Suite("The documentation's samples", .timeLimit(.minutes(3)))
struct DocumentationTests {
    private func create(_ client: PostgresClient) async throws {
        try await client.withConnection { connection in
            try await connection.execute(
                unsafeSQL: """
                    CREATE TABLE users (id bigint PRIMARY KEY, name text);
                    CREATE TABLE accounts AS SELECT 1::bigint AS id, 100::bigint AS balance UNION ALL SELECT 2, 0;
                    """)
        }
    }

    @Test("each of them is in this file, letter by letter")
    func complete() throws {
        let here = URL(fileURLWithPath: #filePath)
        let article = here.appending(path: "../../../Sources/Postgres/Postgres.docc/Postgres.md").standardizedFileURL
        func words(_ text: some StringProtocol) -> String {
            String(text.filter { !$0.isWhitespace })
        }
        let source = words(try String(contentsOf: here, encoding: .utf8))
        let parts = try String(contentsOf: article, encoding: .utf8).components(separatedBy: "```swift\n").dropFirst()
        #expect(parts.count == 9)
        // The first one makes its own client.
        for part in parts.dropFirst() {
            let sample = words(part.components(separatedBy: "```")[0])
            let isThere = source.contains(sample)
            #expect(isThere, "\(sample)")
        }
    }

    @Test("they run")
    func run() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await create(client)
            try await statements(client)
            try await transactions(client)
            try await pipeline(client)
            try await client.query("DELETE FROM users")
            try await copy(client)
            try await stream(client)
            try await errors(client)
            try await logging(client)
            let listener = Task { try await listen(client) }
            try await eventually("it does not listen") { client.metrics.listeners == 1 }
            listener.cancel()
            await #expect(throws: CancellationError.self) { try await listener.value }
        }
    }

    private func statements(_ client: PostgresClient) async throws {
        let ids = [1, 2, 3]
        let names = ["a", nil, "c"]
        try await client.query("DELETE FROM users WHERE id = ANY(\(ids))")
        try await client.query(
            "INSERT INTO users SELECT * FROM unnest(\(ids), \(names)) u(id, name) WHERE name IS NOT NULL")
    }

    private func transactions(_ client: PostgresClient) async throws {
        let options = TransactionOptions(
            isolation: .serializable, lockTimeout: .seconds(2), statementTimeout: .seconds(10),
            retry: .init(attempts: 5))
        let balance = try await client.withTransaction(options) { transaction in
            let balance = try await transaction.query("SELECT balance FROM accounts WHERE id = \(1)").decode(Int.self)[
                0]
            try await transaction.commit(after: [
                "UPDATE accounts SET balance = \(balance - 10) WHERE id = \(1)",
                "UPDATE accounts SET balance = balance + 10 WHERE id = \(2)",
            ])
            return balance
        }
        #expect(balance == 100)
    }

    private func pipeline(_ client: PostgresClient) async throws {
        let results = try await client.withConnection { connection in
            try await connection.pipeline([
                "SELECT count(*) FROM users", "UPDATE users SET name = 'b' WHERE id = \(7) RETURNING name",
            ])
        }
        let (count, changed) = (try results[0].decode(Int.self), try results[1].decode(String.self))
        #expect(count.count == 1 && changed.isEmpty)
    }

    private func copy(_ client: PostgresClient) async throws {
        try await client.withTransaction { transaction in
            try await transaction.copyIn(unsafeSQL: "COPY users FROM STDIN (FORMAT binary)") { writer in
                for number in 0..<10_000 {
                    try await writer.row(2) { row in
                        row.writeWithLength(number)
                        row.writeWithLength("user \(number)")
                    }
                }
            }
            try await transaction.copyOut(unsafeSQL: "COPY users TO STDOUT") { block in
                print(block.count)
            }
        }
    }

    private func stream(_ client: PostgresClient) async throws {
        let total = try await client.stream("SELECT id, name FROM users") { rows in
            var total = 0
            for try await row in rows {
                let (id, name) = try row.decode((Int, String).self)
                total += id + name.count
            }
            return total
        }
        #expect(total > 0)
    }

    private func listen(_ client: PostgresClient) async throws {
        try await client.listen(on: ["users"]) { events in
            for try await event in events {
                switch event {
                case .notification(let notification): print(notification.payload)
                case .listening, .reconnected, .overflowed: print("read everything again")
                }
            }
        }
    }

    private func errors(_ client: PostgresClient) async throws {
        do {
            try await client.query("INSERT INTO users VALUES (\(7), 'c')")
        } catch let error as PostgresError where error.sqlState == .uniqueViolation {
            print("taken", error.constraint ?? "")
        }
    }

    private func logging(_ client: PostgresClient) async throws {
        try await PostgresLogging.$metadata.withValue(["request": "4711"]) {
            try await client.query("SELECT pg_sleep(0.01)")
        }
    }
}
