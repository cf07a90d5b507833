import FoundationEssentials
import Glibc
import PrivatePostgres
import Testing

@Suite("The life of a private cluster")
struct LifeOfAClusterTests {
    @Test("It is created, used, stopped and started again with what was written")
    func createStartStop() async throws {
        try await TestCluster.withDirectory { test in
            let first = try await test.cluster.start()
            #expect(first.connections.serverPID == getpid())
            #expect(first.connections.postmasterPID == test.postmasterPID)
            _ = try await psql(first.connections.owner, "CREATE TABLE notes AS SELECT 'kept' AS text")
            await first.stop()
            #expect(test.postmasterPID == nil)

            let second = try await test.cluster.start()
            #expect(try await psql(second.connections.owner, "SELECT text FROM notes") == "kept")
            #expect(second.connections.owner == first.connections.owner)
            await second.stop()
            #expect(try test.leftovers == [])
        }
    }

    @Test("A second server on the same data directory is told who has it, and where")
    func secondServer() async throws {
        try await TestCluster.withDirectory { test in
            let running = try await test.cluster.start()
            try await running.announce(address: "http://127.0.0.1:8080")
            let error = await #expect(throws: PrivateClusterError.self) { _ = try await test.cluster.start() }
            #expect(error?.reason == .alreadyRunning(pid: getpid(), address: "http://127.0.0.1:8080"))
            #expect(error?.description.contains("process \(getpid())") == true)
            #expect(error?.description.contains("http://127.0.0.1:8080") == true)
            #expect(try test.cluster.runningServer()?.address == "http://127.0.0.1:8080")
            #expect(try await psql(running.connections.owner, "SELECT 1") == "1")
            await running.stop()

            #expect(try test.cluster.runningServer() == nil)
            let next = try await test.cluster.start()
            await next.stop()
        }
    }

    @Test("PostgreSQL is killed: it is started again, what was committed is there, and so again the second time")
    func postmasterKilled() async throws {
        try await TestCluster.withDirectory { test in
            let running = try await test.cluster.start()
            let supervision = Task { try await running.supervise() }
            _ = try await psql(running.connections.owner, "CREATE TABLE notes (text text)")
            for round in 1...2 {
                _ = try await psql(running.connections.owner, "INSERT INTO notes VALUES ('\(round)')")
                let killed = try #require(test.postmasterPID)
                kill(killed, SIGKILL)
                try await eventually("another PostgreSQL runs") { test.postmasterPID.map { $0 != killed } ?? false }
                try await eventually("it answers") {
                    (try? await psql(running.connections.owner, "SELECT count(*) FROM notes")) == "\(round)"
                }
            }
            supervision.cancel()
            try await supervision.value
            await running.stop()
            #expect(test.postmasterPID == nil)
        }
    }

    @Test(
        "A server that gave up root's rights starts a killed PostgreSQL again, and stops it",
        .enabled(if: geteuid() == 0, "root's case"))
    func supervisionWithoutRoot() async throws {
        try await TestCluster.withDirectory { test in
            try await withHolder(of: test, becoming: "postgres") { holder in
                try await test.waitUntilHeld(by: holder)
                let killed = try #require(test.postmasterPID)
                kill(killed, SIGKILL)
                try await eventually("another PostgreSQL runs") { test.postmasterPID.map { $0 != killed } ?? false }
                try await test.waitUntilHeld(by: holder)
                kill(holder, SIGTERM)
                try await eventually("the server ends") { !isAlive(holder) }
                #expect(test.postmasterPID == nil)
                #expect(try test.cluster.runningServer() == nil)
            }
        }
    }

    @Test("Supervision ends by itself when the server stops PostgreSQL")
    func supervisionEnds() async throws {
        try await TestCluster.withDirectory { test in
            let running = try await test.cluster.start()
            let supervision = Task { try await running.supervise() }
            await running.stop()
            try await supervision.value
            #expect(test.postmasterPID == nil)
        }
    }

    @Test("The data directory is removed under a running server: supervision says so instead of trying for ever")
    func clusterRemoved() async throws {
        try await TestCluster.withDirectory { test in
            let running = try await test.cluster.start()
            let postmaster = try #require(test.postmasterPID)
            let supervision = Task { try await running.supervise() }
            try FileManager.default.removeItem(atPath: test.postgres)
            kill(postmaster, SIGQUIT)
            let error = await #expect(throws: PrivateClusterError.self) { try await supervision.value }
            #expect(error?.message.contains("disappeared") == true)
            await running.stop()
        }
    }

    @Test("A start that is cancelled leaves no PostgreSQL running")
    func cancelledStart() async throws {
        try await TestCluster.withDirectory { test in
            let start = Task { try await test.cluster.start() }
            try await eventually("the creation begins") { FileManager.default.fileExists(atPath: test.folder) }
            start.cancel()
            await #expect(throws: CancellationError.self) { _ = try await start.value }
            #expect(test.postmasterPID == nil)
            let running = try await test.cluster.start()
            await running.stop()
        }
    }

    @Test("The folder of the socket is cleaned away: the next start makes it anew")
    func socketRemoved() async throws {
        try await TestCluster.withDirectory { test in
            try await withHolder(of: test) { holder in
                try await test.waitUntilHeld(by: holder)
                kill(holder, SIGKILL)
            }
            try FileManager.default.removeItem(atPath: "\(test.folder)/socket")
            let running = try await test.cluster.start()
            #expect(try await psql(running.connections.owner, "SELECT 1") == "1")
            await running.stop()
        }
    }
}
