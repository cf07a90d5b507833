import Dispatch
import Testing

/// Runs a suite's tests on a thread of their own.
///
/// These tests wait for programs by blocking. On the threads that all tests share, as many as the machine has cores, that
/// would hold up everything else that runs meanwhile, until deadlines pass there.
struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(QueueExecutor()) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    /// For tests that block while they wait.
    static var ownThread: OwnThread { OwnThread() }
}

/// Runs the parts of a task one after another on a queue of its own.
private final class QueueExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "scenario")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
