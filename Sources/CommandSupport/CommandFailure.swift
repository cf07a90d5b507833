/// Why a command failed: one line for everybody, and the rest for `--verbose`.
package struct CommandFailure: Error, Sendable, Hashable {
    package var code: ExitCode
    /// One line: what was wrong, where, and what to do.
    package var message: String
    /// Whatever else is known; shown with `--verbose` only.
    package var detail: String?

    package init(_ code: ExitCode, _ message: String, detail: String? = nil) {
        self.code = code
        self.message = message
        self.detail = detail
    }

    package static func usage(_ message: String, detail: String? = nil) -> CommandFailure {
        CommandFailure(.usage, message, detail: detail)
    }

    package static func environment(_ message: String, detail: String? = nil) -> CommandFailure {
        CommandFailure(.environment, message, detail: detail)
    }

    package static func refused(_ message: String, detail: String? = nil) -> CommandFailure {
        CommandFailure(.refused, message, detail: detail)
    }
}

/// An error of another module that knows what it means to the user of a command line.
package protocol CommandFailureConvertible: Error {
    var commandFailure: CommandFailure { get }
}

extension CommandFailure: CommandFailureConvertible {
    package var commandFailure: CommandFailure { self }
}
