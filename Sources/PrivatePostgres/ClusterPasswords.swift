/// The generated passwords of the cluster's three roles.
struct ClusterPasswords: Sendable {
    static let superuserName = "postgres"
    static let ownerName = "manicule_owner"
    static let serverName = "manicule_server"
    static let database = "manicule"

    let superuser: String
    let owner: String
    let server: String

    /// New passwords of 256 random bits each.
    static func generate() -> ClusterPasswords {
        var generator = SystemRandomNumberGenerator()
        func password() -> String {
            (0..<4).map { _ in
                let digits = String(generator.next(), radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
        }
        return ClusterPasswords(superuser: password(), owner: password(), server: password())
    }

    /// The content of a password file, as psql reads it with `PGPASSFILE`.
    var passwordFile: String {
        [(Self.superuserName, superuser), (Self.ownerName, owner), (Self.serverName, server)]
            .map { "*:*:*:\($0):\($1)\n" }.joined()
    }

    init(superuser: String, owner: String, server: String) {
        self.superuser = superuser
        self.owner = owner
        self.server = server
    }

    /// Reads the password file of a cluster.
    init(file: String) throws(PrivateClusterError) {
        var found: [String: String] = [:]
        for line in try Files.read(file)?.split(separator: "\n") ?? [] {
            let fields = line.split(separator: ":")
            if fields.count == 5 { found[String(fields[3])] = String(fields[4]) }
        }
        guard let superuser = found[Self.superuserName], let owner = found[Self.ownerName],
            let server = found[Self.serverName]
        else {
            throw PrivateClusterError(
                .damaged(path: file), "the passwords of the private PostgreSQL are not in \(file)",
                advice: "restore the file from a backup")
        }
        self.init(superuser: superuser, owner: owner, server: server)
    }
}
