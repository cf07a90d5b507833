/// What went wrong in talking to PostgreSQL.
///
/// `description` is one line without any value that was sent or stored: the server's `DETAIL` and the bound parameters
/// can hold personal data, so they are only reachable by name. A cancelled task gets `CancellationError` instead.
public struct PostgresError: Error, Sendable {
    /// The kind of error. Open: new codes may come, so a `switch` needs a `default`.
    public struct Code: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
        /// The code as it is printed.
        public let rawValue: String
        /// A code by its name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The code as it is printed.
        public var description: String { rawValue }

        /// No connection could be made.
        public static let connectFailed = Code(rawValue: "connect_failed")
        /// The connection broke. Outside a transaction the statement may have taken effect.
        public static let connectionLost = Code(rawValue: "connection_lost")
        /// The connection broke during COMMIT: whether the transaction took effect must be read again.
        public static let commitUnknown = Code(rawValue: "commit_unknown")
        /// No connection became free within the time allowed.
        public static let acquireTimedOut = Code(rawValue: "acquire_timed_out")
        /// The client has been closed.
        public static let clientClosed = Code(rawValue: "client_closed")
        /// The server refused the statement: see `sqlState`.
        public static let server = Code(rawValue: "server")
        /// The body returned normally although a statement in it had failed: COMMIT rolled back.
        public static let transactionAborted = Code(rawValue: "transaction_aborted")
        /// A parameter cannot be sent: U+0000 in text, more than 256 MiB, too many.
        public static let parameterRefused = Code(rawValue: "parameter_refused")
        /// A column does not have the type that was asked for, or is NULL, or is missing.
        public static let decodingFailed = Code(rawValue: "decoding_failed")
        /// The driver was used in a way that it does not allow; the message says which.
        public static let misuse = Code(rawValue: "misuse")
    }

    /// Where in the life of a connection or a transaction it happened.
    public enum Phase: String, Sendable { case connect, acquire, begin, statement, rollback, commit }

    /// What kind of error it is.
    public var code: Code
    /// Where in the life of a connection or a transaction it happened.
    public var phase: Phase
    /// One line; the server's primary message where it comes from the server.
    public var message: String
    /// The five-letter SQLSTATE where the server gave one.
    public var sqlState: SQLState?
    /// `ERROR`, `FATAL` or `PANIC`, never translated.
    public var severity: String?
    /// The schema of what the error is about.
    public var schema: String?
    /// The table that the error is about.
    public var table: String?
    /// The column that the error is about; the result's column when it could not be decoded.
    public var column: String?
    /// The type that the error is about.
    public var dataType: String?
    /// The constraint that was violated.
    public var constraint: String?
    /// The place in the SQL text, in characters from 1.
    public var position: Int?
    /// May hold stored values: not part of `description`.
    public var detail: String?
    /// What the server suggests.
    public var hint: String?
    /// May hold stored values: not part of `description`.
    public var context: String?
    /// The SQL text, with `$1` for the parameters.
    public var sql: String?
    /// The query of a pipeline that failed, from 0.
    public var pipelineIndex: Int?
    /// The function of the server that raised it.
    var serverFunction: String?
    /// The file of the call.
    public var file: String
    /// The line of the call.
    public var line: Int

    /// An error with a message of one line.
    public init(
        _ code: Code, _ message: String, phase: Phase = .statement, file: String = #fileID, line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.phase = phase
        self.file = file
        self.line = line
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    /// One line for a log, without any value that was sent or stored.
    public var description: String {
        var text = code == .server ? (severity ?? "ERROR") : code.rawValue
        if let sqlState { text += " \(sqlState)" }
        text += ": \(messageWithoutValue)"
        if phase != .statement { text += " (during \(phase.rawValue))" }
        if let constraint { text += " [constraint \(constraint)]" }
        if let pipelineIndex { text += " [query \(pipelineIndex) of the pipeline]" }
        return text + " at \(file):\(line)"
    }

    /// The same line: a dump of the error hides the values too.
    public var debugDescription: String { description }

    /// The server's data exceptions repeat the value behind what was wrong with it: `invalid input syntax for …: "abc"`.
    private var messageWithoutValue: Substring { Self.withoutValue(message, sqlState: sqlState?.rawValue ?? "") }

    static func withoutValue(_ message: String, sqlState: String) -> Substring {
        guard sqlState.hasPrefix("22"), let quote = message.utf8.firstIndex(of: UInt8(ascii: "\"")) else {
            return message[...]
        }
        return message[..<quote]
    }
}

