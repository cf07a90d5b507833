import Glibc

/// The few operations on files that the cluster's bookkeeping needs.
///
/// Root works here in folders that belong to another user. So no symbolic link is followed in the last part of a path,
/// and owners are changed through descriptors only.
enum Files {
    static func exists(_ path: String) -> Bool {
        status(path) != nil
    }

    /// What is at a path; a symbolic link is not followed.
    static func status(_ path: String) -> stat? {
        var result = stat()
        return lstat(path, &result) == 0 ? result : nil
    }

    static func isFolder(_ status: stat) -> Bool {
        status.st_mode & S_IFMT == S_IFDIR
    }

    /// The content of a small text file, or nil when there is none.
    static func read(_ path: String) throws(PrivateClusterError) -> String? {
        try read(path, from: 0)
    }

    /// What was written to a text file after an offset, at most its last megabyte.
    static func read(_ path: String, from offset: Int) throws(PrivateClusterError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .system(errno, "cannot read", path)
        }
        defer { close(descriptor) }
        let limit: Int = 1 << 20
        var position = max(offset, lseek(descriptor, 0, SEEK_END) - limit)
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, position)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(errno, "cannot read", path) }
            if count == 0 { break }
            content += buffer[..<count]
            position += Int(count)
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// Writes a private file (mode 0600) so that a kill leaves either the old content or the new one.
    static func write(_ content: String, to path: String, owner: ServerAccount) throws(PrivateClusterError) {
        let temporary = "\(path).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system(errno, "cannot write", temporary) }
        defer { close(descriptor) }
        try write(Array(content.utf8), to: descriptor, path: temporary)
        try owner.own(descriptor, path: temporary)
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            throw .system(errno, "cannot write", path)
        }
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(PrivateClusterError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system(errno, "cannot write", path) }
            written += count
        }
    }

    /// Creates a folder of mode 0700 when it is missing. True: it was created.
    @discardableResult
    static func makeFolder(_ path: String, owner: ServerAccount) throws(PrivateClusterError) -> Bool {
        if mkdir(path, 0o700) == 0 {
            try own(path, owner)
            return true
        }
        guard errno == EEXIST else { throw .system(errno, "cannot create", path) }
        return false
    }

    /// Creates a folder of mode 0700 with a new name.
    static func makeUniqueFolder(_ prefix: String, owner: ServerAccount) throws(PrivateClusterError) -> String {
        var template = Array("\(prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .system(errno, "cannot create a folder", prefix) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try own(path, owner)
        return path
    }

    /// Gives a folder to the account.
    static func own(_ folder: String, _ owner: ServerAccount) throws(PrivateClusterError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .system(errno, "cannot open", folder) }
        defer { close(descriptor) }
        try owner.own(descriptor, path: folder)
    }

    /// Makes a rename inside the folder, or a new file in it, survive a power cut.
    static func sync(folder: String) throws(PrivateClusterError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno, "cannot open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(errno, "cannot write", folder) }
    }

    /// The names in a folder, without `.` and `..`.
    static func names(in folder: String) throws(PrivateClusterError) -> [String] {
        guard let handle = opendir(folder) else { throw .system(errno, "cannot read", folder) }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The absolute path without symbolic links, or nil when nothing is there.
    static func resolved(_ path: String) -> String? {
        guard let result = realpath(path, nil) else { return nil }
        defer { free(result) }
        return String(cString: result)
    }
}
