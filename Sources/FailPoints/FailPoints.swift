import Glibc
import Synchronization

/// The switchboard of the fail points.
///
/// `MANICULE_FAILPOINT=name:k[:action]` arms one for a process: at its k-th hit it kills the process (`kill`, the
/// default: as a power cut would), exits with 70 (`exit`), or throws (`error`). Unset, a hit costs one atomic load.
package enum FailPoints {
    package enum Action: String, Sendable {
        case kill, exit, error
    }

    private struct Armed {
        var hit: Int
        var action: Action
        var count = 0
    }

    private static let armed = Mutex<[String: Armed]>(fromEnvironment())
    private static let anyArmed = Atomic<Bool>(!fromEnvironment().isEmpty)

    /// Says that execution has come to a point.
    package static func hit(_ point: FailPoint) throws(FailPointError) {
        guard anyArmed.load(ordering: .relaxed) else { return }
        let action = armed.withLock { armed -> Action? in
            guard var entry = armed[point.name] else { return nil }
            entry.count += 1
            armed[point.name] = entry
            return entry.count == entry.hit ? entry.action : nil
        }
        switch action {
        case nil: return
        case .kill: Glibc.kill(getpid(), SIGKILL)
        case .exit: Glibc._exit(70)
        case .error: throw FailPointError(name: point.name)
        }
    }

    /// Arms a point in this process, for tests.
    package static func arm(_ point: FailPoint, hit: Int = 1, action: Action) {
        armed.withLock { $0[point.name] = Armed(hit: hit, action: action) }
        anyArmed.store(true, ordering: .relaxed)
    }

    /// Disarms a point in this process.
    package static func disarm(_ point: FailPoint) {
        let isEmpty = armed.withLock { armed in
            armed[point.name] = nil
            return armed.isEmpty
        }
        anyArmed.store(!isEmpty, ordering: .relaxed)
    }

    private static func fromEnvironment() -> [String: Armed] {
        guard let value = getenv("MANICULE_FAILPOINT") else { return [:] }
        let parts = String(cString: value).split(separator: ":").map(String.init)
        guard let name = parts.first, FailPoint.all.contains(where: { $0.name == name }) else {
            let message = Array("MANICULE_FAILPOINT names no registered fail point: \(String(cString: value))\n".utf8)
            _ = Glibc.write(STDERR_FILENO, message, message.count)
            Glibc._exit(2)
        }
        let hit = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
        let action = parts.count > 2 ? Action(rawValue: parts[2]) ?? .kill : .kill
        return [name: Armed(hit: hit, action: action)]
    }
}
