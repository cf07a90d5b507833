import Glibc
import PrivatePostgres
import Testing

@Suite("Commands beside a server, and without one")
struct CommandsBesideAServerTests {
    @Test("Without a server a command gets PostgreSQL for itself, and nothing runs after it")
    func commandAlone() async throws {
        try await TestCluster.withDirectory { test in
            let name = try await test.cluster.withCluster { connections in
                #expect(connections.serverPID == nil)
                return try await psql(connections.server, "SELECT current_user")
            }
            #expect(name == "manicule_server")
            #expect(test.postmasterPID == nil)
        }
    }

    @Test("A command that fails passes its error on, and PostgreSQL is stopped all the same")
    func commandFails() async throws {
        struct Failure: Error {}
        try await TestCluster.withDirectory { test in
            await #expect(throws: Failure.self) { try await test.cluster.withCluster { _ in throw Failure() } }
            #expect(test.postmasterPID == nil)
        }
    }

    @Test("Beside a server a command uses the server's PostgreSQL and leaves it running")
    func besideServer() async throws {
        try await TestCluster.withDirectory { test in
            let running = try await test.cluster.start()
            try await test.cluster.withCluster { connections in
                #expect(connections.serverPID == getpid())
                #expect(connections.postmasterPID == running.connections.postmasterPID)
                #expect(connections.owner == running.connections.owner)
            }
            #expect(try await psql(running.connections.owner, "SELECT 1") == "1")
            await running.stop()
        }
    }

    @Test("Of two commands at the same time the first to end leaves PostgreSQL to the other")
    func twoCommands() async throws {
        try await TestCluster.withDirectory { test in
            try await test.cluster.withCluster { outer in
                try await test.cluster.withCluster { inner in
                    #expect(inner.postmasterPID == outer.postmasterPID)
                }
                #expect(try await psql(outer.owner, "SELECT 1") == "1")
            }
            #expect(test.postmasterPID == nil)
        }
    }

    @Test("Many commands at once all get through, and the last one stops PostgreSQL")
    func manyCommands() async throws {
        try await TestCluster.withDirectory { test in
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await test.cluster.withCluster { try await psql($0.owner, "SELECT \(number)") }
                    }
                }
                let answers = try await group.reduce(into: Set<String>()) { $0.insert($1) }
                #expect(answers == Set((0..<8).map { "\($0)" }))
            }
            #expect(test.postmasterPID == nil)
        }
    }

    @Test("A server that starts while a command is at work takes PostgreSQL over and keeps it")
    func serverTakesOver() async throws {
        try await TestCluster.withDirectory { test in
            let running = try await test.cluster.withCluster { connections in
                let running = try await test.cluster.start()
                #expect(running.connections.postmasterPID == connections.postmasterPID)
                return running
            }
            #expect(try await psql(running.connections.owner, "SELECT 1") == "1")
            await running.stop()
            #expect(test.postmasterPID == nil)
        }
    }

    @Test("A server that stops while a command is at work leaves PostgreSQL to it")
    func serverLeaves() async throws {
        try await TestCluster.withDirectory { test in
            let running = try await test.cluster.start()
            try await test.cluster.withCluster { connections in
                await running.stop()
                let answer = try await psql(connections.owner, "SELECT 1")
                #expect(answer == "1")
            }
            #expect(test.postmasterPID == nil)
        }
    }
}
