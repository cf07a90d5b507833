import FoundationEssentials
import Glibc
import PrivatePostgres
import Testing

@Suite("What a private cluster is like")
struct ClusterPropertiesTests {
    @Test("It is durable, checks its pages, speaks UTF-8, and no network reaches it")
    func settings() async throws {
        try await TestCluster.withDirectory { test in
            try await test.cluster.withCluster { connections in
                let expected = [
                    ("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"),
                    ("data_checksums", "on"), ("server_encoding", "UTF8"), ("lc_collate", "C.UTF-8"),
                    ("listen_addresses", ""), ("password_encryption", "scram-sha-256"), ("TimeZone", "UTC"),
                ]
                for (name, value) in expected {
                    let actual = try await psql(connections.server, "SHOW \(name)")
                    #expect(actual == value, "\(name)")
                }
            }
        }
    }

    @Test("The server's role owns nothing and makes nothing; the owner's role makes the schema and is no superuser")
    func roles() async throws {
        try await TestCluster.withDirectory { test in
            try await test.cluster.withCluster { connections in
                await #expect(throws: PsqlError.self) { try await psql(connections.server, "CREATE TABLE t (i int)") }
                await #expect(throws: PsqlError.self) { try await psql(connections.server, "CREATE SCHEMA s") }
                _ = try await psql(connections.owner, "CREATE SCHEMA s; CREATE TABLE s.t (i int)")
                await #expect(throws: PsqlError.self) { try await psql(connections.server, "SELECT * FROM s.t") }
                await #expect(throws: PsqlError.self) { try await psql(connections.owner, "CREATE ROLE r") }
                #expect(try await psql(connections.superuser, "SHOW is_superuser") == "on")
            }
        }
    }

    @Test("Nobody gets in without the password, and only its user can read that")
    func passwords() async throws {
        try await TestCluster.withDirectory { test in
            try await test.cluster.withCluster { connections in
                let place = "host='\(connections.socketDirectory)' port=\(connections.port) dbname=manicule"
                for login in ["user=postgres", "user=postgres password=postgres", "user=manicule_server password=''"] {
                    await #expect(throws: PsqlError.self) { try await psql("\(place) \(login)", "SELECT 1") }
                }
            }
            var status = stat()
            try #require(stat("\(test.postgres)/pgpass", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            for folder in [test.postgres, "\(test.folder)/socket", "\(test.postgres)/data"] {
                try #require(stat(folder, &status) == 0)
                #expect(status.st_mode & 0o777 == 0o700, "\(folder)")
                #expect(status.st_uid != 0, "\(folder)")
            }
        }
    }

    @Test(
        "Any name will do for the data directory",
        arguments: ["two words", "it's \"$(touch pwned)\" `x`", "a,b;c\\d", "é 中文 🙂", "-D"])
    func unusualNames(name: String) async throws {
        try await TestCluster.withDirectory(named: name) { test in
            let answer = try await test.cluster.withCluster { try await psql($0.owner, "SELECT 1") }
            #expect(answer == "1")
            #expect(test.postmasterPID == nil)
            let inside = try FileManager.default.contentsOfDirectory(atPath: test.postgres)
            #expect(!inside.contains("pwned"))
        }
    }

    @Test("A path that is too long for a socket moves the socket to a private folder, which goes with PostgreSQL")
    func longPath() async throws {
        try await TestCluster.withDirectory(named: String(repeating: "long/", count: 20) + "data") { test in
            let running = try await test.cluster.start()
            let socket = running.connections.socketDirectory
            #expect("\(socket)/.s.PGSQL.5432".utf8.count <= 107)
            #expect(!socket.hasPrefix(test.root))
            var status = stat()
            try #require(lstat(socket, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
            #expect(try await psql(running.connections.owner, "SELECT 1") == "1")
            try await test.cluster.withCluster { #expect($0.socketDirectory == socket) }
            await running.stop()
            #expect(lstat(socket, &status) != 0)
        }
    }

    @Test("Somebody else has taken the name of the socket's folder since: another one is made")
    func socketFolderTaken() async throws {
        try await TestCluster.withDirectory(named: String(repeating: "long/", count: 20) + "data") { test in
            try await test.cluster.withCluster { _ in }
            let open = "\(test.root)/open"
            mkdir(open, 0o777)
            chmod(open, 0o777)
            try test.write("\(open)\n", to: "\(test.folder)/socket-directory")
            try await test.cluster.withCluster { #expect($0.socketDirectory != open) }
        }
    }

    @Test("What a killed creation has left is removed")
    func leftovers() async throws {
        try await TestCluster.withDirectory { test in
            try await test.cluster.withCluster { _ in }
            let left = "\(test.folder)/postgresql.new-AbCdEf"
            mkdir(left, 0o700)
            var status = stat()
            try #require(stat(test.postgres, &status) == 0)
            mkdir("\(left)/data", 0o700)
            try test.write("half", to: "\(left)/data/PG_VERSION")
            for path in [left, "\(left)/data", "\(left)/data/PG_VERSION"] { chown(path, status.st_uid, status.st_gid) }
            // Killed before it was given to PostgreSQL's user.
            mkdir("\(test.folder)/postgresql.new-GhIjKl", 0o700)
            try await test.cluster.withCluster { _ in }
            #expect(try test.leftovers == [])
        }
    }

    @Test("The default data directory")
    func defaultDirectory() {
        func directory(_ environment: [String: String], isRoot: Bool = false) -> String {
            PrivateCluster.defaultDataDirectory(environment: environment, isRoot: isRoot)
        }
        #expect(directory(["MANICULE_DATA_DIR": "/a", "XDG_DATA_HOME": "/b", "HOME": "/c"]) == "/a")
        #expect(directory(["MANICULE_DATA_DIR": "/a"], isRoot: true) == "/a")
        #expect(directory(["XDG_DATA_HOME": "/b", "HOME": "/c"]) == "/b/manicule")
        #expect(directory(["MANICULE_DATA_DIR": "", "XDG_DATA_HOME": "", "HOME": "/c"]) == "/c/.local/share/manicule")
        #expect(directory(["HOME": "/root"], isRoot: true) == "/var/lib/manicule")
    }
}
