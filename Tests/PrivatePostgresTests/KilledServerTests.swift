import FoundationEssentials
import Glibc
import PrivatePostgres
import Subprocess
import Testing

@Suite("A server is killed")
struct KilledServerTests {
    @Test("Its PostgreSQL is adopted by the next server, without a restart")
    func orphanAdopted() async throws {
        try await TestCluster.withDirectory { test in
            try await withHolder(of: test) { holder in
                try await test.waitUntilHeld(by: holder)
                try await test.cluster.withCluster { connections in
                    #expect(connections.serverPID == holder)
                    _ = try await psql(connections.owner, "CREATE TABLE notes AS SELECT 'kept' AS text")
                }
                kill(holder, SIGKILL)
            }
            let orphan = try #require(test.postmasterPID)
            let running = try await test.cluster.start()
            #expect(running.connections.postmasterPID == orphan)
            #expect(try await psql(running.connections.owner, "SELECT text FROM notes") == "kept")
            await running.stop()
            #expect(!isAlive(orphan))
        }
    }

    @Test("Its PostgreSQL is killed with it: the next server starts it again, and what was committed is there")
    func bothKilled() async throws {
        try await TestCluster.withDirectory { test in
            try await withHolder(of: test) { holder in
                try await test.waitUntilHeld(by: holder)
                try await test.cluster.withCluster { connections in
                    _ = try await psql(connections.owner, "CREATE TABLE notes AS SELECT 'kept' AS text")
                }
                let postmaster = try #require(test.postmasterPID)
                kill(holder, SIGKILL)
                kill(postmaster, SIGKILL)
            }
            let running = try await test.cluster.start()
            #expect(try await psql(running.connections.owner, "SELECT text FROM notes") == "kept")
            await running.stop()
        }
    }

    /// Moments of a first start, by what is there from then on: each in the order in which they come.
    enum Moment: String, CaseIterable {
        case locked = "the data directory is locked"
        case begun = "the new cluster's folder is there"
        case files = "initdb has begun"
        case settings = "initdb is done"
        case passwords = "roles and database are made"
        case whole = "the cluster stands in its place"
        case starting = "PostgreSQL starts"

        func hasCome(in test: TestCluster) throws -> Bool {
            let new =
                try FileManager.default.contentsOfDirectory(atPath: test.root).contains("data")
                ? test.leftovers.first.map { "\(test.folder)/\($0)" } : nil
            func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
            func exists(new name: String) -> Bool { new.map { exists("\($0)/\(name)") } ?? false }
            let isWhole = exists(test.postgres)
            return switch self {
            case .locked: exists("\(test.folder)/lock")
            case .begun: isWhole || new != nil
            case .files: isWhole || exists(new: "data/PG_VERSION")
            case .settings: isWhole || exists(new: "settings.conf")
            case .passwords: isWhole || exists(new: "pgpass")
            case .whole: isWhole
            case .starting: exists("\(test.postgres)/data/postmaster.pid")
            }
        }
    }

    @Test(
        "It is killed during its first start: the next start finds nothing or a whole cluster",
        arguments: Moment.allCases)
    func killedWhileCreating(moment: Moment) async throws {
        try await TestCluster.withDirectory { test in
            try await withHolder(of: test) { holder in
                try await eventually("\(moment.rawValue)") { try moment.hasCome(in: test) }
                kill(holder, SIGKILL)
            }
            let running = try await test.cluster.start()
            let connections = running.connections
            for connection in [connections.superuser, connections.owner, connections.server] {
                #expect(try await psql(connection, "SELECT current_database()") == "manicule")
            }
            await running.stop()
            // A killed creation's initdb may have been at work still: then the next start removes what it left.
            let again = try await test.cluster.start()
            await again.stop()
            #expect(try test.leftovers == [])
        }
    }

    @Test("The number in PostgreSQL's record belongs to another program after a reboot: it is no obstacle")
    func recycledProcessNumber() async throws {
        try await TestCluster.withDirectory { test in
            let first = try await test.cluster.start()
            _ = try await psql(first.connections.owner, "CREATE TABLE notes AS SELECT 'kept' AS text")
            kill(first.connections.postmasterPID, SIGKILL)
            try await eventually("PostgreSQL is gone") { test.postmasterPID == nil }

            // A program of the same user, since PostgreSQL pays no heed to those of others.
            var options = PlatformOptions()
            options.userID = owner(of: "\(test.postgres)/data")
            _ = try await Subprocess.run(
                .name("sleep"), arguments: ["600"], platformOptions: options, input: .none, output: .discarded,
                error: .discarded
            ) { execution in
                let other = execution.processIdentifier.value
                try test.setRecordedPID(other)
                await first.stop()
                #expect(isAlive(other))
                let second = try await test.cluster.start()
                #expect(try await psql(second.connections.owner, "SELECT text FROM notes") == "kept")
                await second.stop()
                #expect(isAlive(other))
                kill(other, SIGKILL)
            }
        }
    }

    private func owner(of path: String) -> uid_t? {
        var status = stat()
        guard geteuid() == 0, stat(path, &status) == 0 else { return nil }
        return status.st_uid
    }
}
