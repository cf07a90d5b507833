import LibPQ
import Logging
import Synchronization

/// The connections of a client: at most so many, lent to one user each, waiters served in the order of their coming.
final class ConnectionPool: Sendable {
    typealias OnConnect = @Sendable (PostgresConnection) async throws -> Void

    private struct Idle {
        let backend: Backend
        let since: ContinuousClock.Instant
    }

    private struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<Backend, any Error>
    }

    private struct State {
        /// The one used last comes last, and is taken first: the others grow old and are closed.
        var idle: [Idle] = []
        var waiters: [Waiter] = []
        /// All connections: idle, lent, and being opened.
        var count = 0
        var opening = 0
        var isClosed = false
        var closers: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastID = 0
        /// The tasks that hold a connection.
        var holders: Set<Int> = []

        mutating func newID() -> Int {
            lastID += 1
            return lastID
        }
    }

    private let state = Mutex(State())
    private let configuration: PostgresConfiguration
    private let onConnect: OnConnect?
    let logger: Logger

    init(_ configuration: PostgresConfiguration, logger: Logger, onConnect: OnConnect?) {
        self.configuration = configuration
        self.logger = logger
        self.onConnect = onConnect
    }

    deinit {
        // Nobody can be waiting or holding a connection here: they hold the pool.
        for entry in state.withLock({ $0.idle }) { entry.backend.close() }
    }

    // MARK: Lending

    /// Gives a connection that answered last time and has not been closed since. Each one must be released.
    func acquire(at site: Site) async throws -> Lease {
        try Task.checkCancellation()
        let holder = withUnsafeCurrentTask { $0?.hashValue ?? 0 }
        var idle: Backend?
        let isHolding = state.withLock { state in
            if state.holders.contains(holder) { return true }
            idle = state.idle.popLast()?.backend
            return false
        }
        if isHolding {
            throw PostgresError(
                .misuse, "the task already holds a connection of this client: a second one could wait for the first",
                phase: .acquire, at: site)
        }
        let deadline = ContinuousClock.now.advanced(by: configuration.acquireTimeout)
        while true {
            let backend: Backend
            if let first = idle.take() { backend = first } else { backend = try await next(until: deadline, at: site) }
            guard backend.session.isAlive() else {
                logger.debug("an idle connection was closed by the server", metadata: backend.metadata)
                discard(backend)
                continue
            }
            state.withLock { _ = $0.holders.insert(holder) }
            return Lease(backend: backend, number: backend.session.interrupter.beginLease(), holder: holder)
        }
    }

    /// Takes a connection back; keeps it when it is in order, closes it when not.
    func release(_ lease: Lease) {
        let backend = lease.backend
        state.withLock { _ = $0.holders.remove(lease.holder) }
        // From here on a late cancellation does not reach it.
        _ = backend.session.interrupter.beginLease()
        backend.session.interrupter.forget()
        guard backend.session.isClean else {
            logger.debug("closing a connection that came back out of order", metadata: backend.metadata)
            return discard(backend)
        }
        if let lifetime = configuration.maximumLifetime, backend.openedAt.duration(to: .now) > lifetime {
            return discard(backend)
        }
        offer(backend)
    }

    private enum Step {
        case use(Backend)
        case wait(opensAnother: Bool)
    }

    private func next(until deadline: ContinuousClock.Instant, at site: Site) async throws -> Backend {
        let id = state.withLock { $0.newID() }
        let timer = Mutex<Task<Void, Never>?>(nil)
        defer { timer.withLock { $0?.cancel() } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                switch enter(Waiter(id: id, continuation: continuation), at: site) {
                case .use(let backend): continuation.resume(returning: backend)
                case .wait(let opensAnother):
                    timer.withLock { $0 = startTimer(for: id, until: deadline, at: site) }
                    if opensAnother { open() }
                    // A cancellation before the waiter stood in the queue has found nobody.
                    if Task.isCancelled { fail(id, CancellationError()) }
                case nil: break
                }
            }
        } onCancel: {
            fail(id, CancellationError())
        }
    }

    /// Takes an idle connection or a place in the queue. Nil when it has been refused.
    private func enter(_ waiter: Waiter, at site: Site) -> Step? {
        let step: Step? = state.withLock { state in
            if state.isClosed { return nil }
            if let entry = state.idle.popLast() { return .use(entry.backend) }
            state.waiters.append(waiter)
            return .wait(opensAnother: reserve(&state))
        }
        if step == nil {
            waiter.continuation.resume(
                throwing: PostgresError(.clientClosed, "the client is closed", phase: .acquire, at: site))
        }
        return step
    }

    /// Reserves the place of a new connection, when there is one and more wait than are being opened.
    private func reserve(_ state: inout State) -> Bool {
        guard state.count < configuration.poolSize, state.waiters.count > state.opening else { return false }
        state.count += 1
        state.opening += 1
        return true
    }

    private func startTimer(for id: Int, until deadline: ContinuousClock.Instant, at site: Site) -> Task<Void, Never> {
        Task {
            do { try await Task.sleep(until: deadline, clock: .continuous) } catch { return }
            let limit = configuration.acquireTimeout
            fail(
                id,
                PostgresError(
                    .acquireTimedOut, "no connection of \(configuration.poolSize) became free within \(limit)",
                    phase: .acquire, at: site))
        }
    }

    /// Sends a waiter away, if it is still there.
    private func fail(_ id: Int, _ error: any Error) {
        let waiter: Waiter? = state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(throwing: error)
    }

    /// Gives a connection in order to the first waiter, or keeps it.
    private func offer(_ backend: Backend) {
        enum Outcome { case kept, given(Waiter), refused }
        let outcome: Outcome = state.withLock { state in
            if !state.waiters.isEmpty { return .given(state.waiters.removeFirst()) }
            if state.isClosed { return .refused }
            state.idle.append(Idle(backend: backend, since: .now))
            return .kept
        }
        switch outcome {
        case .kept: break
        case .given(let waiter): waiter.continuation.resume(returning: backend)
        case .refused: discard(backend)
        }
    }

    // MARK: Opening and closing

    /// Opens the connection whose place has been reserved; the first waiter gets it, or its error.
    private func open() {
        let thread: ConnectionThread
        do {
            thread = try ConnectionThread.start()
        } catch {
            return refuseOne(PostgresError(error, phase: .connect, sql: nil, at: Site(file: #fileID, line: #line)))
        }
        // It belongs to the pool: `close` waits for it, and connecting has a deadline.
        Task(executorPreference: thread) { [self] in
            do {
                let backend = try await connect(on: thread)
                state.withLock { $0.opening -= 1 }
                offer(backend)
            } catch {
                thread.stop()
                refuseOne(error)
            }
        }
    }

    private func connect(on thread: ConnectionThread) async throws -> Backend {
        let backend = try Backend(configuration, thread: thread, logger: logger)
        logger.debug("connected", metadata: backend.metadata)
        guard let onConnect else { return backend }
        let connection = PostgresConnection(backend)
        defer { connection.end() }
        try await onConnect(connection)
        guard backend.session.isClean else {
            throw PostgresError(.misuse, "a new connection was left out of order", phase: .connect)
        }
        return backend
    }

    private func refuseOne(_ error: any Error) {
        logger.debug("could not connect", metadata: ["error": "\(error)"])
        let (waiter, opensAnother): (Waiter?, Bool) = state.withLock { state in
            state.opening -= 1
            state.count -= 1
            let waiter = state.waiters.isEmpty ? nil : state.waiters.removeFirst()
            return (waiter, reserve(&state))
        }
        waiter?.continuation.resume(throwing: error)
        if opensAnother { open() }
        wakeClosers()
    }

    private func discard(_ backend: Backend) {
        backend.close()
        let opensAnother = state.withLock { state in
            state.count -= 1
            return reserve(&state)
        }
        if opensAnother { open() }
        wakeClosers()
    }

    /// Closes what has been idle for too long.
    func closeIdle(longerThan limit: Duration) {
        let now = ContinuousClock.now
        let old: [Idle] = state.withLock { state in
            let old = state.idle.filter { $0.since.duration(to: now) > limit }
            state.idle.removeAll { $0.since.duration(to: now) > limit }
            return old
        }
        for entry in old { discard(entry.backend) }
    }

    /// Refuses new users, sends the waiting ones away, and waits until all connections are back and closed.
    func close() async {
        let (waiters, idle): ([Waiter], [Idle]) = state.withLock { state in
            state.isClosed = true
            defer { (state.waiters, state.idle) = ([], []) }
            return (state.waiters, state.idle)
        }
        for waiter in waiters {
            waiter.continuation.resume(throwing: PostgresError(.clientClosed, "the client is closed", phase: .acquire))
        }
        for entry in idle { discard(entry.backend) }
        let id = state.withLock { $0.newID() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { $0.closers[id] = continuation }
                wakeClosers()
                if Task.isCancelled { wakeCloser(id) }
            }
        } onCancel: {
            wakeCloser(id)
        }
    }

    private func wakeClosers() {
        let closers = state.withLock { state in
            guard state.isClosed, state.count == 0 else { return [:] as [Int: CheckedContinuation<Void, Never>] }
            defer { state.closers = [:] }
            return state.closers
        }
        for closer in closers.values { closer.resume() }
    }

    private func wakeCloser(_ id: Int) { state.withLock { $0.closers.removeValue(forKey: id) }?.resume() }

    /// How many connections there are, and how many of them are idle.
    var counts: (all: Int, idle: Int, waiting: Int) {
        state.withLock { ($0.count, $0.idle.count, $0.waiters.count) }
    }
}

/// A connection in the hands of one task.
struct Lease: Sendable {
    let backend: Backend
    /// What the interrupter knows the lease by.
    let number: Int
    let holder: Int
}

extension Backend {
    var metadata: Logger.Metadata { ["process": "\(session.processID)"] }
}
