import LibPQ

/// The rows of a query as they come from the server, lent to the closure of `stream`.
///
/// The server is asked for no more than the body takes: the rows wait in the network's buffers and on the server.
public struct PostgresRowStream: AsyncSequence {
    let source: RowSource

    /// Takes the rows one by one.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let source: RowSource

        /// The next row, or nil behind the last one.
        public mutating func next() async throws -> PostgresRow? { try source.next() }

        /// The next row, or nil behind the last one.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> PostgresRow? {
            try source.next()
        }
    }

    /// All iterators take from the same rows.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: source) }
}

/// Takes the rows of one statement from its session.
final class RowSource {
    private var backend: Backend?
    private let sql: String
    private let site: Site
    private var batch: Session.RowBatch
    private var position = 0
    /// The error of the statement, told to every further call.
    private var failure: (any Error)?

    init(_ backend: Backend, sql: String, _ first: Session.RowBatch, site: Site) {
        self.backend = backend
        self.sql = sql
        self.site = site
        batch = first
    }

    func next() throws -> PostgresRow? {
        guard let backend else {
            throw PostgresError(.misuse, "the rows are used after the closure they were lent to", at: site)
        }
        guard backend.thread.isCurrent else {
            throw PostgresError(.misuse, "the rows are used outside of the connection's own thread", at: site)
        }
        while true {
            if position < batch.rows.count {
                defer { position += 1 }
                return PostgresRow(result: batch.rows[position], index: 0)
            }
            if let failure { throw failure }
            do {
                if let error = batch.failure {
                    try backend.translating(sql, at: site) { () throws(LibPQError) in throw error }
                }
                if batch.isLast { return nil }
                try backend.checkUsable(phase: .statement, at: site)
                batch = try backend.translating(sql, at: site) { () throws(LibPQError) in
                    try backend.session.nextRows()
                }
                position = 0
            } catch {
                failure = error
                backend.observer.logFailure(error, sql, 1, nil, site)
                throw error
            }
        }
    }

    /// Ends the lending. What is left is read when that is little, or when the transaction has to go on; else the server is
    /// told to stop and the connection is closed. Throws what the statement itself still has to tell.
    func end(keepsConnection: Bool) throws {
        guard let backend else { return }
        defer { self.backend = nil }
        if let failure {
            guard failure is CancellationError, !keepsConnection else { return }
            return backend.session.abandonRows(isCancelled: true)
        }
        var left = 256
        // Rows are only counted here, so that a long rest does not pile up.
        while backend.session.isUsable, !batch.isLast || batch.failure != nil {
            if !keepsConnection, left < 0 { return backend.session.abandonRows(isCancelled: false) }
            left -= batch.rows.count - position
            position = batch.rows.count
            if try next() == nil { return }
        }
    }
}

extension PostgresConnection {
    /// Runs one query and lends its rows to the body as they come, without ever holding all of them.
    ///
    /// ```swift
    /// try await connection.stream("SELECT id, name FROM users") { rows in
    ///     for try await row in rows { let (id, name) = try row.decode((UUID, String).self) }
    /// }
    /// ```
    /// A statement that fails at its beginning throws before the body is called, a later failure is thrown by the loop. A
    /// body that leaves early outside of a transaction has the statement cancelled and its connection closed, unless only
    /// a few rows are left. Inside a transaction the rest is read, so that the transaction can go on: put a `LIMIT` there.
    public func stream<R>(
        _ query: PostgresQuery, file: String = #fileID, line: Int = #line,
        _ body: (PostgresRowStream) async throws -> R
    ) async throws -> R {
        try await stream(query, isInSavepoint: false, at: Site(file: file, line: line), body)
    }

    func stream<R>(
        _ query: PostgresQuery, isInSavepoint: Bool, at site: Site, _ body: (PostgresRowStream) async throws -> R
    ) async throws -> R {
        let backend = try use(at: site)
        let isInTransaction = backend.session.isUsable && backend.session.transactionStatus != .idle
        let source = try backend.openRows(query, at: site)
        return try await whileBusy {
            let result: R
            do {
                result = try await body(PostgresRowStream(source: source))
            } catch {
                // The body's error is the one to tell; a transaction that ends by it needs its connection no more.
                try? source.end(keepsConnection: isInSavepoint)
                throw error
            }
            try source.end(keepsConnection: isInTransaction)
            return result
        }
    }
}

extension PostgresTransaction {
    /// Runs one query and lends its rows to the body as they come, as `PostgresConnection.stream` does.
    public func stream<R>(
        _ query: PostgresQuery, file: String = #fileID, line: Int = #line,
        _ body: (PostgresRowStream) async throws -> R
    ) async throws -> R {
        let site = Site(file: file, line: line)
        try begin(at: site)
        return try await connection.stream(query, isInSavepoint: openSavepoints > 0, at: site, body)
    }
}

extension PostgresClient {
    /// Runs one query on any connection, and lends its rows to the body as they come: see `PostgresConnection.stream`.
    public func stream<R>(
        _ query: PostgresQuery, file: String = #fileID, line: Int = #line,
        _ body: (PostgresRowStream) async throws -> R
    ) async throws -> R {
        try await withConnection(file: file, line: line) { try await $0.stream(query, file: file, line: line, body) }
    }
}

extension Backend {
    /// Begins a statement, and fails with it when it fails before its first row.
    fileprivate func openRows(_ query: PostgresQuery, at site: Site) throws -> RowSource {
        try observer.observe(query.sql, at: site) {
            try checkUsable(phase: .statement, at: site)
            try Batch(queries: [query]).check(at: site)
            counts.queries += 1
            let first = try translating(query.sql, at: site) { () throws(LibPQError) in
                let name = isKept(query) ? statements.name(of: query.key) : nil
                var batch = try session.openRows(name: name, sql: query.sql, query.bindings.parameters)
                let isOutside = session.isUsable && session.transactionStatus == .idle
                if batch.rows.isEmpty, var failure = batch.failure {
                    failure.step = 0
                    guard name != nil, forgetStale(failure, [query]), isOutside else { throw failure }
                    batch = try session.openRows(name: nil, sql: query.sql, query.bindings.parameters)
                    if batch.rows.isEmpty, let failure = batch.failure { throw failure }
                }
                return batch
            }
            return RowSource(self, sql: query.sql, first, site: site)
        }
    }
}
