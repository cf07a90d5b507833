import Glibc

/// The operating system's user that PostgreSQL runs as: this user, or another one where root asks for it.
struct ServerAccount: Sendable, Equatable {
    let name: String
    let userID: uid_t
    let groupID: gid_t

    /// Whether a program has to be started under another user than this process has now.
    ///
    /// Asked anew each time: a server that was started by root may have become this user since.
    var isOther: Bool { geteuid() == 0 && userID != 0 }

    /// The account for a name; without a name this user, and `postgres` where this user is root.
    static func find(_ name: String?) throws(PrivateClusterError) -> ServerAccount {
        guard geteuid() == 0 else {
            let own = entry(geteuid()) ?? ServerAccount(name: "\(geteuid())", userID: geteuid(), groupID: getegid())
            guard let name, name != own.name else { return own }
            throw PrivateClusterError(
                .unusableUser(name), "only root can run PostgreSQL as the user \(name)",
                advice: "leave --user out, or start as root")
        }
        let wanted = name ?? "postgres"
        guard let account = entry(wanted) else {
            throw PrivateClusterError(
                .unusableUser(wanted), "there is no user \(wanted) to run PostgreSQL as",
                advice: name == nil
                    ? "apt-get install postgresql makes it, or name another one with --user"
                    : "create the user, or name another one with --user")
        }
        guard account.userID != 0 else {
            throw PrivateClusterError(
                .unusableUser(wanted), "PostgreSQL refuses to run as root", advice: "name another user with --user")
        }
        return account
    }

    /// Gives an open file or folder to this account, where this process is root.
    func own(_ descriptor: Int32, path: String) throws(PrivateClusterError) {
        guard isOther else { return }
        guard fchown(descriptor, userID, groupID) == 0 else {
            throw .system(errno, "cannot give to the user \(name):", path)
        }
    }

    /// The home of the user that this process runs as.
    static var home: String? {
        lookUp { entry, buffer, size, found in getpwuid_r(geteuid(), entry, buffer, size, found) }?.home
    }

    private static func entry(_ name: String) -> ServerAccount? {
        lookUp { entry, buffer, size, found in getpwnam_r(name, entry, buffer, size, found) }?.account
    }

    private static func entry(_ userID: uid_t) -> ServerAccount? {
        lookUp { entry, buffer, size, found in getpwuid_r(userID, entry, buffer, size, found) }?.account
    }

    private static func lookUp(
        _ ask: (
            UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> Int32
    ) -> (account: ServerAccount, home: String?)? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 65536) { buffer in
            guard let base = buffer.baseAddress, ask(&entry, base, buffer.count, &found) == 0, found != nil,
                let name = entry.pw_name
            else { return nil }
            let account = ServerAccount(name: String(cString: name), userID: entry.pw_uid, groupID: entry.pw_gid)
            return (account, entry.pw_dir.map { String(cString: $0) })
        }
    }
}
