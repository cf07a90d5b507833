/// How a command ended, for scripts: the same codes in both programs.
package enum ExitCode: Int32, Sendable, Hashable, CaseIterable {
    case fine = 0
    /// It ran, but some rows or operations failed.
    case someFailed = 1
    /// Wrong usage, or nothing usable in what was given.
    case usage = 2
    /// No server, no database, no disk.
    case environment = 3
    /// Refused: rights, or a conflict of versions.
    case refused = 4
}

/// Ends a command with a code after it has printed all that is to be said.
package struct QuietExit: Error, Sendable, Hashable {
    package var code: ExitCode

    package init(_ code: ExitCode) {
        self.code = code
    }
}