extension PostgresError {
    /// Whether the same transaction, run again from its start, may well succeed: serialization failures, deadlocks, and
    /// a prepared statement that a change of the schema made invalid.
    public var isTransient: Bool {
        sqlState == .serializationFailure || sqlState == .deadlockDetected || isStaleStatement
    }

    /// Whether a limit of time ended it: the wait for a connection of the pool, for a lock (`lock_timeout`, and `NOWAIT`
    /// too), for a statement (`statement_timeout`), or for a session or transaction that was idle or open for too long.
    ///
    /// The server has one SQLSTATE, 57014, for a statement that took too long and for one that somebody else cancelled,
    /// by `pg_cancel_backend` for example. The two differ only by the message: where the server speaks English the latter
    /// is no timeout; where it speaks another language it counts as one. A cancelled task gets `CancellationError`.
    public var isTimeout: Bool {
        if code == .acquireTimedOut { return true }
        guard let sqlState else { return false }
        switch sqlState {
        case .queryCanceled: return message != "canceling statement due to user request"
        case .lockNotAvailable, .idleInTransactionTimeout, .transactionTimeout, .idleSessionTimeout: return true
        default: return false
        }
    }

    /// The server is one that only reads: a standby, or a primary that was made read only.
    var isReadOnlyServer: Bool { sqlState == .readOnlyTransaction }

    /// The server has forgotten a prepared statement, or its result's type has changed.
    var isStaleStatement: Bool {
        sqlState == .invalidSQLStatementName
            || sqlState == .featureNotSupported && serverFunction == "RevalidateCachedQuery"
    }
}

/// A SQLSTATE, PostgreSQL's stable code for an error; the constants have the names of its manual.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct SQLState: Hashable, Sendable, RawRepresentable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public var description: String { rawValue }

    public static let uniqueViolation: SQLState = "23505"
    public static let foreignKeyViolation: SQLState = "23503"
    public static let notNullViolation: SQLState = "23502"
    public static let checkViolation: SQLState = "23514"
    public static let exclusionViolation: SQLState = "23P01"
    public static let serializationFailure: SQLState = "40001"
    public static let deadlockDetected: SQLState = "40P01"
    public static let lockNotAvailable: SQLState = "55P03"
    public static let queryCanceled: SQLState = "57014"
    public static let adminShutdown: SQLState = "57P01"
    public static let featureNotSupported: SQLState = "0A000"
    public static let invalidSQLStatementName: SQLState = "26000"
    public static let undefinedTable: SQLState = "42P01"
    public static let undefinedColumn: SQLState = "42703"
    public static let undefinedObject: SQLState = "42704"
    public static let duplicateTable: SQLState = "42P07"
    public static let duplicateDatabase: SQLState = "42P04"
    public static let duplicateObject: SQLState = "42710"
    public static let insufficientPrivilege: SQLState = "42501"
    public static let invalidCatalogName: SQLState = "3D000"
    public static let tooManyConnections: SQLState = "53300"
    public static let readOnlyTransaction: SQLState = "25006"
    public static let idleInTransactionTimeout: SQLState = "25P03"
    public static let transactionTimeout: SQLState = "25P04"
    public static let idleSessionTimeout: SQLState = "57P05"
    public static let crashShutdown: SQLState = "57P02"
    public static let cannotConnectNow: SQLState = "57P03"
    public static let duplicatePreparedStatement: SQLState = "42P05"
    public static let invalidPassword: SQLState = "28P01"
    public static let undefinedFunction: SQLState = "42883"
}
