import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The thread of one connection: a task executor that runs one job at a time and may block.
///
/// A task that prefers this executor runs on the thread until it leaves the scope, and so do the functions it calls: a
/// query in there costs no hop, and waiting for the server blocks nobody else. Nothing above this type knows that it is
/// a thread; an event loop could take its place.
package final class ConnectionThread: TaskExecutor {
    private enum Work {
        case job(UnownedJob)
        case body(@Sendable () -> Void)
    }

    private struct State {
        var queue: [Work] = []
        var isStopping = false
        var jobs = 0
    }

    private let state = Monitor(State())
    /// The thread's own number, which it has for as long as it runs; else 0.
    private let thread = Atomic<UInt>(0)

    private init() {}

    /// A running thread. It holds itself until `stop`.
    package static func start() throws(LibPQError) -> ConnectionThread {
        let executor = ConnectionThread()
        guard startThread({ executor.run() }) else { throw LibPQError(.refused, "no more threads can be started") }
        return executor
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.change { state in
            state.jobs += 1
            state.queue.append(.job(job))
        }
    }

    /// Runs the body on the thread, after what is queued.
    package func perform(_ body: @escaping @Sendable () -> Void) {
        state.change { $0.queue.append(.body(body)) }
    }

    /// Ends the thread when its queue is empty.
    package func stop() { state.change { $0.isStopping = true } }

    /// Whether the caller runs on this thread.
    package var isCurrent: Bool { thread.load(ordering: .relaxed) == Self.current }

    private static var current: UInt {
        #if canImport(Glibc)
            UInt(pthread_self())
        #else
            UInt(bitPattern: pthread_self())
        #endif
    }

    /// How many jobs have been run: one per hop, for tests.
    package var jobCount: Int { state.change { $0.jobs } }

    private func run() {
        thread.store(Self.current, ordering: .relaxed)
        while true {
            let batch: [Work] = state.wait { state in
                if state.queue.isEmpty { return state.isStopping ? [] : nil }
                let batch = state.queue
                state.queue = []
                return batch
            }
            if batch.isEmpty { break }
            for work in batch {
                switch work {
                case .job(let job): unsafe job.runSynchronously(on: asUnownedTaskExecutor())
                case .body(let body): body()
                }
            }
        }
        thread.store(0, ordering: .relaxed)
    }
}
