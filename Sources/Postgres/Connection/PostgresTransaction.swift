import LibPQ
import Logging

/// A connection inside `BEGIN … COMMIT`, lent to one closure of `withTransaction`.
///
/// `BEGIN` travels with the first statement, so a transaction costs no round trip for it. The closure's normal end
/// commits, an error rolls back.
public final class PostgresTransaction {
    private enum State {
        /// `BEGIN` has not been sent.
        case pending
        case open
        case committed
        /// Over without a known commit; a body that returns normally all the same is told by this error.
        case failed(any Error)
        /// Over without a commit, and the body knows: it may return normally.
        case rolledBack
    }

    let connection: PostgresConnection
    private let options: TransactionOptions
    private let site: Site
    private var state = State.pending
    private var savepoints = 0
    /// How many savepoints' bodies are running.
    private(set) var openSavepoints = 0

    init(_ connection: PostgresConnection, _ options: TransactionOptions, site: Site) {
        self.connection = connection
        self.options = options
        self.site = site
    }

    /// The server process, as `pg_backend_pid()` says.
    public var processID: Int32 { connection.processID }

    /// Runs one query and gives all its rows.
    @discardableResult
    nonisolated(nonsending) public func query(
        _ query: PostgresQuery, file: String = #fileID, line: Int = #line
    ) async throws -> PostgresRows {
        let site = Site(file: file, line: line)
        if case .open = state { return try use(at: site).run(query, at: site) }
        return try run(Batch(queries: [query]), at: site)[0]
    }

    /// Runs all queries in one flush. The first one that fails is told by the error's `pipelineIndex`.
    @discardableResult
    nonisolated(nonsending) public func pipeline(
        _ queries: [PostgresQuery], file: String = #fileID, line: Int = #line
    ) async throws -> [PostgresRows] {
        if queries.isEmpty { return [] }
        return try run(Batch(queries: queries, isPipeline: true), at: Site(file: file, line: line))
    }

    /// Runs the queries and COMMIT in one flush; the transaction is over afterwards, and the body only has to return.
    ///
    /// When a query fails, everything is rolled back and the error tells its `pipelineIndex`. When the connection breaks
    /// on the way, the error is `commitUnknown`: what happened has to be read again.
    @discardableResult
    nonisolated(nonsending) public func commit(
        after queries: [PostgresQuery] = [], file: String = #fileID, line: Int = #line
    ) async throws -> [PostgresRows] {
        let site = Site(file: file, line: line)
        do {
            let results = try run(Batch(queries: queries, isPipeline: true, commits: true), at: site)
            state = .committed
            return results
        } catch {
            switch state {
            case .pending: state = .failed(error)
            case .open: rollBack(because: error)
            case .committed, .failed, .rolledBack: break
            }
            throw error
        }
    }

    /// Says that the body knows of its failed `commit(after:)` and goes on: it may return normally then, and what it did
    /// is undone. Not after a lost connection, of which nobody knows what became.
    public func acceptRollback() {
        guard case .failed(let error) = state, (error as? PostgresError)?.code == .server else { return }
        state = .rolledBack
    }

    /// Runs several statements without parameters as one simple query. Whoever calls this answers for what is in the text.
    public func execute(unsafeSQL sql: String, file: String = #fileID, line: Int = #line) async throws {
        let site = Site(file: file, line: line)
        try begin(at: site)
        try use(at: site).runSimple(sql, at: site)
    }

    /// `COPY … FROM STDIN`, as `PostgresConnection.copyIn`.
    @discardableResult
    public func copyIn(
        unsafeSQL sql: String, file: String = #fileID, line: Int = #line,
        _ body: (PostgresCopyWriter) async throws -> Void
    ) async throws -> Int {
        try begin(at: Site(file: file, line: line))
        return try await connection.copyIn(unsafeSQL: sql, file: file, line: line, body)
    }

    /// `COPY … TO STDOUT`, as `PostgresConnection.copyOut`.
    @discardableResult
    public func copyOut(
        unsafeSQL sql: String, file: String = #fileID, line: Int = #line, _ body: ([UInt8]) async throws -> Void
    ) async throws -> Int {
        try begin(at: Site(file: file, line: line))
        return try await connection.copyOut(unsafeSQL: sql, file: file, line: line, body)
    }

