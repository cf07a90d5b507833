import Logging
import Postgres
import PostgresTestSupport
import Testing

@Suite("LISTEN", .timeLimit(.minutes(2)))
struct ListenTests {
    private func notify(_ client: PostgresClient, _ channel: String, _ payload: String) async throws {
        try await client.query("SELECT pg_notify(\(channel), \(payload))")
    }

    /// Ends the process of the listening session.
    private func terminate(_ client: PostgresClient) async throws {
        try await eventually("nobody listens") {
            try await client.query(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'LISTEN%'
                """
            ).count == 1
        }
    }

    @Test("what is told after `listening` arrives, in order, with its channel and process, whatever is in it")
    func receives() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let channels = ["plain", #"it's "quoted"; DROP"#, "Ünï"]
            let payloads = ["", "'\"\\$1", "👩‍👩‍👧 שלום", String(repeating: "x", count: 7_999)]
            try await client.listen(on: channels) { events in
                var iterator = events.makeAsyncIterator()
                #expect(try await iterator.next() == .listening)
                let process = try await client.withConnection { connection in
                    for channel in channels {
                        for payload in payloads {
                            try await connection.query("SELECT pg_notify(\(channel), \(payload))")
                        }
                    }
                    return connection.processID
                }
                for channel in channels {
                    for payload in payloads {
                        let expected = PostgresNotification(channel: channel, payload: payload, processID: process)
                        #expect(try await iterator.next() == .notification(expected))
                    }
                }
            }
            try await eventually("the connection stays") {
                try await client.query(
                    "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
                )
                .isEmpty
            }
            #expect(client.metrics.listeners == 0)
        }
    }

    @Test("a rolled back transaction tells nothing, a committed one tells all at once")
    func transactions() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.listen(on: ["c"]) { events in
                var iterator = events.makeAsyncIterator()
                #expect(try await iterator.next() == .listening)
                await #expect(throws: BodyFailed.self) {
                    try await client.withTransaction { transaction in
                        try await transaction.query("SELECT pg_notify('c', 'never')")
                        throw BodyFailed()
                    }
                }
                try await client.withTransaction { transaction in
                    _ = try await transaction.query("SELECT pg_notify('c', 'one'), pg_notify('c', 'two')")
                }
                var payloads: [String] = []
                while payloads.count < 2, case .notification(let told) = try await iterator.next() {
                    payloads.append(told.payload)
                }
                #expect(payloads == ["one", "two"])
            }
        }
    }

    @Test("a lost connection is made again by itself, `reconnected` is told, and what comes after it arrives")
    func reconnects() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.listen(on: ["c", "d"]) { events in
                var iterator = events.makeAsyncIterator()
                #expect(try await iterator.next() == .listening)
                for round in 1...3 {
                    try await terminate(client)
                    #expect(try await iterator.next() == .reconnected)
                    try await notify(client, "d", "\(round)")
                    guard case .notification(let told) = try await iterator.next() else {
                        Issue.record("something else was told")
                        return
                    }
                    #expect(told.channel == "d")
                    #expect(told.payload == "\(round)")
                }
            }
        }
    }

    @Test("a body that is too slow loses notifications, is told how many, and holds no more than the limit")
    func overflow() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            try await client.listen(on: ["c", "last"], bufferLimit: 10) { events in
                var iterator = events.makeAsyncIterator()
                #expect(try await iterator.next() == .listening)
                try await client.query("SELECT count(pg_notify('c', n::text)) FROM generate_series(1, 5000) n")
                try await notify(client, "last", "")
                var missed = 0
                var received = 0
                loop: while let event = try await iterator.next() {
                    switch event {
                    case .overflowed(let count): missed += count
                    case .notification(let told):
                        received += 1
                        if told.channel == "last" { break loop }
                    case .listening, .reconnected: Issue.record("\(event)")
                    }
                }
                #expect(missed + received == 5001)
            }
        }
    }

    @Test("a cancelled task ends at once, and so does its connection")
    func cancellation() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let reached = Gate()
            let task = Task {
                try await client.listen(on: ["c"]) { events in
                    for try await _ in events { reached.open() }
                }
            }
            try await reached.pass()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await eventually("the connection stays") {
                try await client.query(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                ).isEmpty
            }
        }
    }

    @Test("a server that never answers does not keep a cancelled listener")
    func cancelledWhileConnecting() async throws {
        let server = try SilentServer()
        defer { server.close() }
        let client = PostgresClient(
            configuration: .init(
                connectionString: "host=127.0.0.1 port=\(server.port) user=nobody sslmode=disable",
                connectTimeout: .seconds(100)), logger: Logger(label: "test"))
        let task = Task { try await client.listen(on: ["c"]) { _ in } }
        try await eventually("it does not begin") { client.metrics.listeners == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await client.close()
    }

    @Test("closing the client ends its listeners")
    func closing() async throws {
        try await TestDatabase.with { database in
            let client = database.client()
            let reached = Gate()
            let task = Task {
                try await client.listen(on: ["c"]) { events in
                    for try await _ in events { reached.open() }
                }
            }
            try await reached.pass()
            await client.close()
            let error = try await #require(throws: PostgresError.self) { try await task.value }
            #expect(error.code == .clientClosed)
            let late = try await #require(throws: PostgresError.self) { try await client.listen(on: ["c"]) { _ in } }
            #expect(late.code == .clientClosed)
        }
    }

    @Test("the first attempt's failure and impossible channels are thrown")
    func refusals() async throws {
        let client = PostgresClient(
            configuration: .init(connectionString: "host=127.0.0.1 port=1 user=nobody"), logger: Logger(label: "test"))
        let unreachable = try await #require(throws: PostgresError.self) { try await client.listen(on: ["c"]) { _ in } }
        #expect(unreachable.code == .connectFailed)
        for name in ["", "a\0b", String(repeating: "ü", count: 32)] {
            let error = try await #require(throws: PostgresError.self) { try await client.listen(on: [name]) { _ in } }
            #expect(error.code == .parameterRefused)
        }
        let none = try await #require(throws: PostgresError.self) { try await client.listen(on: []) { _ in } }
        #expect(none.code == .misuse)
        await client.close()
    }

    @Test("events used after the closure are refused")
    func afterTheClosure() async throws {
        try await TestDatabase.with { database in
            let events = try await database.client().listen(on: ["c"]) { $0 }
            let error = try await #require(throws: PostgresError.self) { for try await _ in events {} }
            #expect(error.code == .misuse)
        }
    }

    @Test("a LISTEN on a pooled connection neither fails nor piles up")
    func onThePool() async throws {
        try await TestDatabase.with { database in
            let client = database.client(poolSize: 1)
            try await client.query("LISTEN c")
            for _ in 0..<50 { try await notify(client, "c", "x") }
            #expect(try await client.query("SELECT 1").decode(Int.self) == [1])
        }
    }
}
