import Foundation
import Postgres
import PostgresTestSupport

/// PgBouncer in transaction mode, in front of the tests' server.
struct PgBouncer: Sendable {
    let port: Int

    static var isInstalled: Bool {
        ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"]
            .contains { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs PgBouncer while the body runs; it takes everybody in, and has at most two connections to the server.
    static func with<R>(_ database: TestDatabase, _ body: (PgBouncer) async throws -> R) async throws -> R {
        let url = URLComponents(string: database.connectionString) ?? URLComponents()
        let directory = try await Shell.makeDirectory()
        let bouncer = PgBouncer(port: Int.random(in: 20_000...32_000))
        let result: R
        do {
            try await Shell.run(
                """
                cat >settings <<'END'
                [databases]
                * = host=127.0.0.1 port=\(url.port ?? 5432) user=\(url.user ?? "") password=\(url.password ?? "")
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = \(bouncer.port)
                unix_socket_dir =
                auth_type = any
                pool_mode = transaction
                default_pool_size = 2
                logfile = \(directory)/log
                pidfile = \(directory)/pid
                END
                chown $owner settings; chmod 600 settings
                alone ${as[@]} pgbouncer -q -d \(directory)/settings
                for attempt in $(seq 200); do
                    (exec 3<>/dev/tcp/127.0.0.1/\(bouncer.port)) 2>/dev/null && exit 0
                    sleep 0.05
                done
                cat log; exit 1
                """, in: directory)
            result = try await body(bouncer)
        } catch {
            await remove(directory)
            throw error
        }
        await remove(directory)
        return result
    }

    /// It holds nothing that would be lost; of the other signals it may have inherited that they are blocked.
    private static func remove(_ directory: String) async {
        _ = try? await Shell.run("kill -KILL \"$(cat \(directory)/pid)\" || true; rm -rf \(directory)")
    }

    /// A configuration that leads through PgBouncer.
    func configuration(_ database: TestDatabase, poolSize: Int = 4, statementCacheSize: Int) -> PostgresConfiguration {
        PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(port) user=anybody dbname=\(database.name)", poolSize: poolSize,
            statementCacheSize: statementCacheSize, listenConnectionString: database.connectionString)
    }
}
