import Glibc

/// PostgreSQL's settings for a private cluster, written anew at each start.
struct ClusterSettings: Sendable {
    /// What `postgresql.conf` of a new cluster ends with.
    static let includes = """

        # Manicule writes ../settings.conf at each start. Put your own settings into ../local.conf: they win.
        include = '../settings.conf'
        include_if_exists = '../local.conf'

        """

    /// Who may connect: over the socket only, with a password only.
    static let hostBasedAuthentication = """
        # The server listens on a Unix socket only.
        local   all             all             scram-sha-256
        local   replication     all             scram-sha-256

        """

    let socketDirectory: String
    /// The machine's memory in megabytes, or what a container may have of it.
    let memory: Int

    var text: String {
        let shared = min(max(memory / 8, 64), 1024)
        let values: [(String, String)] = [
            ("listen_addresses", ""),
            ("port", "\(ClusterLayout.port)"),
            ("unix_socket_directories", "\"\(Self.doubled("\"", in: socketDirectory))\""),
            ("unix_socket_permissions", "0700"),
            ("password_encryption", "scram-sha-256"),
            ("max_connections", "100"),
            ("cluster_name", "manicule"),
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("wal_compression", "on"),
            ("max_wal_size", "2GB"),
            ("shared_buffers", "\(shared)MB"),
            ("effective_cache_size", "\(max(memory / 2, 128))MB"),
            ("maintenance_work_mem", "\(min(max(memory / 16, 32), 256))MB"),
            ("work_mem", "8MB"),
            ("random_page_cost", "1.1"),
            ("jit", "off"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
            ("log_line_prefix", "%m [%p] %q%u@%d "),
        ]
        return "# Written by Manicule at each start: put your own settings into local.conf beside this file.\n"
            + values.map { "\($0) = '\(Self.doubled("'", in: Self.doubled("\\", in: $1)))'\n" }.joined()
    }

    /// This machine's memory in megabytes.
    static var availableMemory: Int {
        let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        let limit = (try? Files.read("/sys/fs/cgroup/memory.max")).flatMap { Int($0.prefix { $0.isNumber }) }
        return min(machine, limit ?? machine) / (1 << 20)
    }

    private static func doubled(_ special: Unicode.Scalar, in value: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            if scalar == special { result.append(special) }
            result.append(scalar)
        }
        return String(result)
    }
}
