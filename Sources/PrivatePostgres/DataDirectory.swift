import Glibc

/// The folder that holds the cluster and all else a server keeps.
enum DataDirectory {
    /// Makes the folder when it is missing, gives it to the account, and returns its absolute path.
    static func prepare(_ path: String, account: ServerAccount) throws(PrivateClusterError) -> String {
        guard !path.isEmpty, !path.utf8.contains(where: { $0 < 0x20 }) else {
            throw PrivateClusterError(
                .damaged(path: path), "the path of the data directory is empty or has control characters",
                advice: "give another one with --data-dir")
        }
        let isNew = try make(path, account: account)
        guard let root = Files.resolved(path), let status = Files.status(root) else {
            throw .system(errno, "cannot open", path)
        }
        guard Files.isFolder(status) else {
            throw .system(ENOTDIR, "cannot use", path)
        }
        if account.isOther, !isNew, status.st_uid != account.userID {
            guard try Files.names(in: root).isEmpty else {
                throw PrivateClusterError(
                    .notPermitted(path: root), "the folder \(root) belongs to another user than \(account.name)",
                    advice: "chown \(account.name) \(root), or choose another --data-dir or --user")
            }
            try Files.own(root, account)
        }
        try checkReachable(root, account: account)
        return root
    }

    /// Creates the folder with mode 0700 and the folders above it as the system does. True: it is new.
    private static func make(_ path: String, account: ServerAccount) throws(PrivateClusterError) -> Bool {
        guard Files.resolved(path) == nil else { return false }
        var ancestors: [String] = []
        var end = path.endIndex
        while let slash = path[..<end].lastIndex(of: "/"), slash > path.startIndex {
            ancestors.append(String(path[..<slash]))
            end = slash
        }
        for ancestor in ancestors.reversed() where !Files.exists(ancestor) {
            guard mkdir(ancestor, 0o755) == 0 || errno == EEXIST else {
                throw .system(errno, "cannot create", ancestor)
            }
        }
        return try Files.makeFolder(path, owner: account)
    }

    /// Says which folder keeps the account out, before PostgreSQL says something less clear.
    private static func checkReachable(_ root: String, account: ServerAccount) throws(PrivateClusterError) {
        if !account.isOther {
            guard access(root, R_OK | W_OK | X_OK) == 0 else { throw .system(errno, "cannot use", root) }
            return
        }
        var path = ""
        for name in root.split(separator: "/") {
            path += "/\(name)"
            var status = stat()
            guard stat(path, &status) == 0 else { throw .system(errno, "cannot open", path) }
            let bit: mode_t =
                status.st_uid == account.userID ? 0o100 : status.st_gid == account.groupID ? 0o010 : 0o001
            guard status.st_mode & bit != 0 else {
                throw PrivateClusterError(
                    .notPermitted(path: path), "the user \(account.name) cannot enter \(path)",
                    advice: "choose another --data-dir (for root, /var/lib/manicule is usual) or another --user")
            }
        }
    }
}
