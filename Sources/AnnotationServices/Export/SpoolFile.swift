import Glibc

/// A file that grows while something is gathered, and is then kept under its name or read once and forgotten.
package final class SpoolFile {
    private let descriptor: Int32
    private let path: String
    private var target: String?
    private var buffer: [UInt8] = []
    /// Bytes appended so far.
    package private(set) var size: Int64 = 0

    private static let bufferBytes = 1 << 20

    /// A spool beside the file it becomes, so that `keep` is one rename; the file appears whole or not at all.
    package init(becoming target: String) throws(SpoolError) {
        self.target = target
        path = "\(target).partial-\(getpid())"
        descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SpoolError(target, errno) }
    }

    /// A spool without a name, in the folder for temporary files.
    package init() throws(SpoolError) {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/manicule-spool.XXXXXX".utf8CString)
        descriptor = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { mkstemp($0) } ?? -1
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard descriptor >= 0 else { throw SpoolError(folder, errno) }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit {
        close(descriptor)
        if target != nil { unlink(path) }
    }

    package func append(_ bytes: [UInt8]) throws(SpoolError) {
        buffer += bytes
        size += Int64(bytes.count)
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    package func flush() throws(SpoolError) {
        var written = 0
        while written < buffer.count {
            let count = buffer.withUnsafeBytes { bytes in
                write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw SpoolError(target ?? path, errno)
            }
            written += count
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Makes it durable and gives it its name.
    package func keep() throws(SpoolError) {
        guard let target else { return }
        try flush()
        guard fsync(descriptor) == 0, rename(path, target) == 0 else { throw SpoolError(target, errno) }
        self.target = nil
    }

    /// Reads all of it from the start, block by block.
    package func read(_ body: ([UInt8]) throws -> Void) throws {
        try flush()
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw SpoolError(path, errno) }
        while true {
            var count = 0
            let block = [UInt8](unsafeUninitializedCapacity: Self.bufferBytes) { buffer, used in
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                used = max(0, count)
            }
            if count == 0 { return }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw SpoolError(path, errno)
            }
            try body(block)
        }
    }
}

/// A file that cannot be written: no room, no right, no folder.
package struct SpoolError: Error, Sendable, Hashable {
    package var path: String
    package var message: String

    init(_ path: String, _ code: Int32) {
        self.path = path
        message = "\(path) cannot be written: \(String(cString: strerror(code)))"
    }
}
