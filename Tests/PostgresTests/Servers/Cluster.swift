import Foundation

/// A PostgreSQL cluster of a test's own, which can be stopped, copied to a standby and promoted.
struct Cluster: Sendable {
    let directory: String
    let port: Int

    /// Creates and starts a cluster, and removes it after the body.
    static func with<R>(
        settings: [String] = [], access: [String] = [], prepare: (String) async throws -> Void = { _ in },
        _ body: (Cluster) async throws -> R
    ) async throws -> R {
        try await inDirectory { directory in
            try await Shell.run(
                "${as[@]} initdb -D data -U postgres -E UTF8 --locale=C.UTF-8 -A trust --no-sync", in: directory)
            try await prepare(directory)
            let base = ["listen_addresses = '127.0.0.1'", "unix_socket_directories = '\(directory)'", "fsync = off"]
            let rules = access.isEmpty ? "" : "printf '%s\\n' \(quoted(access)) >data/pg_hba.conf"
            try await Shell.run(
                "printf '%s\\n' \(quoted(base + settings)) >>data/postgresql.conf\n\(rules)", in: directory)
            return try await started(directory, body)
        }
    }

    /// A standby that follows this cluster.
    func withStandby<R>(_ body: (Cluster) async throws -> R) async throws -> R {
        try await Self.inDirectory { directory in
            try await Shell.run(
                """
                ${as[@]} pg_basebackup -h 127.0.0.1 -p \(port) -U postgres -D data -R -X stream -c fast --no-sync
                echo "unix_socket_directories = '\(directory)'" >>data/postgresql.conf
                """, in: directory)
            return try await Self.started(directory, body)
        }
    }

    func start() async throws {
        try await Shell.run("alone ${as[@]} pg_ctl -D data -l log -o '-p \(port)' -t 60 -w start", in: directory)
    }
    func stop(_ mode: String = "fast") async throws {
        try await Shell.run("${as[@]} pg_ctl -D data -m \(mode) -w stop", in: directory)
    }
    func promote() async throws { try await Shell.run("${as[@]} pg_ctl -D data -w promote", in: directory) }

    var connectionString: String { "host=127.0.0.1 port=\(port) user=postgres dbname=postgres" }

    private static func inDirectory<R>(_ body: (String) async throws -> R) async throws -> R {
        let directory = try await Shell.makeDirectory()
        func remove() async {
            _ = try? await Shell.run(
                "${as[@]} pg_ctl -D \(directory)/data -m immediate -w stop || true; rm -rf \(directory)")
        }
        let result: R
        do { result = try await body(directory) } catch {
            await remove()
            throw error
        }
        await remove()
        return result
    }

    /// Starts on a free port: when another takes it meanwhile, the next one is tried.
    private static func started<R>(_ directory: String, _ body: (Cluster) async throws -> R) async throws -> R {
        for attempt in 1... {
            let cluster = Cluster(directory: directory, port: Int.random(in: 33_000...60_000))
            do { try await cluster.start() } catch {
                if attempt == 5 { throw error }
                continue
            }
            return try await body(cluster)
        }
        preconditionFailure("the attempts have an end")
    }

    private static func quoted(_ lines: [String]) -> String {
        lines.map { "'" + $0.replacingOccurrences(of: "'", with: #"'\''"#) + "'" }.joined(separator: " ")
    }
}
