import FoundationEssentials
import Glibc
import PrivatePostgres
import Subprocess
import Testing

@Suite("What stands in the way is explained")
struct UnusableClusterTests {
    private func failure(
        of cluster: PrivateCluster, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> PrivateClusterError {
        let error = await #expect(throws: PrivateClusterError.self, sourceLocation: sourceLocation) {
            _ = try await cluster.start()
        }
        return try #require(error, sourceLocation: sourceLocation)
    }

    @Test("The cluster is of another major version: which one, what is installed, what to do")
    func otherVersion() async throws {
        try await TestCluster.withDirectory { test in
            try await test.cluster.withCluster { _ in }
            try test.write("14\n", to: "\(test.postgres)/data/PG_VERSION")
            let error = try await failure(of: test.cluster)
            guard case .otherVersion(directory: 14, let found) = error.reason else {
                Issue.record("unexpected: \(error)")
                return
            }
            #expect(!found.contains(14) && !found.isEmpty)
            #expect(error.message.contains("PostgreSQL 14"))
            #expect(error.advice.contains("apt-get install postgresql-14"))
            #expect(!error.description.contains("\n"))
        }
    }

    @Test("There is no PostgreSQL: it says what to install")
    func noPostgres() async throws {
        try await TestCluster.withDirectory { test in
            let error = try await failure(of: test.cluster(with: ["MANICULE_PG_BIN": "/nonexistent"]))
            #expect(error.reason == .postgresNotFound)
            #expect(error.description.contains("apt-get install postgresql"))
            #expect(error.description.contains("MANICULE_PG_BIN=/nonexistent"))
        }
    }

    @Test("A setting of the administrator's is wrong: PostgreSQL's own words are in the error")
    func wrongSetting() async throws {
        try await TestCluster.withDirectory { test in
            try await test.cluster.withCluster { _ in }
            try test.write("shared_buffers = 'plenty'\n", to: "\(test.postgres)/local.conf")
            let error = try await failure(of: test.cluster)
            #expect(error.reason == .startFailed)
            #expect(error.log.contains { $0.contains("shared_buffers") })
            #expect(test.postmasterPID == nil)

            try test.write("work_mem = '9MB'\n", to: "\(test.postgres)/local.conf")
            let memory = try await test.cluster.withCluster { try await psql($0.owner, "SHOW work_mem") }
            #expect(memory == "9MB")
        }
    }

    @Test("The passwords are gone, or the cluster's files are: the error names the file")
    func damaged() async throws {
        try await TestCluster.withDirectory { test in
            try await test.cluster.withCluster { _ in }
            try FileManager.default.removeItem(atPath: "\(test.postgres)/pgpass")
            #expect(try await failure(of: test.cluster).reason == .damaged(path: "\(test.postgres)/pgpass"))
            #expect(test.postmasterPID == nil)

            try FileManager.default.removeItem(atPath: "\(test.postgres)/data")
            #expect(try await failure(of: test.cluster).reason == .damaged(path: test.postgres))
        }
    }

    @Test("The disk is full", .enabled(if: geteuid() == 0, "only root can mount a small disk"))
    func diskFull() async throws {
        try await TestCluster.withDirectory { test in
            mkdir(test.folder, 0o755)
            let mounted = try await Subprocess.run(
                .name("mount"), arguments: ["-t", "tmpfs", "-o", "size=16m", "tmpfs", test.folder],
                output: .discarded)
            // A container may not mount; then nothing can be shown here.
            guard mounted.terminationStatus.isSuccess else { return }
            let error = try? await failure(of: test.cluster)
            let leftovers = try? test.leftovers
            _ = try await Subprocess.run(.name("umount"), arguments: ["-l", test.folder], output: .discarded)
            #expect(error?.reason == .diskFull(path: test.folder))
            #expect(error?.message.contains("no space left") == true)
            #expect(leftovers == [])
        }
    }

    @Test("PostgreSQL's user cannot get into the folder above", .enabled(if: geteuid() == 0, "root's case"))
    func closedFolder() async throws {
        try await TestCluster.withDirectory(named: "closed/data") { test in
            mkdir("\(test.root)/closed", 0o700)
            let error = try await failure(of: test.cluster)
            #expect(error.reason == .notPermitted(path: "\(test.root)/closed"))
            #expect(error.description.contains("postgres cannot enter \(test.root)/closed"))
        }
    }

    @Test("A folder of somebody else's with files in it is not taken over", .enabled(if: geteuid() == 0, "root's case"))
    func foreignFolder() async throws {
        try await TestCluster.withDirectory { test in
            mkdir(test.folder, 0o755)
            try test.write("mine", to: "\(test.folder)/thesis.txt")
            let error = try await failure(of: test.cluster)
            #expect(error.reason == .notPermitted(path: test.folder))
        }
    }

    @Test("The folder may not be written", .enabled(if: geteuid() != 0, "root may write everywhere"))
    func readOnlyFolder() async throws {
        try await TestCluster.withDirectory { test in
            mkdir(test.folder, 0o500)
            let error = try await failure(of: test.cluster)
            #expect(error.reason == .notPermitted(path: test.folder))
        }
    }

    @Test("The user to run as does not exist, or is root")
    func unusableUser() async throws {
        try await TestCluster.withDirectory { test in
            for name in ["no-such-user", "root"] {
                let error = try await failure(of: test.cluster(runAs: name))
                #expect(error.reason == .unusableUser(name))
            }
        }
    }
}
