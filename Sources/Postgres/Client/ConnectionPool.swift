import LibPQ
import Logging
import Synchronization

/// The connections of a client: at most so many, lent to one user each, waiters served in the order of their coming.
final class ConnectionPool: Sendable {
    typealias OnConnect = @Sendable (PostgresConnection) async throws -> Void

    let state = Mutex(PoolState())
    let configuration: PostgresConfiguration
    let onConnect: OnConnect?
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
        // One lock for the usual case; what it takes for granted is undone when the connection turns out to be gone.
        let isHolding = state.withLock { state in
            if state.holders.contains(holder) { return true }
            idle = state.idle.popLast()?.backend
            if idle != nil { state.lend(to: holder) }
            return false
        }
        if isHolding {
            throw PostgresError(
                .misuse, "the task already holds a connection of this client: a second one could wait for the first",
                phase: .acquire, at: site)
        }
        if let backend = idle {
            if backend.session.isAlive() { return Lease(of: backend, to: holder) }
            state.withLock { $0.unlend(from: holder) }
            dismiss(backend)
        }
        return try await acquireSlowly(by: holder, at: site)
    }

    /// Waits for a connection, unless another one is idle.
    private func acquireSlowly(by holder: Int, at site: Site) async throws -> Lease {
        let start = ContinuousClock.now
        let deadline = start.advanced(by: configuration.acquireTimeout)
        while true {
            let backend: Backend
            do {
                backend = try await next(until: deadline, at: site)
            } catch {
                state.withLock { Self.countWait(since: start, in: &$0) }
                throw error
            }
            guard backend.session.isAlive() else {
                dismiss(backend)
                continue
            }
            state.withLock { state in
                state.lend(to: holder)
                Self.countWait(since: start, in: &state)
            }
            return Lease(of: backend, to: holder)
        }
    }

    private func dismiss(_ backend: Backend) {
        logger.debug("an idle connection was closed by the server", metadata: backend.metadata)
        discard(backend, .lost)
    }

    /// Takes a connection back; keeps it when it is in order, closes it when not.
    func release(_ lease: Lease) {
        let backend = lease.backend
        backend.session.dropNotifications()
        backend.session.interrupter.endLease()
        let counts = backend.takeCounts()
        let reason = backend.session.isClean ? (backend.isTooOld ? .lifetime : nil) : backend.closeReason
        guard let reason else { return offer(backend, endOf: lease, counts) }
        state.withLock { $0.end(lease, counts) }
        if reason != .lifetime {
            logger.debug(
                "closing a connection that came back out of order",
                metadata: backend.metadata.merging(["reason": "\(reason)"]) { $1 })
        }
        discard(backend, reason)
    }

    private static func countWait(since start: ContinuousClock.Instant, in state: inout PoolState) {
        state.metrics.waited += 1
        state.metrics.waitTime += start.duration(to: .now)
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
                switch enter(PoolState.Waiter(id: id, continuation: continuation), at: site) {
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
    private func enter(_ waiter: PoolState.Waiter, at site: Site) -> Step? {
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
    func reserve(_ state: inout PoolState) -> Bool {
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
                    phase: .acquire, at: site), isTimeout: true)
        }
    }

    /// Sends a waiter away, if it is still there. It is counted before the waiter can look at the figures.
    private func fail(_ id: Int, _ error: any Error, isTimeout: Bool = false) {
        let waiter: PoolState.Waiter? = state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            if isTimeout { state.metrics.acquireTimeouts += 1 }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(throwing: error)
    }

    /// Gives a connection in order to the first waiter, or keeps it; ends the lease that it comes from.
    func offer(_ backend: Backend, endOf lease: Lease? = nil, _ counts: StatementCounts = StatementCounts()) {
        enum Outcome { case kept, given(PoolState.Waiter), refused }
        let outcome: Outcome = state.withLock { state in
            if let lease { state.end(lease, counts) }
            if !state.waiters.isEmpty { return .given(state.waiters.removeFirst()) }
            if state.isClosed { return .refused }
            state.idle.append(PoolState.Idle(backend: backend, since: .now))
            return .kept
        }
        switch outcome {
        case .kept: break
        case .given(let waiter): waiter.continuation.resume(returning: backend)
        case .refused: discard(backend, .clientClosed)
        }
    }

    /// The counters, and what the pool holds now.
    var metrics: PostgresMetrics {
        state.withLock { state in
            var metrics = state.metrics
            metrics.connections = state.count
            metrics.idle = state.idle.count
            metrics.opening = state.opening
            metrics.lent = state.count - state.idle.count - state.opening
            metrics.waiting = state.waiters.count
            return metrics
        }
    }

    func countRetry() { state.withLock { $0.metrics.retries += 1 } }

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

    init(of backend: Backend, to holder: Int) {
        self.backend = backend
        self.holder = holder
        number = backend.session.interrupter.beginLease()
    }
}

extension Backend {
    var metadata: Logger.Metadata { ["process": "\(session.processID)"] }
}
