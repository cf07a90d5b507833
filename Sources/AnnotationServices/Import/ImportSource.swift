import Glibc
import Interchange

/// One file of an import, read chunk by chunk.
package struct ImportSource: Sendable {
    /// What diagnostics call it.
    package let name: String
    /// Bytes in all; nil where that is not known (a pipe).
    package let size: Int64?
    private let path: String?

    /// A file; `-` is standard input.
    package init(path: String) throws(ImportSourceError) {
        guard path != "-" else {
            name = "standard input"
            size = nil
            self.path = nil
            return
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw ImportSourceError(path: path, errno: errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw ImportSourceError(path: path, errno: EISDIR) }
        name = path
        size = status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
        self.path = path
    }

    static let chunkBytes = 256 * 1024

    /// Opens the file for reading from its start.
    func open() throws(ImportSourceError) -> Input {
        guard let path else { return Input(descriptor: dup(STDIN_FILENO), name: name) }
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ImportSourceError(path: path, errno: errno) }
        return Input(descriptor: descriptor, name: name)
    }

    /// An open file.
    final class Input {
        private let descriptor: Int32
        private let name: String

        init(descriptor: Int32, name: String) {
            self.descriptor = descriptor
            self.name = name
        }

        deinit { close(descriptor) }

        /// The next bytes, at most `chunkBytes`; nil at the end.
        func read() throws(ImportSourceError) -> [UInt8]? {
            while true {
                var count = 0
                let bytes = [UInt8](unsafeUninitializedCapacity: ImportSource.chunkBytes) { buffer, used in
                    count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                    used = max(0, count)
                }
                if count > 0 { return bytes }
                if count == 0 { return nil }
                guard errno == EINTR else { throw ImportSourceError(path: name, errno: errno) }
            }
        }
    }
}

/// A file of an import that cannot be read.
package struct ImportSourceError: Error, Sendable, Hashable {
    package var path: String
    package var message: String

    init(path: String, errno code: Int32) {
        self.path = path
        message = "\(path) cannot be read: \(String(cString: strerror(code)))"
    }
}