    /// Runs the body behind a savepoint: when it throws, what it did is undone and the transaction can go on.
    public func savepoint<R>(
        file: String = #fileID, line: Int = #line, _ body: () async throws -> R
    ) async throws -> R {
        let site = Site(file: file, line: line)
        savepoints += 1
        let name = "s\(savepoints)"
        func send(_ commands: [String]) throws {
            let queries = commands.map { PostgresQuery(unsafeSQL: "\($0) \(name)") }
            _ = try run(Batch(queries: queries, isPipeline: true), at: site)
        }
        try send(["SAVEPOINT"])
        openSavepoints += 1
        let result: R
        do {
            defer { openSavepoints -= 1 }
            result = try await body()
        } catch {
            // Without it the transaction cannot go on: it stays failed, and the body's error is the one to tell.
            do { try send(["ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT"]) } catch {}
            throw error
        }
        try send(["RELEASE SAVEPOINT"])
        return result
    }
}

// MARK: Begin and end

extension PostgresTransaction {
    /// Commits what the body has done, if it has not done so itself.
    func complete() throws {
        switch state {
        case .pending: state = .committed
        case .committed, .rolledBack: return
        case .failed(let error): throw error
        case .open:
            let backend = try use(at: site)
            do {
                // A body that hides its cancellation may also have left a savepoint half undone by it.
                if backend.session.interrupter.isInterrupted { throw CancellationError() }
                if backend.session.transactionStatus == .inFailedTransaction {
                    throw PostgresError(
                        .transactionAborted, "a statement had failed, and the body returned as if it had not",
                        phase: .commit, at: site)
                }
                _ = try backend.run(Batch(queries: [], commits: true), at: site)
                state = .committed
            } catch {
                rollBack(because: error)
                throw error
            }
        }
    }

    /// Undoes what the body has done. Its own failure closes the connection, and the server rolls back by that.
    func rollBack(because cause: any Error) {
        guard case .open = state else { return }
        state = .failed(cause)
        guard let backend = try? connection.use(at: site) else { return }
        let session = backend.session
        // A cancelled task's connection is put in order, unless a cancel request is on its way.
        session.interrupter.forget()
        guard session.isUsable, session.transactionStatus != .idle else { return }
        do {
            try backend.runSimple("ROLLBACK", phase: .rollback, at: site)
        } catch {
            backend.observer.logger.postgres(
                .warning, "could not roll back; closing the connection", ["error": "\(error)"])
            session.abandon()
        }
    }

    private func run(_ batch: Batch, at site: Site) throws -> [PostgresRows] {
        let backend = try use(at: site)
        var batch = batch
        if case .pending = state { batch.begin = options.begin }
        defer { noteBegin(backend) }
        return try backend.run(batch, at: site)
    }

    /// Sends `BEGIN` by itself, before what cannot travel with it.
    func begin(at site: Site) throws {
        let backend = try use(at: site)
        guard case .pending = state else { return }
        defer { noteBegin(backend) }
        _ = try backend.run(Batch(begin: options.begin, queries: []), at: site)
    }

    /// What the server says counts, not what was sent: a statement must never run outside by mistake.
    private func noteBegin(_ backend: Backend) {
        guard case .pending = state else { return }
        if !backend.session.isUsable || backend.session.transactionStatus != .idle { state = .open }
    }

    private func use(at site: Site) throws -> Backend {
        let backend = try connection.use(at: site)
        switch state {
        case .pending: break
        case .committed: throw PostgresError(.misuse, "the transaction is over", at: site)
        case .failed, .rolledBack:
            throw PostgresError(.misuse, "the transaction is over: it was rolled back", at: site)
        case .open where backend.session.isUsable && backend.session.transactionStatus == .idle:
            let error = PostgresError(.misuse, "the body has ended the transaction by a statement of its own", at: site)
            state = .failed(error)
            throw error
        case .open: break
        }
        return backend
    }
}

extension PostgresConnection {
    /// Runs the body in a transaction: its normal end commits, an error rolls back. Retries are the client's.
    public func withTransaction<R>(
        _ options: TransactionOptions = .readCommitted, file: String = #fileID, line: Int = #line,
        _ body: (PostgresTransaction) async throws -> R
    ) async throws -> R {
        let site = Site(file: file, line: line)
        return try await whileInTransaction(at: site) {
            let transaction = PostgresTransaction(self, options, site: site)
            do {
                let result = try await body(transaction)
                try transaction.complete()
                return result
            } catch {
                transaction.rollBack(because: error)
                throw error
            }
        }
    }
}
