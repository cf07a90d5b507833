import Glibc

/// The token of a clone: a file of mode 0600, replaced whole.
struct TokenFile: Sendable {
    let path: String

    func read() throws(ClientError) -> String {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ClientError(
                .refused, "auth_expired", "this clone has no token: give it one", detail: "\(path): \(errorText())")
        }
        defer { Glibc.close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw failure("cannot be read") }
        return Self.trimmed(String(decoding: buffer.prefix(count), as: UTF8.self))
    }

    /// Writes a new file beside the old one and renames it, so that a kill leaves one of the two.
    func write(_ token: String) throws(ClientError) {
        let fresh = path + ".new"
        Glibc.unlink(fresh)
        let descriptor = Glibc.open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be written") }
        defer { Glibc.close(descriptor) }
        let bytes = Array((Self.trimmed(token) + "\n").utf8)
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count == bytes.count, fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0, rename(fresh, path) == 0
        else { throw failure("cannot be written") }
    }

    static func trimmed(_ token: String) -> String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }
        let bytes = Array(token.utf8.drop(while: isSpace))
        return String(decoding: bytes[..<(bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0)], as: UTF8.self)
    }

    private func failure(_ what: String) -> ClientError {
        ClientError(.environment, "no_token_file", "the file \(path) \(what): \(errorText())")
    }

    private func errorText() -> String { String(cString: strerror(errno)) }
}
