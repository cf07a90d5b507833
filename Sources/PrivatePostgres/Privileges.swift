import Glibc

/// What root gives up before it takes requests.
package enum Privileges {
    /// Makes this process, when it is root, the user that PostgreSQL runs as: for good.
    ///
    /// The main thread of an async program cannot be reached any more and keeps its rights; `restart` leaves none.
    ///
    /// - Parameter userName: as in `PrivateCluster.init`; nil means `postgres`.
    package static func drop(to userName: String?) throws {
        guard geteuid() == 0 else { return }
        let account = try ServerAccount.find(userName)
        guard initgroups(account.name, account.groupID) == 0, setgid(account.groupID) == 0,
            setuid(account.userID) == 0, geteuid() != 0
        else {
            let reason = String(cString: strerror(errno))
            throw PrivateClusterError(
                .unusableUser(account.name), "cannot become the user \(account.name): \(reason)",
                advice: "start as that user, or name another one with --user")
        }
    }

    /// Makes the data directory, when this process is root, and gives it to the user that PostgreSQL runs as.
    ///
    /// - Returns: its absolute path.
    package static func prepare(dataDirectory: String, for userName: String?) throws -> String {
        try DataDirectory.prepare(dataDirectory, account: try ServerAccount.find(userName))
    }

    /// Starts this program anew as the user that PostgreSQL runs as, with other arguments. Does not return.
    ///
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - environment: what is set beside what is there.
    package static func restart(
        as userName: String?, arguments: [String], environment: [(name: String, value: String)]
    ) throws -> Never {
        // By descriptor: the new user may not be allowed to walk to the program.
        let program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        guard program >= 0 else { throw PrivateClusterError.system(errno, "cannot open", "/proc/self/exe") }
        try drop(to: userName)
        for (name, value) in environment { setenv(name, value, 1) }
        // Of root's own, and of no use to another user.
        for name in ["XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] { unsetenv(name) }
        // Threads of the concurrency runtime block signals, and what is blocked stays so in the new program.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        var pointers = ([CommandLine.arguments.first ?? "manicule"] + arguments).map { strdup($0) }
        pointers.append(nil)
        fexecve(program, pointers, environ)
        throw PrivateClusterError.system(errno, "cannot start anew", CommandLine.arguments.first ?? "manicule")
    }
}
