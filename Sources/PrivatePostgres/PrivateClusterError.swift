import Glibc

/// Why a private cluster could not be created, started or reached: what was wrong, and what to do about it.
package struct PrivateClusterError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for programs.
    package enum Reason: Sendable, Equatable {
        /// Another server holds this data directory.
        case alreadyRunning(pid: Int32, address: String?)
        /// Another command starts or stops the cluster and did not come to an end.
        case busy(pid: Int32?)
        /// No PostgreSQL, or none that is new enough.
        case postgresNotFound
        /// The cluster was made by a major version of which there are no programs here.
        case otherVersion(directory: Int, found: [Int])
        /// The user that PostgreSQL should run as does not exist, is root, or is somebody else.
        case unusableUser(String)
        /// A file or folder may not be used.
        case notPermitted(path: String)
        /// No room left on the disk.
        case diskFull(path: String)
        /// The data directory does not hold what it should.
        case damaged(path: String)
        /// `initdb` or the first statements failed.
        case creationFailed
        /// PostgreSQL did not start.
        case startFailed
        /// PostgreSQL runs and accepts no connection.
        case notReady
    }

    package let reason: Reason
    /// One line that says what was wrong.
    package let message: String
    /// One line that says what to do; empty where the message says it all.
    package let advice: String
    /// The last lines of the log or of the program's output, where there are some.
    package let log: [String]

    init(_ reason: Reason, _ message: String, advice: String = "", log: [String] = []) {
        self.reason = reason
        self.message = message
        self.advice = advice
        self.log = log
    }

    /// The message and the advice, in one line.
    package var description: String {
        advice.isEmpty ? message : "\(message): \(advice)"
    }
}

extension PrivateClusterError {
    /// The error for a system call that failed.
    ///
    /// - Parameter doing: what was tried, as in "cannot create".
    static func system(_ code: Int32, _ doing: String, _ path: String) -> PrivateClusterError {
        let text = "\(doing) \(path): \(String(cString: strerror(code)))"
        switch code {
        case ENOSPC, EDQUOT:
            return PrivateClusterError(
                .diskFull(path: path), text, advice: "free some room, or choose another place with --data-dir")
        case EACCES, EPERM, EROFS:
            return PrivateClusterError(
                .notPermitted(path: path), text,
                advice: "run as the user who owns the data directory, or choose another one with --data-dir")
        default:
            return PrivateClusterError(.damaged(path: path), text)
        }
    }

    /// The error for a PostgreSQL program that failed, explained by what it printed or logged.
    static func program(
        _ reason: Reason, _ message: String, at path: String, lines: [String]
    ) -> PrivateClusterError {
        let log = Array(lines.suffix(20))
        let cause = log.last { line in failureMarks.contains { line.contains($0) } } ?? log.last ?? "it said nothing"
        if lines.contains(where: { $0.contains("No space left on device") || $0.contains("Disk quota exceeded") }) {
            return PrivateClusterError(
                .diskFull(path: path), "\(message): no space left on the disk of \(path)",
                advice: "free some room, or choose another place with --data-dir", log: log)
        }
        if lines.contains(where: { $0.contains("Permission denied") || $0.contains("Operation not permitted") }) {
            return PrivateClusterError(
                .notPermitted(path: path), "\(message): \(cause)",
                advice: "give the folder \(path) and all in it to the user PostgreSQL runs as", log: log)
        }
        return PrivateClusterError(reason, "\(message): \(cause)", log: log)
    }

    private static let failureMarks = ["FATAL:", "PANIC:", "error:", "ERROR:"]
}
