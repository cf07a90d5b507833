import Glibc
import Synchronization

/// A lock on a file that the kernel gives back when its holder ends, however it ends.
///
/// The file itself stays: removing it would let two processes hold "the" lock on two files of one name.
final class FileLock: Sendable {
    enum Mode {
        case exclusive
        case shared
    }

    private let path: String
    private let descriptor: Mutex<Int32?>

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        release()
    }

    /// Takes the lock when it is free. Nil: somebody else has it.
    static func attempt(_ path: String, _ mode: Mode, owner: ServerAccount) throws(PrivateClusterError) -> FileLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system(errno, "cannot open", path) }
        do throws(PrivateClusterError) {
            try owner.own(descriptor, path: path)
        } catch {
            close(descriptor)
            throw error
        }
        while flock(descriptor, (mode == .exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            close(descriptor)
            guard code == EWOULDBLOCK else { throw .system(code, "cannot lock", path) }
            return nil
        }
        return FileLock(path: path, descriptor: descriptor)
    }

    /// Says in the file who holds the lock, for those who find it taken; nil says nobody.
    func describe(_ holder: LockHolder?) throws(PrivateClusterError) {
        let result: PrivateClusterError? = descriptor.withLock { descriptor in
            guard let descriptor else { return nil }
            do throws(PrivateClusterError) {
                ftruncate(descriptor, 0)
                lseek(descriptor, 0, SEEK_SET)
                try Files.write(Array((holder?.line ?? "").utf8), to: descriptor, path: path)
                return nil
            } catch {
                return error
            }
        }
        if let result { throw result }
    }

    /// Gives the lock back; again it does nothing.
    func release() {
        descriptor.withLock { descriptor in
            guard let open = descriptor else { return }
            // A program that is being started has a copy of the descriptor for a moment; closing would not do.
            flock(open, LOCK_UN)
            close(open)
            descriptor = nil
        }
    }
}

/// Who holds the lock of a data directory.
struct LockHolder: Equatable {
    enum Role: String {
        case server
        case command
    }

    var role: Role
    var pid: Int32
    /// Where the server listens, once it does.
    var address: String?

    var line: String {
        "\(role.rawValue) \(pid)\(address.map { " \($0)" } ?? "")\n"
    }

    init(role: Role, pid: Int32 = getpid(), address: String? = nil) {
        self.role = role
        self.pid = pid
        self.address = address
    }

    /// Reads the line; nil when it is not whole, or when its writer has ended since.
    init?(line: String) {
        guard line.utf8.last == UInt8(ascii: "\n") else { return nil }
        let words = line.dropLast().split(separator: " ", maxSplits: 2)
        guard words.count >= 2, let role = Role(rawValue: String(words[0])), let pid = Int32(words[1]), pid > 0,
            kill(pid, 0) == 0 || errno == EPERM
        else { return nil }
        self.init(role: role, pid: pid, address: words.count > 2 ? String(words[2]) : nil)
    }
}
