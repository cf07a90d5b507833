/// Where the private cluster keeps what in a data directory.
///
/// ```
/// lock                    held by the server, or by a command while it starts or stops PostgreSQL
/// commands.lock           held, shared, by each command that uses the cluster without the server
/// postgresql/             appears as a whole, by one rename
///     data/               PostgreSQL's own
///     settings.conf       ours, written anew at each start
///     local.conf          the administrator's, read after ours; may be missing
///     pgpass              the generated passwords (mode 0600), in the format of psql's password file
///     log                 what PostgreSQL says; log.1 is the one before
/// postgresql.new-…        a creation under way, or what a kill left of it
/// socket/                 PostgreSQL's socket, where its path is short enough
/// socket-directory        else the path of the folder that has it
/// ```
struct ClusterLayout: Sendable {
    static let newPrefix = "postgresql.new-"
    static let port = 5432

    let root: String

    var lock: String { "\(root)/lock" }
    var commandsLock: String { "\(root)/commands.lock" }
    var socket: String { "\(root)/socket" }
    var socketRecord: String { "\(root)/socket-directory" }
    var cluster: ClusterFolder { ClusterFolder(path: "\(root)/postgresql") }
}

/// The folder of one cluster, finished or in creation.
struct ClusterFolder: Sendable {
    let path: String

    var data: String { "\(path)/data" }
    var settings: String { "\(path)/settings.conf" }
    var passwords: String { "\(path)/pgpass" }
    var log: String { "\(path)/log" }
    var version: String { "\(data)/PG_VERSION" }
}
