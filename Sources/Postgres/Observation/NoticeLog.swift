import LibPQ
import Logging
import Synchronization

/// Logs what the server says beside its answers: `RAISE NOTICE`, warnings, the end of a connection.
///
/// Only the primary message: the rest can hold stored values. A statement that says the same a million times fills no
/// disk: at most so many lines a second are logged for one connection, and how many were left out.
final class NoticeLog: Sendable {
    private struct State {
        var second = ContinuousClock.now
        var lines = 0
        var suppressed = 0
    }

    private let logger: Logger
    private let state = Mutex(State())

    private static let linesPerSecond = 50
    private static let longestMessage = 1_024

    init(_ logger: Logger) { self.logger = logger }

    /// Called on the connection's thread, by libpq.
    func write(_ notice: Diagnostics) {
        let level = Self.level(notice.severity)
        guard level >= logger.logLevel else { return }
        let suppressed: Int? = state.withLock { state in
            let now = ContinuousClock.now
            if state.second.duration(to: now) >= .seconds(1) { (state.second, state.lines) = (now, 0) }
            guard state.lines < Self.linesPerSecond else {
                state.suppressed += 1
                return nil
            }
            state.lines += 1
            defer { state.suppressed = 0 }
            return state.suppressed
        }
        guard let suppressed else { return }
        let message = PostgresError.withoutValue(notice.message, sqlState: notice.sqlState)
        var metadata: Logger.Metadata = ["severity": "\(notice.severity)", "sqlstate": "\(notice.sqlState)"]
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        let text = message.utf8.count > Self.longestMessage ? message.prefix(Self.longestMessage) + "…" : message
        logger.postgres(level, "server: \(text)", metadata)
    }

    /// The severities in the server's own, untranslated words.
    static func level(_ severity: String) -> Logger.Level {
        switch severity {
        // The end of an idle connection is one too: the pool opens another.
        case "PANIC", "FATAL", "ERROR", "WARNING": .warning
        case "NOTICE", "INFO": .info
        case "LOG": .debug
        default: .trace
        }
    }
}
