/// How to reach a running private cluster: connection strings for libpq, all to the database `manicule`.
package struct ClusterConnections: Sendable {
    /// As `postgres`, the superuser.
    package let superuser: String
    /// As `postgres`, to the database `postgres`: for creating and renaming the others.
    package let maintenance: String
    /// As `manicule_owner`, who owns the database and its schema.
    package let owner: String
    /// As `manicule_server`, who owns nothing.
    package let server: String
    /// The name of the database that all of these lead to.
    package var database: String { ClusterPasswords.database }
    /// The roles of owner and server, as they are named in grants.
    package var roles: (owner: String, server: String) { (ClusterPasswords.ownerName, ClusterPasswords.serverName) }
    /// The folder of the Unix socket.
    package let socketDirectory: String
    /// The number in the socket's name; there is no TCP port.
    package let port: Int
    /// PostgreSQL's version, as in "15.20".
    package let version: String
    /// The folder of PostgreSQL's programs of the cluster's version.
    package let programFolder: String
    /// What `pg_dump` and `pg_restore` need to connect as `manicule_owner`; no password stands in a command line.
    package let ownerEnvironment: [String: String]
    /// The postmaster, when these connections were made.
    package let postmasterPID: Int32
    /// The server that holds the data directory; nil when a command has started PostgreSQL for itself.
    package let serverPID: Int32?

    init(
        socketDirectory: String, version: String, programFolder: String, postmasterPID: Int32, serverPID: Int32?,
        passwords: ClusterPasswords
    ) {
        func conninfo(_ user: String, _ password: String, database: String = ClusterPasswords.database) -> String {
            let values = [
                ("host", socketDirectory), ("port", "\(ClusterLayout.port)"), ("user", user),
                ("password", password), ("dbname", database),
            ]
            return values.map { "\($0)='\(Self.escaped($1))'" }.joined(separator: " ")
        }
        self.programFolder = programFolder
        ownerEnvironment = [
            "PGHOST": socketDirectory, "PGPORT": "\(ClusterLayout.port)", "PGUSER": ClusterPasswords.ownerName,
            "PGPASSWORD": passwords.owner, "PGDATABASE": ClusterPasswords.database,
        ]
        maintenance = conninfo(ClusterPasswords.superuserName, passwords.superuser, database: "postgres")
        superuser = conninfo(ClusterPasswords.superuserName, passwords.superuser)
        owner = conninfo(ClusterPasswords.ownerName, passwords.owner)
        server = conninfo(ClusterPasswords.serverName, passwords.server)
        self.socketDirectory = socketDirectory
        port = ClusterLayout.port
        self.version = version
        self.postmasterPID = postmasterPID
        self.serverPID = serverPID
    }

    /// A value between the quotes of a connection string.
    private static func escaped(_ value: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            if scalar == "'" || scalar == "\\" { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }
}
