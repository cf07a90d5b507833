import Logging
import Postgres
import PostgresTestSupport
import Testing

extension Stress {
    @Suite("A server that goes away and comes back")
    struct Restart {
        /// While it is away there is no connection, and a starting server refuses them.
        private let codes: Set<PostgresError.Code> = [.connectionLost, .commitUnknown, .connectFailed]

        private func client(_ connectionString: String) -> PostgresClient {
            PostgresClient(
                configuration: PostgresConfiguration(
                    connectionString: connectionString, applicationName: "stress", poolSize: 4,
                    acquireTimeout: .seconds(120)),
                logger: Logger(label: "test"))
        }

        /// Works on the client until the body has ended, then a while more, and checks what is there.
        private func withLoad(
            on client: PostgresClient, until body: (Load) async throws -> Void
        ) async throws {
            let ledger = Ledger()
            let load = Load(client: client, ledger: ledger, expecting: codes)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<8 { group.addTask { try await load.run(worker: worker) } }
                try await eventually("nothing works") { load.isMoving() }
                do {
                    try await body(load)
                } catch {
                    load.stop()
                    throw error
                }
                for _ in 0..<20 { try await eventually("nothing works any more") { load.isMoving() } }
                load.stop()
                try await group.waitForAll()
            }
            // After it no query fails: what the pool still had of the old server is not lent.
            for _ in 0..<20 { #expect(try await client.query("SELECT 1").decode(Int.self) == [1]) }
            ledger.check(against: try await client.query("SELECT number FROM work").decode(Int.self))
            #expect(ledger.count(.done) > 20)
            #expect(ledger.count(.undone) + ledger.count(.unknown) > 0, "nobody has noticed anything")
            // The last one may still be on its way: a waiter for it has got another one meanwhile.
            try await eventually("a connection has not come back") { client.counts.idle == client.counts.all }
            await client.close()
            #expect(client.counts.all == 0)
        }

        @Test("restarted under load, in a crash and in order: what was committed is there, once, and all goes on")
        func restart() async throws {
            try await PrivateServer.with { server in
                let client = client(server.connectionString)
                try await client.query("CREATE TABLE work (number int)")
                try await withLoad(on: client) { load in
                    for round in 0..<2 * Stress.scale {
                        if round % 2 == 0 { try server.stopAtOnce() } else { try server.stop() }
                        try server.start()
                        try await eventually("nothing works after the start") { load.isMoving() }
                    }
                }
                #expect(try #require(ProcessProbe.descriptors(connectedTo: server.port)) == 0)
            }
        }

        @Test("a standby takes over under load: the same client finds it, and nothing that was committed is lost")
        func failOver() async throws {
            try await PrivateServer.with { primary in
                let administrator = client(primary.connectionString)
                try await administrator.query("CREATE TABLE work (number int)")
                try await primary.withStandby { standby in
                    // From here on a commit waits until the standby has it.
                    try await administrator.withConnection { connection in
                        try await connection.execute(unsafeSQL: "ALTER SYSTEM SET synchronous_standby_names = '*'")
                        try await connection.execute(unsafeSQL: "SELECT pg_reload_conf()")
                        try await eventually("the standby does not follow") {
                            try await connection.query("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
                                .count == 1
                        }
                    }
                    await administrator.close()
                    let client = client(primary.connectionString(with: standby))
                    try await withLoad(on: client) { _ in
                        try primary.stopAtOnce()
                        try standby.promote()
                    }
                    #expect(try #require(ProcessProbe.descriptors(connectedTo: primary.port)) == 0)
                    #expect(try #require(ProcessProbe.descriptors(connectedTo: standby.port)) == 0)
                }
            }
        }
    }
}
