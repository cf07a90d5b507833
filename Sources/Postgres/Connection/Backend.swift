import LibPQ
import Logging

/// One connection of the pool: its session, its thread and its prepared statements.
///
/// `@unchecked Sendable`: whoever holds the lease, or the pool while nobody does, is the only one to touch the session and
/// the statements; the pool's lock and the hops to the thread order one holder's accesses before the next one's.
final class Backend: @unchecked Sendable {
    let thread: ConnectionThread
    let session: Session
    let observer: StatementObserver
    /// When it is too old for another lease.
    private let expiry: ContinuousClock.Instant?
    var statements: StatementCache
    var counts = StatementCounts()

    /// How many abandoned statements are collected before they are deallocated together.
    private static let deallocationBatch = 16

    /// Connects, on the thread.
    init(_ configuration: PostgresConfiguration, thread: ConnectionThread, logger: Logger) throws(PostgresError) {
        self.thread = thread
        observer = StatementObserver(
            logger: logger, slowThreshold: configuration.slowStatementThreshold,
            failureLevel: configuration.failedStatementLogLevel)
        expiry = configuration.maximumLifetime.map { .now.advanced(by: $0 * Double.random(in: 0.9...1)) }
        statements = StatementCache(capacity: configuration.statementCacheSize)
        let log = NoticeLog(logger)
        do {
            session = try Session.connect(
                configuration.parameters, until: .now.advanced(by: configuration.connectTimeout),
                sendsCancelRequests: configuration.sendsCancelRequests,
                onNotice: { log.write($0) })
        } catch {
            var failure = PostgresError(error, phase: .connect, sql: nil, at: Site(file: #fileID, line: #line))
            failure.code = .connectFailed
            throw failure
        }
    }

    /// Closes the connection and ends its thread. Not from a task that still has to run on that thread.
    func close() {
        // The session's last reference goes away on the thread, unless somebody else still lets go of it.
        thread.perform { [self] in session.abandon() }
        thread.stop()
    }

    /// Whether the session can be used by the current lease.
    func checkUsable(phase: PostgresError.Phase, at site: Site) throws {
        if session.isUsable { return }
        if session.interrupter.isInterrupted { throw CancellationError() }
        throw PostgresError(.connectionLost, "the connection is closed", phase: phase, at: site)
    }

    // MARK: For the pool

    var isTooOld: Bool { expiry.map { $0 <= .now } ?? false }

    /// Why a session that is not clean has to be closed.
    var closeReason: PostgresMetrics.CloseReason {
        if session.wasInterrupted { return .cancelled }
        if session.isLost { return .lost }
        return session.isRetired ? .readOnlyServer : .outOfOrder
    }

    /// What has been counted since the last time.
    func takeCounts() -> StatementCounts {
        defer { counts = StatementCounts() }
        return counts
    }

    // MARK: Statements

    /// Runs the batch in one flush, and gives the results of its queries.
    func run(_ batch: Batch, at site: Site) throws -> [PostgresRows] {
        try observer.observe(batch.text, count: batch.queries.count, at: site) { try runBatch(batch, at: site) }
    }

    /// Runs one query, by the shortest way when it is prepared.
    func run(_ query: PostgresQuery, at site: Site) throws -> PostgresRows {
        try observer.observe(query.sql, at: site) { try runQuery(query, at: site) }
    }

    private func runBatch(_ batch: Batch, at site: Site) throws -> [PostgresRows] {
        try checkUsable(phase: batch.commits ? .commit : .statement, at: site)
        try batch.check(at: site)
        let all = batch.all
        let isOutside = session.transactionStatus == .idle && batch.begin.isEmpty
        if session.transactionStatus == .idle { try deallocateAbandoned() }
        var outcome = try exchange(all, of: batch, at: site)
        if let failure = outcome.failure, forgetStale(failure, all), isOutside, !outcome.hasCommitted {
            outcome = try exchange(all, of: batch, at: site)
        }
        if let failure = outcome.failure { throw batch.error(failure, of: self, at: site) }
        let results = outcome.results.map(PostgresRows.init)
        if batch.commits, results.last?.commandTag != "COMMIT" {
            throw PostgresError(
                .transactionAborted, "a statement of the transaction had failed, so it was rolled back", phase: .commit,
                at: site)
        }
        return Array(results[batch.begin.count..<batch.begin.count + batch.queries.count])
    }

    private func runQuery(_ query: PostgresQuery, at site: Site) throws -> PostgresRows {
        if session.isUsable, query.bindings.refusal == nil, isKept(query), let name = statements.name(of: query.key) {
            counts.queries += 1
            counts.hits += 1
            do {
                return PostgresRows(try session.runPrepared(name: name, query.bindings.parameters))
            } catch let error where error.code == .server {
                let isOutside = session.transactionStatus == .idle
                var failure = error
                failure.step = 0
                guard forgetStale(failure, [query]), isOutside else {
                    throw Batch(queries: [query]).error(failure, of: self, at: site)
                }
            } catch {
                throw Batch(queries: [query]).error(error, of: self, at: site)
            }
        }
        return try runBatch(Batch(queries: [query]), at: site)[0]
    }

    /// Runs several statements without parameters by the simple protocol.
    func runSimple(_ sql: String, phase: PostgresError.Phase = .statement, at site: Site) throws {
        try observer.observe(sql, at: site) {
            try checkUsable(phase: phase, at: site)
            try Batch.check(sql, at: site)
            _ = try translating(sql, phase: phase, at: site) { () throws(LibPQError) in try session.runSimple(sql) }
        }
    }

    /// What the error of a statement is to the caller; a cancelled task gets `CancellationError`.
    func translating<R>(
        _ sql: String?, phase: PostgresError.Phase = .statement, at site: Site, _ body: () throws(LibPQError) -> R
    ) throws -> R {
        do {
            return try body()
        } catch {
            if error.isCancellation(of: session) { throw CancellationError() }
            note(error)
            throw PostgresError(error, phase: phase, sql: sql, at: site)
        }
    }

    /// A connection that was wanted for writing must not come back when its server has become a standby.
    func note(_ failure: LibPQError) {
        guard failure.diagnostics?.sqlState == SQLState.readOnlyTransaction.rawValue else { return }
        let isReadOnly = ["in_hot_standby", "default_transaction_read_only"]
            .contains { session.parameterStatus($0) == "on" }
        if isReadOnly { session.retire() }
    }

    private func exchange(
        _ queries: [PostgresQuery], of batch: Batch, at site: Site
    ) throws -> Session.PipelineOutcome {
        counts.queries += batch.queries.count
        do {
            if queries.count == 1, let outcome = try runAlone(queries[0]) { return outcome }
            return try runTogether(queries)
        } catch {
            throw batch.error(error, of: self, at: site)
        }
    }

    /// One query without a pipeline; nil when it has to be prepared first.
    private func runAlone(_ query: PostgresQuery) throws(LibPQError) -> Session.PipelineOutcome? {
        do {
            guard isKept(query) else {
                let result = try session.runUnprepared(sql: query.sql, query.bindings.parameters)
                return .init(results: [result])
            }
            guard let name = statements.name(of: query.key) else { return nil }
            counts.hits += 1
            let result = try session.runPrepared(name: name, query.bindings.parameters)
            return .init(results: [result])
        } catch let error where error.code == .server {
            var failure = error
            failure.step = 0
            return .init(results: [nil], failure: failure)
        }
    }

    /// Queries in a pipeline, each prepared before its first use; the outcome counts queries.
    private func runTogether(_ queries: [PostgresQuery]) throws(LibPQError) -> Session.PipelineOutcome {
        var steps: [Session.Step] = []
        var queryOfStep: [Int] = []
        var stepOfQuery: [Int] = []
        var prepared: [(step: Int, key: StatementCache.Key, name: String)] = []
        for (index, query) in queries.enumerated() {
            let parameters = query.bindings.parameters
            if isKept(query) {
                let key = query.key
                var name = statements.name(of: key)
                if name != nil {
                    counts.hits += 1
                } else {
                    counts.misses += 1
                    let fresh = statements.insert(key)
                    prepared.append((steps.count, key, fresh))
                    steps.append(.prepare(name: fresh, sql: query.sql, types: parameters.types))
                    queryOfStep.append(index)
                    name = fresh
                }
                steps.append(.prepared(name: name ?? "", parameters))
            } else {
                steps.append(.unprepared(sql: query.sql, parameters))
            }
            stepOfQuery.append(queryOfStep.count)
            queryOfStep.append(index)
        }
        func query(of step: Int) -> Int { step < queryOfStep.count ? queryOfStep[step] : queries.count }
        do {
            var outcome = try session.runPipeline(steps)
            if let failed = outcome.failure?.step {
                for (step, key, name) in prepared where step >= failed { statements.undoInsert(key, name: name) }
                outcome.failure?.step = query(of: failed)
            }
            outcome.results = stepOfQuery.map { outcome.results[$0] }
            return outcome
        } catch {
            for (_, key, name) in prepared { statements.undoInsert(key, name: name) }
            var error = error
            error.step = error.step.map(query(of:))
            throw error
        }
    }

    // MARK: Prepared statements

    func isKept(_ query: PostgresQuery) -> Bool { query.isPrepared && statements.capacity > 0 }

    /// Whether the failure came from a prepared statement that is no longer good, which is then forgotten.
    func forgetStale(_ failure: LibPQError, _ queries: [PostgresQuery]) -> Bool {
        guard let diagnostics = failure.diagnostics, let index = failure.step, index < queries.count else {
            return false
        }
        guard isKept(queries[index]) else { return false }
        if diagnostics.sqlState == SQLState.invalidSQLStatementName.rawValue {
            statements.removeAll()
            return true
        }
        if diagnostics.isResultTypeChanged {
            statements.remove(queries[index].key)
            return true
        }
        return false
    }

    /// Tells the server to forget statements too, several at a time, and never inside a transaction.
    private func deallocateAbandoned() throws {
        guard statements.abandoned.count >= Self.deallocationBatch else { return }
        let steps = statements.takeAbandoned().map { name in
            Session.Step.unprepared(sql: "DEALLOCATE \(name)", PostgresBindings().parameters)
        }
        _ = try translating(nil, at: Site(file: #fileID, line: #line)) { () throws(LibPQError) in
            try session.runPipeline(steps)
        }
    }
}

extension PostgresQuery {
    var key: StatementCache.Key { StatementCache.Key(sql: sql, slots: bindings.slots) }
}

extension Session.PipelineOutcome {
    /// Whether a statement in it has ended a transaction: then nothing in it may be repeated.
    var hasCommitted: Bool { results.contains { ["COMMIT", "PREPARE TRANSACTION"].contains($0?.commandTag) } }
}
