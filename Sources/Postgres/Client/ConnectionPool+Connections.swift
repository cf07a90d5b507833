import LibPQ
import Logging
import Synchronization

// Opening, upkeep and closing of connections.
extension ConnectionPool {
    /// Opens the connection whose place has been reserved; the first waiter gets it, or its error. Then `done` is called.
    func open(_ done: (@Sendable ((any Error)?) -> Void)? = nil) {
        let thread: ConnectionThread
        do {
            thread = try ConnectionThread.start()
        } catch {
            let failure = PostgresError(error, phase: .connect, sql: nil, at: Site(file: #fileID, line: #line))
            refuseOne(failure)
            done?(failure)
            return
        }
        // It belongs to the pool: `close` waits for it, and connecting has a deadline.
        Task(executorPreference: thread) { [self] in
            do {
                let backend = try await connect(on: thread)
                state.withLock { state in
                    state.opening -= 1
                    state.metrics.opened += 1
                }
                offer(backend)
                done?(nil)
            } catch {
                thread.stop()
                refuseOne(error)
                done?(error)
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
        let (waiter, opensAnother): (PoolState.Waiter?, Bool) = state.withLock { state in
            state.opening -= 1
            state.count -= 1
            state.metrics.connectFailures += 1
            let waiter = state.waiters.isEmpty ? nil : state.waiters.removeFirst()
            return (waiter, reserve(&state))
        }
        waiter?.continuation.resume(throwing: error)
        if opensAnother { open() }
        wakeClosers()
    }

    func discard(_ backend: Backend, _ reason: PostgresMetrics.CloseReason) {
        backend.close()
        let opensAnother = state.withLock { state in
            state.count -= 1
            state.metrics.closed[reason, default: 0] += 1
            return reserve(&state)
        }
        if opensAnother { open() }
        wakeClosers()
    }

    // MARK: Upkeep

    /// Opens connections until there are so many. Throws the first failure.
    func warmUp(to wanted: Int) async throws {
        let missing = state.withLock { state in
            if state.isClosed { return 0 }
            let missing = max(min(wanted, configuration.poolSize) - state.count, 0)
            state.count += missing
            state.opening += missing
            return missing
        }
        guard missing > 0 else { return }
        let (stream, continuation) = AsyncThrowingStream<Void, any Error>.makeStream()
        for _ in 0..<missing {
            open { error in
                if let error { continuation.finish(throwing: error) } else { continuation.yield() }
            }
        }
        var left = missing
        for try await _ in stream {
            left -= 1
            if left == 0 { return }
        }
        try Task.checkCancellation()
    }

    /// Closes what has been idle for too long, is too old, or has been closed by the server meanwhile.
    func sweep() {
        let now = ContinuousClock.now
        var seen: Set<ObjectIdentifier> = []
        // One at a time: somebody may want the others.
        while let entry = takeIdle(except: seen) {
            seen.insert(ObjectIdentifier(entry.backend))
            if let reason = reasonToClose(entry, now) {
                discard(entry.backend, reason)
                continue
            }
            enum Outcome { case kept, given(PoolState.Waiter), refused }
            let outcome: Outcome = state.withLock { state in
                if !state.waiters.isEmpty { return .given(state.waiters.removeFirst()) }
                if state.isClosed { return .refused }
                state.putBack(entry)
                return .kept
            }
            switch outcome {
            case .kept: break
            case .given(let waiter): waiter.continuation.resume(returning: entry.backend)
            case .refused: discard(entry.backend, .clientClosed)
            }
        }
    }

    private func takeIdle(except seen: Set<ObjectIdentifier>) -> PoolState.Idle? {
        state.withLock { state in
            guard let index = state.idle.firstIndex(where: { !seen.contains(ObjectIdentifier($0.backend)) }) else {
                return nil
            }
            return state.idle.remove(at: index)
        }
    }

    private func reasonToClose(
        _ entry: PoolState.Idle, _ now: ContinuousClock.Instant
    ) -> PostgresMetrics.CloseReason? {
        if entry.backend.isTooOld { return .lifetime }
        if !entry.backend.session.isAlive() { return .lost }
        guard let limit = configuration.maximumIdleTime, entry.since.duration(to: now) > limit else { return nil }
        return state.withLock { $0.count > configuration.minimumConnections } ? .idle : nil
    }

    // MARK: The end

    /// Refuses new users, sends the waiting ones away, and waits until all connections are back and closed.
    func close() async {
        let (waiters, idle): ([PoolState.Waiter], [PoolState.Idle]) = state.withLock { state in
            state.isClosed = true
            defer { (state.waiters, state.idle) = ([], []) }
            return (state.waiters, state.idle)
        }
        for waiter in waiters {
            waiter.continuation.resume(throwing: PostgresError(.clientClosed, "the client is closed", phase: .acquire))
        }
        for entry in idle { discard(entry.backend, .clientClosed) }
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
}
