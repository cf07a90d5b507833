import FoundationEssentials
import Glibc
import PrivatePostgres
import Testing

@Suite("The life of a private cluster")
struct LifeOfAClusterTests {
    @Test("it is created, used, stopped and started again with what was written")
    func createStartStop() async throws {
        try await TestCluster.withDirectory { test in
            let first = try await test.cluster.start()
            #expect(first.connections.serverPID == getpid())
            _ = try await psql(first.connections.owner, "CREATE TABLE notes (text text); INSERT INTO notes VALUES ('kept')")
            await first.stop()
            #expect(test.postmasterPID == nil)

            let second = try await test.cluster.start()
            #expect(try await psql(second.connections.owner, "SELECT text FROM notes") == "kept")
            #expect(second.connections.owner == first.connections.owner)
            await second.stop()
        }
    }
}
