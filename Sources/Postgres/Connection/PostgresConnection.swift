import LibPQ

/// A connection, lent to one closure of `PostgresClient.withConnection`.
///
/// The closure's code runs on the connection's own thread, so that a query does not hop. It is not Sendable: nobody else
/// can come in between. Used after the closure, or while a COPY or a stream of rows is under way, it throws `misuse`.
public final class PostgresConnection {
    private var backend: Backend?
    private var isBusy = false
    private var isInTransaction = false

    init(_ backend: Backend) { self.backend = backend }

    /// Takes the connection away: the lease is over.
    func end() { backend = nil }

    /// The server's version as libpq gives it: 150018 is 15.18.
    public var serverVersion: Int { backend?.session.serverVersion ?? 0 }
    /// The server process, as `pg_backend_pid()` says.
    public var processID: Int32 { backend?.session.processID ?? 0 }

    /// How many jobs the connection's thread has taken: one more for each hop.
    package var hopCount: Int { backend?.thread.jobCount ?? 0 }
    /// How many prepared statements the connection keeps.
    package var preparedStatements: Int { backend?.statements.count ?? 0 }

    /// Runs one query and gives all its rows.
    @discardableResult
    nonisolated(nonsending) public func query(
        _ query: PostgresQuery, file: String = #fileID, line: Int = #line
    ) async throws -> PostgresRows {
        let site = Site(file: file, line: line)
        return try use(at: site).run(query, at: site)
    }

    /// Runs all queries in one flush behind one sync: outside of a transaction they are one. The first one that fails is
    /// told by the error's `pipelineIndex`; those behind it are not run.
    @discardableResult
    nonisolated(nonsending) public func pipeline(
        _ queries: [PostgresQuery], file: String = #fileID, line: Int = #line
    ) async throws -> [PostgresRows] {
        let site = Site(file: file, line: line)
        let backend = try use(at: site)
        if queries.isEmpty { return [] }
        return try backend.run(Batch(queries: queries, isPipeline: true), at: site)
    }

    /// Runs several statements without parameters as one simple query: an implicit transaction, unless the text has its
    /// own. Whoever calls this answers for what is in the text.
    public func execute(unsafeSQL sql: String, file: String = #fileID, line: Int = #line) async throws {
        let site = Site(file: file, line: line)
        try use(at: site).runSimple(sql, at: site)
    }

    // MARK: For transactions and COPY

    /// The backend, for one call of the lease's own task.
    func use(at site: Site) throws(PostgresError) -> Backend {
        guard let backend else {
            throw PostgresError(.misuse, "the connection is used after the closure it was lent to", at: site)
        }
        guard backend.thread.isCurrent else {
            throw PostgresError(.misuse, "the connection is used outside of its own thread", at: site)
        }
        if isBusy {
            throw PostgresError(.misuse, "the connection is used while it copies or streams rows", at: site)
        }
        return backend
    }

    /// Marks the connection as busy with a COPY or a stream of rows while the body runs.
    func whileBusy<R>(_ body: () async throws -> R) async throws -> R {
        isBusy = true
        defer { isBusy = false }
        return try await body()
    }

    /// Marks the connection as being in a transaction while the body runs.
    func whileInTransaction<R>(at site: Site, _ body: () async throws -> R) async throws -> R {
        let backend = try use(at: site)
        if isInTransaction || backend.session.isUsable && backend.session.transactionStatus != .idle {
            throw PostgresError(.misuse, "a transaction inside of a transaction", phase: .begin, at: site)
        }
        isInTransaction = true
        defer { isInTransaction = false }
        return try await body()
    }
}
