import Logging
import Postgres
import PostgresTestSupport
import Testing

@Suite("The pool", .timeLimit(.minutes(2)))
struct PoolTests {
    @Test("there are never more connections than the limit, and all of the work is done")
    func limit() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 3)
            let processes = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await client.query("SELECT pg_backend_pid()").decode(Int32.self)[0] }
                }
                return try await group.reduce(into: [Int32: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(processes.values.reduce(0, +) == 50)
            #expect(processes.count <= 3)
            #expect(client.counts.all <= 3)
            // A connection may still be on its way for somebody who got another one meanwhile.
            try await eventually("not all come back") { client.counts.idle == client.counts.all }
        }
    }

    @Test("a caller waits for a connection only as long as the configuration says")
    func deadline() async throws {
        try await TestDatabase.with { database in
            let client = database.client(
                PostgresConfiguration(
                    connectionString: database.connectionString, poolSize: 1, acquireTimeout: .milliseconds(50)))
            // Making a connection counts as waiting too, but goes on without its waiter.
            try await eventually("no connection is made") { (try? await client.process()) != nil }
            try await client.withConnection { _ in
                let other = Task { try await client.query("SELECT 1") }
                let error = try await #require(throws: PostgresError.self) { try await other.value }
                #expect(error.code == .acquireTimedOut)
                #expect(error.phase == .acquire)
            }
            #expect(client.counts.waiting == 0)
            #expect(try await client.query("SELECT 1").decode(Int.self) == [1])
        }
    }

    @Test("those who wait are served in the order of their coming")
    func fairness() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            let order = Journal()
            try await withThrowingTaskGroup(of: Void.self) { group in
                let gate = Gate()
                group.addTask { try await client.withConnection { _ in try await gate.pass() } }
                try await eventually("nobody holds it") {
                    client.counts.all == 1 && client.counts.idle == 0 && client.counts.waiting == 0
                }
                for number in 0..<6 {
                    group.addTask { try await client.withConnection { _ in order.add(number) } }
                    try await eventually("it does not wait") { client.counts.waiting == number + 1 }
                }
                gate.open()
                try await group.waitForAll()
            }
            #expect(order.entries == [0, 1, 2, 3, 4, 5])
        }
    }

    @Test("a waiter that is cancelled leaves the queue, and those behind it are served")
    func cancelledWaiter() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            let gate = Gate()
            let holder = Task { try await client.withConnection { _ in try await gate.pass() } }
            try await eventually("nobody holds it") { client.counts.all == 1 && client.counts.waiting == 0 }
            let first = Task { try await client.query("SELECT 1") }
            try await eventually("the first does not wait") { client.counts.waiting == 1 }
            let second = Task { try await client.query("SELECT 2").decode(Int.self) }
            try await eventually("the second does not wait") { client.counts.waiting == 2 }
            first.cancel()
            await #expect(throws: CancellationError.self) { try await first.value }
            #expect(client.counts.waiting == 1)
            gate.open()
            try await holder.value
            #expect(try await second.value == [2])
        }
    }

    @Test(
        "a connection that comes back out of order is closed, and its place is free again",
        arguments: ["BEGIN", "BEGIN; SELECT 1/0", "BEGIN; SELECT * FROM nothing"])
    func outOfOrder(sql: String) async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            let process = try await client.process()
            #expect(try await client.process() == process)
            try await client.withConnection { connection in _ = try? await connection.execute(unsafeSQL: sql) }
            #expect(client.counts.all == 0)
            #expect(try await client.process() != process)
        }
    }

    @Test("each new connection is shown to onConnect first; what it throws reaches the caller")
    func onConnect() async throws {
        try await TestDatabase.with { database in
            let shown = Journal()
            let configuration = PostgresConfiguration(connectionString: database.connectionString, poolSize: 2)
            let client = PostgresClient(configuration: configuration, logger: Logger(label: "test")) { connection in
                try await connection.query("SET application_name = 'shown'")
                shown.add(Int(connection.processID))
            }
            let process = try await client.process()
            #expect(try await client.query("SHOW application_name").decode(String.self) == ["shown"])
            #expect(shown.entries == [Int(process)])
            await client.close()

            let refusing = PostgresClient(configuration: configuration, logger: Logger(label: "test")) { _ in
                throw BodyFailed()
            }
            await #expect(throws: BodyFailed.self) { try await refusing.query("SELECT 1") }
            #expect(refusing.counts.all == 0)
            await refusing.close()
        }
    }

    @Test("a server that cannot be reached is told to all who wait, and at the next time it is tried again")
    func unreachable() async throws {
        let configuration = PostgresConfiguration(connectionString: "host=127.0.0.1 port=1 user=nobody", poolSize: 2)
        let client = PostgresClient(configuration: configuration, logger: Logger(label: "test"))
        await withTaskGroup(of: (any Error)?.self) { group in
            for _ in 0..<5 {
                group.addTask { do { try await client.query("SELECT 1"); return nil } catch { return error } }
            }
            for await error in group {
                let error = error as? PostgresError
                #expect(error?.code == .connectFailed)
                #expect(error?.phase == .connect)
            }
        }
        #expect(client.counts.all == 0)
        await client.close()
    }

    @Test("a server that takes the connection and never answers is given up in time")
    func silentServer() async throws {
        let server = try SilentServer()
        defer { server.close() }
        let configuration = PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(server.port) user=nobody sslmode=disable",
            connectTimeout: .milliseconds(50))
        let client = PostgresClient(configuration: configuration, logger: Logger(label: "test"))
        let error = try await #require(throws: PostgresError.self) { try await client.query("SELECT 1") }
        #expect(error.code == .connectFailed)
        #expect(error.message.contains("time"))
        await client.close()
    }

    @Test("a closed client refuses; it is closed when the last connection has come back")
    func close() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 2)
            let gate = Gate()
            let holder = Task { try await client.withConnection { _ in try await gate.pass() } }
            try await eventually("nobody holds it") { client.counts.all == 1 && client.counts.waiting == 0 }
            let closed = Journal()
            let closing = Task {
                await client.close()
                closed.add(1)
            }
            try await eventually("it is not closing") {
                do { try await client.query("SELECT 1"); return false } catch let error as PostgresError {
                    return error.code == .clientClosed
                }
            }
            #expect(closed.entries.isEmpty)
            gate.open()
            try await holder.value
            await closing.value
            #expect(client.counts.all == 0)
        }
    }

    @Test("connections that nobody uses are closed in time, and old ones when they come back")
    func ageing() async throws {
        try await TestDatabase.with { database in
            var configuration = PostgresConfiguration(
                connectionString: database.connectionString, maximumIdleTime: .milliseconds(20))
            let client = database.client(configuration)
            let service = Task { await client.run() }
            _ = try await client.process()
            try await eventually("the idle connection is not closed") { client.counts.all == 0 }
            service.cancel()
            await service.value

            configuration.maximumLifetime = .zero
            let mortal = database.client(configuration)
            _ = try await mortal.process()
            #expect(mortal.counts.all == 0)
        }
    }
}
