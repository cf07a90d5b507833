import Digest
import Dispatch
import SyncProtocol
import Synchronization

/// Hashes passwords on two threads of its own: each takes tens of milliseconds and 19 MiB, which neither the requests'
/// threads nor the memory should bear many times at once.
final class PasswordThreads: Sendable {
    private static let width = 2
    /// Who finds more waiting is sent away: the last one waits about two seconds.
    private static let longestQueue = 100

    private let threads: [DispatchQueue]
    private let state = Mutex<State>(State())

    private struct State {
        var waiting = 0
        var next = 0
    }

    /// What unknown users are compared with, so that they take as long as known ones.
    private let decoy = Mutex<String?>(nil)

    init() {
        threads = (0..<Self.width).map { DispatchQueue(label: "manicule.passwords.\($0)") }
    }

    func hash(_ password: String) async throws -> String {
        try await run { try PasswordHash.hash(password) }
    }

    /// Whether the password fits; without a hash it is as slow, and false.
    func verify(_ password: String, _ phc: String?) async throws -> Bool {
        try await run { [self] in
            if let phc { return PasswordHash.verify(password, phc) }
            let decoy = try decoy.withLock { stored in
                let hash = try stored ?? PasswordHash.hash(SecureRandom.token())
                stored = hash
                return hash
            }
            _ = PasswordHash.verify(password, decoy)
            return false
        }
    }

    /// Makes the decoy ahead, so that the first unknown user takes no longer than others.
    func prepare() async throws { _ = try await verify("", nil) }

    private func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try Task.checkCancellation()
        let thread = state.withLock { state -> DispatchQueue? in
            guard state.waiting < Self.longestQueue else { return nil }
            state.waiting += 1
            state.next = (state.next + 1) % Self.width
            return threads[state.next]
        }
        guard let thread else {
            throw Problem.unavailable(retryAfter: 2, "too many passwords are being checked; try again")
        }
        defer { state.withLock { $0.waiting -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            thread.async {
                continuation.resume(with: Swift.Result { try work() })
            }
        }
    }
}
