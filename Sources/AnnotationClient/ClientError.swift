/// Why something could not be done with a clone: one line, and a stable code.
package struct ClientError: Error, Sendable, Hashable {
    /// What it means to whoever called.
    package enum Kind: Sendable, Hashable {
        /// What was asked for makes no sense here: an unknown id, a quote that is not in the text.
        case usage
        /// No server, no disk, another process in the way. Trying again later may help.
        case environment
        /// Not allowed: rights, the token, a program that is too old.
        case refused
    }

    package var kind: Kind
    /// Stable: the operation codes of the protocol, its problems, and `not_found`, `ambiguous`, `no_server`,
    /// `not_a_clone`, `clone_exists`, `busy`, `no_text`, `nothing_to_do`, `foreign_token`, `incomplete`.
    package var code: String
    /// What was wrong, where, and what to do.
    package var message: String
    package var detail: String?

    package init(_ kind: Kind, _ code: String, _ message: String, detail: String? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.detail = detail
    }
}

extension ClientError: CustomStringConvertible {
    package var description: String { "\(message) (\(code))" }
}
