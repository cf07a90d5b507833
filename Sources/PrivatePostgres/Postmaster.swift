import Glibc

/// What `postmaster.pid` says of the PostgreSQL that runs in a folder, and whether it is true.
struct Postmaster: Sendable, Equatable {
    let pid: Int32
    let socketDirectory: String
    /// "starting", "ready", "stopping".
    let status: String

    /// The postmaster that is alive in a cluster's folder, or nil.
    static func alive(in folder: ClusterFolder) throws(PrivateClusterError) -> Postmaster? {
        guard let postmaster = try recorded(in: folder), postmaster.isAlive(in: folder) else { return nil }
        return postmaster
    }

    static func recorded(in folder: ClusterFolder) throws(PrivateClusterError) -> Postmaster? {
        guard let text = try Files.read(file(folder)) else { return nil }
        // pid, folder, time of start, port, socket's folder, address, shared memory, status
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let pid = lines.first.flatMap({ Int32($0) }), pid > 0 else { return nil }
        return Postmaster(
            pid: pid, socketDirectory: lines.count > 4 ? String(lines[4]) : "",
            status: lines.count > 7 ? String(lines[7].prefix { $0 != " " }) : "")
    }

    /// Whether the process is a postmaster in that very folder.
    ///
    /// After a crash or a reboot the number may belong to another program. A postmaster works in its data folder, which
    /// also tells a process that has ended and was not reaped yet.
    func isAlive(in folder: ClusterFolder) -> Bool {
        guard kill(pid, 0) == 0 || errno == EPERM else { return false }
        var work = stat()
        var data = stat()
        guard stat("/proc/self/cwd", &work) == 0 else { return true }  // no /proc on this system
        guard stat("/proc/\(pid)/cwd", &work) == 0, stat(folder.data, &data) == 0 else { return false }
        return work.st_dev == data.st_dev && work.st_ino == data.st_ino
    }

    /// Makes a record harmless whose number belongs to another program now.
    ///
    /// PostgreSQL would take that program for a running server. The rest of the record stays, because PostgreSQL finds in
    /// it the shared memory that processes of the crashed server may still use.
    static func disarmStaleRecord(in folder: ClusterFolder, owner: ServerAccount) throws(PrivateClusterError) {
        guard let stale = try recorded(in: folder), !stale.isAlive(in: folder), kill(stale.pid, 0) == 0,
            let text = try Files.read(file(folder)), let end = text.firstIndex(of: "\n")
        else { return }
        try Files.write("\(Int32.max - 1)\(text[end...])", to: file(folder), owner: owner)
    }

    private static func file(_ folder: ClusterFolder) -> String { "\(folder.data)/postmaster.pid" }
}
