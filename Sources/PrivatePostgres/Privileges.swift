import Glibc

/// What root gives up before it takes requests.
package enum Privileges {
    /// Makes this process, when it is root, the user that PostgreSQL runs as: for good, in all threads.
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
}
