import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A PostgreSQL server of one test, to be stopped, started and promoted. Its folder goes away with it.
///
/// PostgreSQL refuses root: started by root, it runs as the user postgres, as in `Tests/with-postgres`.
struct PrivateServer: Sendable {
    let port: UInt16
    private let folder: String
    private let password: String

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Where a client finds it.
    var connectionString: String { Self.connectionString(ports: [port], password: password) }

    /// One string for several servers that have the same password: whoever takes writes is used.
    func connectionString(with other: PrivateServer) -> String {
        Self.connectionString(ports: [port, other.port], password: password) + " target_session_attrs=read-write"
    }

    /// Creates a server, starts it, and removes it after the body.
    static func with<R>(_ body: (PrivateServer) async throws -> R) async throws -> R {
        let password = String(UInt64.random(in: .min ... .max), radix: 36)
        let server = PrivateServer(port: try LocalSocket.freePort(), folder: try makeFolder(), password: password)
        defer { server.remove() }
        let file = "\(server.folder)/password"
        try "\(password)\n".write(toFile: file, atomically: false, encoding: .utf8)
        try giveAway(file)
        try server.run(
            "initdb",
            [
                "-D", server.data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256",
                "--pwfile=\(file)", "--no-sync",
            ])
        // A stop at once kills processes, not the machine: what has been written stays without fsync.
        try server.configure(["fsync = off", "max_connections = 60", "wal_level = replica", "max_wal_senders = 4"])
        try server.start()
        return try await body(server)
    }

    /// Runs the body with a second server that follows this one.
    func withStandby<R>(_ body: (PrivateServer) async throws -> R) async throws -> R {
        let standby = PrivateServer(port: try LocalSocket.freePort(), folder: try Self.makeFolder(), password: password)
        defer { standby.remove() }
        try standby.run(
            "pg_basebackup",
            ["-D", standby.data, "-d", connectionString, "-R", "-X", "stream", "-c", "fast", "--no-sync"])
        try standby.start()
        return try await body(standby)
    }

    func start() throws {
        let options = "-p \(port) -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        try run("pg_ctl", ["-D", data, "-l", "\(folder)/log", "-o", options, "-t", "60", "-w", "start"])
    }

    /// Stops it without a word to anybody, as a crash does.
    func stopAtOnce() throws { try run("pg_ctl", ["-D", data, "-m", "immediate", "-w", "stop"]) }

    /// Ends all sessions, and stops.
    func stop() throws { try run("pg_ctl", ["-D", data, "-m", "fast", "-w", "stop"]) }

    /// Makes a standby a server of its own.
    func promote() throws { try run("pg_ctl", ["-D", data, "-t", "60", "-w", "promote"]) }

    private var data: String { "\(folder)/data" }

    private static func connectionString(ports: [UInt16], password: String) -> String {
        let hosts = ports.map { _ in "127.0.0.1" }.joined(separator: ",")
        let list = ports.map(String.init).joined(separator: ",")
        return "host=\(hosts) port=\(list) user=postgres password=\(password) dbname=postgres sslmode=disable"
    }

    private func configure(_ lines: [String]) throws {
        let file = "\(data)/postgresql.conf"
        let text = try String(contentsOfFile: file, encoding: .utf8) + lines.joined(separator: "\n") + "\n"
        try text.write(toFile: file, atomically: false, encoding: .utf8)
    }

    private func remove() {
        try? stopAtOnce()
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: Programs

    /// A folder that the server's user may enter, below the one of `Tests/with-postgres`, which removes it in any case.
    private static func makeFolder() throws -> String {
        let base = ProcessInfo.processInfo.environment["PGHOST"] ?? NSTemporaryDirectory()
        let folder = "\(base)/private-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try giveAway(folder)
        return folder
    }

    private static func giveAway(_ path: String) throws {
        guard getuid() == 0 else { return }
        guard let user = getpwnam("postgres"), chown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else {
            throw Failed(description: "no user postgres to run the server")
        }
    }

    private func run(_ program: String, _ arguments: [String]) throws {
        let path = try Self.programs() + "/" + program
        let isRoot = getuid() == 0
        let asServer =
            isRoot ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : []
        let status = try Self.wait(for: ["/usr/bin/env", "-C", "/"] + asServer + [path] + arguments)
        guard status == 0 else {
            let log = (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? ""
            throw Failed(description: "\(program) has failed: \(status) \(log.suffix(1_000))")
        }
    }

    /// Runs a program to its end, and gives what `waitpid` says. Foundation's `Process` would also wait for what the
    /// program leaves behind, which is the server.
    private static func wait(for command: [String]) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in 0..<Int32(3) {
            posix_spawn_file_actions_addopen(
                &actions, descriptor, "/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY, 0)
        }
        // Whoever waits for the end of this process's output must not wait for the server. Closing what is not open is
        // no error here.
        for descriptor in 3..<Int32(256) { posix_spawn_file_actions_addclose(&actions, descriptor) }
        let environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PG") }
        var arguments = command.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var child: pid_t = 0
        let spawned = posix_spawn(&child, command[0], &actions, nil, &arguments, &variables)
        guard spawned == 0 else { throw Failed(description: "cannot start \(command[0]): \(spawned)") }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    private static func programs() throws -> String {
        let base = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
        let folders = versions.compactMap { Int($0) }.sorted(by: >).map { "\(base)/\($0)/bin" }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let candidates = folders + path.split(separator: ":").map(String.init)
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") })
        else {
            throw Failed(description: "no PostgreSQL server found")
        }
        return found
    }
}
