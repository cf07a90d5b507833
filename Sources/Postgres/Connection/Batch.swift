import LibPQ

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where in the caller's code a statement stands.
struct Site {
    let file: String
    let line: Int
}

/// Queries that travel together, and what a transaction puts before and behind them.
struct Batch {
    var begin: [PostgresQuery] = []
    var queries: [PostgresQuery]
    /// A pipeline's error says which query it was.
    var isPipeline = false
    var commits = false

    private static let commit: PostgresQuery = "COMMIT"

    var all: [PostgresQuery] {
        if begin.isEmpty, !commits { return queries }
        return begin + queries + (commits ? [Self.commit] : [])
    }

    /// For a log: the first query's text.
    var text: String { queries.first?.sql ?? (commits ? "COMMIT" : begin.first?.sql ?? "") }

    /// Finds what cannot be sent, before anything is.
    func check(at site: Site) throws(PostgresError) {
        for (index, query) in queries.enumerated() {
            do throws(PostgresError) {
                if let refusal = query.bindings.refusal { throw PostgresError(.parameterRefused, refusal, at: site) }
                try Self.check(query.sql, at: site)
            } catch {
                var error = error
                error.sql = query.sql
                if isPipeline { error.pipelineIndex = index }
                throw error
            }
        }
    }

    /// libpq takes a C string, which would end at the first zero byte.
    static func check(_ sql: String, at site: Site) throws(PostgresError) {
        let hasZero =
            sql.utf8.withContiguousStorageIfAvailable { utf8 in
                utf8.baseAddress.map { memchr($0, 0, utf8.count) != nil } ?? false
            } ?? sql.utf8.contains(0)
        if hasZero { throw PostgresError(.parameterRefused, "SQL text with a zero byte", at: site) }
    }

    /// What a failure means in this batch. Its `step` is an index into `all`.
    func error(_ failure: LibPQError, of backend: Backend, at site: Site) -> any Error {
        let phase = phase(of: failure.step)
        if commits, isCommitUnknown(failure) {
            var error = PostgresError(failure, phase: .commit, sql: nil, at: site)
            error.code = .commitUnknown
            return error
        }
        if failure.isCancellation(of: backend.session) { return CancellationError() }
        backend.note(failure)
        var error = PostgresError(failure, phase: phase, sql: nil, at: site)
        if let step = failure.step, phase == .statement, step - begin.count < queries.count {
            error.sql = queries[step - begin.count].sql
            if isPipeline { error.pipelineIndex = step - begin.count }
        } else if queries.count == 1, phase == .statement {
            error.sql = queries[0].sql
        }
        return error
    }

    private func phase(of step: Int?) -> PostgresError.Phase {
        guard let step else { return .statement }
        if step < begin.count { return .begin }
        return step < begin.count + queries.count ? .statement : .commit
    }

    /// The connection broke, and the server had not refused anything before the COMMIT.
    private func isCommitUnknown(_ failure: LibPQError) -> Bool {
        guard failure.code == .connectionLost else { return false }
        guard failure.diagnostics != nil, let step = failure.step else { return true }
        return step >= begin.count + queries.count
    }
}

extension LibPQError {
    /// Whether it is what a task's cancellation made of the statement.
    func isCancellation(of session: Session) -> Bool {
        switch code {
        case .interrupted: true
        case .server: session.interrupter.isInterrupted && diagnostics?.sqlState == SQLState.queryCanceled.rawValue
        case .connectionLost: session.interrupter.isInterrupted
        default: false
        }
    }
}

extension Diagnostics {
    /// "cached plan must not change result type": told by the function, because messages are translated.
    var isResultTypeChanged: Bool {
        sqlState == SQLState.featureNotSupported.rawValue && function == "RevalidateCachedQuery"
    }
}

extension PostgresError {
    /// What it usually means when the server does not know its prepared statements.
    private static func poolerHint(_ sqlState: String) -> String? {
        let states: [SQLState] = [.invalidSQLStatementName, .duplicatePreparedStatement]
        guard states.contains(SQLState(rawValue: sqlState)) else { return nil }
        return "Behind a pooler in transaction mode set statementCacheSize to 0."
    }

    init(_ code: Code, _ message: String, phase: Phase = .statement, at site: Site) {
        self.init(code, message, phase: phase, file: site.file, line: site.line)
    }

    init(_ error: LibPQError, phase: Phase, sql: String?, at site: Site) {
        let code: Code =
            switch error.code {
            case .connectFailed, .connectTimedOut: .connectFailed
            case .connectionLost, .interrupted: .connectionLost
            case .server: .server
            case .refused, .unexpectedCopy: .misuse
            }
        self.init(code, error.message, phase: phase, at: site)
        self.sql = sql
        guard let diagnostics = error.diagnostics else { return }
        sqlState = SQLState(rawValue: diagnostics.sqlState)
        severity = diagnostics.severity
        schema = diagnostics.schema
        table = diagnostics.table
        column = diagnostics.column
        dataType = diagnostics.dataType
        constraint = diagnostics.constraint
        position = diagnostics.position
        detail = diagnostics.detail
        hint = diagnostics.hint ?? Self.poolerHint(diagnostics.sqlState)
        context = diagnostics.context
        serverFunction = diagnostics.function
    }
}
