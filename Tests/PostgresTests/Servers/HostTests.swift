import Logging
import Postgres
import PostgresTestSupport
import Testing

@Suite("Several hosts", .serialized, .timeLimit(.minutes(3)))
struct HostTests {
    private func withClient<R>(
        ports: [Int], _ attributes: String, timeout: Duration = .seconds(10),
        _ body: (PostgresClient) async throws -> R
    ) async throws -> R {
        let hosts = ports.map { _ in "127.0.0.1" }.joined(separator: ",")
        let list = ports.map(String.init).joined(separator: ",")
        let client = PostgresClient(
            configuration: PostgresConfiguration(
                connectionString:
                    "host=\(hosts) port=\(list) user=postgres dbname=postgres target_session_attrs=\(attributes)",
                poolSize: 2, connectTimeout: timeout), logger: Logger(label: "test"))
        let result: R
        do { result = try await body(client) } catch {
            await client.close()
            throw error
        }
        await client.close()
        return result
    }

    private func isStandby(_ client: PostgresClient) async throws -> Bool {
        try await client.query("SELECT pg_is_in_recovery()").decode(Bool.self)[0]
    }

    @Test("the wanted kind of server is found; after a fail-over the pool and the listener go on by themselves")
    func failOver() async throws {
        try await Cluster.with { primary in
            try await primary.withStandby { standby in
                let ports = [standby.port, primary.port]
                #expect(try await withClient(ports: ports, "read-write") { try await isStandby($0) } == false)
                #expect(try await withClient(ports: ports.reversed(), "prefer-standby") { try await isStandby($0) })
                try await withClient(ports: [primary.port], "standby") { client in
                    let error = try await #require(throws: PostgresError.self) { try await client.query("SELECT 1") }
                    #expect(error.code == .connectFailed)
                }
                #expect(try await withClient(ports: [1, primary.port], "any") { try await isStandby($0) } == false)

                try await withClient(ports: ports, "read-write") { client in
                    try await client.query("CREATE TABLE t (n int)")
                    try await client.listen(on: ["c"]) { events in
                        var iterator = events.makeAsyncIterator()
                        #expect(try await iterator.next() == .listening)
                        try await primary.stop()
                        await #expect(throws: PostgresError.self) { try await client.query("INSERT INTO t VALUES (1)") }
                        try await standby.promote()
                        try await client.query("INSERT INTO t VALUES (2)")
                        #expect(try await client.query("SELECT n FROM t").decode(Int.self) == [2])
                        #expect((client.metrics.closed[.lost] ?? 0) >= 1)
                        #expect(try await iterator.next() == .reconnected)
                        try await client.query("SELECT pg_notify('c', 'after')")
                        guard case .notification(let told) = try await iterator.next() else {
                            Issue.record("nothing is told")
                            return
                        }
                        #expect(told.payload == "after")
                    }
                }
            }
        }
    }

    @Test("a restart of the server: the pool goes on, the listener says that it has reconnected")
    func restart() async throws {
        try await Cluster.with { server in
            try await withClient(ports: [server.port], "any") { client in
                try await client.listen(on: ["c"]) { events in
                    var iterator = events.makeAsyncIterator()
                    #expect(try await iterator.next() == .listening)
                    try await server.stop("immediate")
                    let error = try await #require(throws: PostgresError.self) { try await client.query("SELECT 1") }
                    #expect(error.code == .connectFailed)
                    try await server.start()
                    #expect(try await client.query("SELECT 1").decode(Int.self) == [1])
                    #expect(try await iterator.next() == .reconnected)
                }
            }
        }
    }

    @Test("a host that takes the connection and is silent does not take the time of the others")
    func silentHost() async throws {
        let silent = try SilentServer()
        defer { silent.close() }
        try await Cluster.with { server in
            try await withClient(ports: [Int(silent.port), server.port], "any", timeout: .seconds(4)) { client in
                let ports = try await client.query("SELECT inet_server_port()").decode(Int.self)
                #expect(ports == [server.port])
            }
            // A name that is missing in both lists, one port for all.
            let one = PostgresClient(
                configuration: PostgresConfiguration(
                    connectionString: "host=127.0.0.1,127.0.0.1 port=\(silent.port) user=postgres",
                    connectTimeout: .milliseconds(200)), logger: Logger(label: "test"))
            let error = try await #require(throws: PostgresError.self) { try await one.query("SELECT 1") }
            #expect(error.code == .connectFailed)
            await one.close()
        }
    }

    @Test("a connection that turns out to be read only does not come back to who wants to write")
    func readOnlyServer() async throws {
        try await TestDatabase.with { database in
            let writer = database.client(poolSize: 1)
            try await writer.query("CREATE TABLE t (n int)")
            let process = try await writer.process()
            await #expect(throws: PostgresError.self) {
                try await writer.withTransaction(.readOnly) { try await $0.query("INSERT INTO t VALUES (1)") }
            }
            #expect(try await writer.process() == process)

            try await writer.query(
                PostgresQuery(unsafeSQL: "ALTER DATABASE \"\(database.name)\" SET default_transaction_read_only = on"))
            let client = database.client(poolSize: 1)
            let error = try await #require(throws: PostgresError.self) {
                try await client.query("INSERT INTO t VALUES (1)")
            }
            #expect(error.sqlState == .readOnlyTransaction)
            #expect(client.metrics.closed == [.readOnlyServer: 1])
            try await writer.query(
                PostgresQuery(unsafeSQL: "ALTER DATABASE \"\(database.name)\" RESET default_transaction_read_only"))
            try await client.query("INSERT INTO t VALUES (1)")
        }
    }
}
