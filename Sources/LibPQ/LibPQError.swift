/// What went wrong below the typed client: libpq, the socket, or the server.
package struct LibPQError: Error, Sendable {
    package enum Code: Sendable, Equatable {
        /// No connection could be made.
        case connectFailed
        /// The deadline for connecting passed.
        case connectTimedOut
        /// The connection broke; what was under way may or may not have happened.
        case connectionLost
        /// The server refused a statement; `diagnostics` says why.
        case server
        /// libpq refused the call, for want of memory or because of the state of the connection.
        case refused
        /// A plain query turned out to be a COPY; the connection cannot be used further.
        case unexpectedCopy
        /// The waiting was interrupted before anything was sent.
        case interrupted
    }

    package var code: Code
    package var message: String
    package var diagnostics: Diagnostics?
    /// The step of a pipeline that failed, from 0.
    package var step: Int?

    package init(_ code: Code, _ message: String, diagnostics: Diagnostics? = nil, step: Int? = nil) {
        self.code = code
        self.message = message
        self.diagnostics = diagnostics
        self.step = step
    }
}

/// The fields of an error or a notice as the server sent them.
package struct Diagnostics: Sendable {
    package var severity = ""
    package var sqlState = ""
    package var message = ""
    package var detail: String?
    package var hint: String?
    package var position: Int?
    package var context: String?
    package var schema: String?
    package var table: String?
    package var column: String?
    package var dataType: String?
    package var constraint: String?
    /// The function of the server that raised it: independent of the server's language.
    package var function: String?
}
