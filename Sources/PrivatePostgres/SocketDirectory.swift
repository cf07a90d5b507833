import Glibc

/// The folder of PostgreSQL's socket: in the data directory, or elsewhere where that path would not do for a socket.
struct SocketDirectory: Sendable {
    /// The most bytes a socket's path may have on Linux.
    static let longestPath = 107

    let layout: ClusterLayout
    let account: ServerAccount
    /// `XDG_RUNTIME_DIR`, where there is one.
    let runtimeDirectory: String?

    /// The folder for the next start; it is made when it is missing. The caller knows that no PostgreSQL runs.
    func prepare() throws(PrivateClusterError) -> String {
        let folder = try choose()
        removeFiles(in: folder)
        return folder
    }

    private func choose() throws(PrivateClusterError) -> String {
        if Self.fits(layout.socket) {
            try Files.makeFolder(layout.socket, owner: account)
            return layout.socket
        }
        if let recorded = try recorded(), isPrivate(recorded) { return recorded }
        let folder = try Files.makeUniqueFolder("\(base)/manicule-", owner: account)
        try Files.write("\(folder)\n", to: layout.socketRecord, owner: account)
        return folder
    }

    /// Removes the folder outside the data directory, once PostgreSQL has stopped.
    func removeOutside() {
        guard let folder = try? recorded(), isPrivate(folder) else { return }
        removeFiles(in: folder)
        rmdir(folder)
        unlink(layout.socketRecord)
    }

    /// A killed PostgreSQL leaves a record in which the next one may see another program, that has its number now.
    private func removeFiles(in folder: String) {
        unlink(Self.socket(in: folder))
        unlink("\(Self.socket(in: folder)).lock")
    }

    /// Whether libpq reaches a socket there: it takes a comma for the end of one host's name.
    static func fits(_ folder: String) -> Bool {
        socket(in: folder).utf8.count <= longestPath && !folder.utf8.contains(UInt8(ascii: ","))
    }

    static func socket(in folder: String) -> String { "\(folder)/.s.PGSQL.\(ClusterLayout.port)" }

    /// Root's runtime directory is closed to the user that PostgreSQL runs as.
    private var base: String {
        guard !account.isOther, let runtimeDirectory, runtimeDirectory.first == "/",
            Self.fits("\(runtimeDirectory)/manicule-XXXXXX"), access(runtimeDirectory, W_OK) == 0
        else { return "/tmp" }
        return runtimeDirectory
    }

    private func recorded() throws(PrivateClusterError) -> String? {
        try Files.read(layout.socketRecord).map { String($0.prefix { $0 != "\n" }) }
    }

    /// Whether a folder in a place that all share is still ours: after a reboot somebody else may have taken the name.
    private func isPrivate(_ folder: String) -> Bool {
        guard let status = Files.status(folder) else { return false }
        return Files.isFolder(status) && status.st_uid == account.userID && status.st_mode & 0o077 == 0
            && Self.fits(folder)
    }
}
