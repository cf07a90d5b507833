import Logging

/// Logs the statements that are slow or fail: their text with `$1` for the parameters, never a value.
struct StatementObserver: Sendable {
    let logger: Logger
    let slowThreshold: Duration?
    let failureLevel: Logger.Level

    /// A longer text is cut.
    private static let longestText = 4_096

    /// Runs the body; reads the clock only when there is a threshold.
    @inline(__always)
    func observe<R>(
        _ sql: @autoclosure () -> String, count: @autoclosure () -> Int = 1, at site: Site, _ body: () throws -> R
    ) throws -> R {
        let start = slowThreshold == nil ? nil : ContinuousClock.now
        do {
            let result = try body()
            if let start, let slowThreshold {
                let duration = start.duration(to: .now)
                if duration >= slowThreshold { logSlow(sql(), count(), duration, site) }
            }
            return result
        } catch {
            logFailure(error, sql(), count(), start?.duration(to: .now), site)
            throw error
        }
    }

    @inline(never)
    private func logSlow(_ sql: String, _ count: Int, _ duration: Duration, _ site: Site) {
        logger.postgres(.warning, "slow statement", Self.metadata(sql, count, duration, site))
    }

    /// A cancelled task's statement has not failed.
    @inline(never)
    func logFailure(_ error: any Error, _ sql: String, _ count: Int, _ duration: Duration?, _ site: Site) {
        guard let error = error as? PostgresError else { return }
        var metadata: Logger.Metadata {
            var metadata = Self.metadata(error.sql ?? sql, count, duration, site)
            metadata["error"] = "\(error)"
            metadata["code"] = "\(error.code)"
            if let sqlState = error.sqlState { metadata["sqlstate"] = "\(sqlState)" }
            return metadata
        }
        logger.postgres(failureLevel, "failed statement", metadata)
    }

    private static func metadata(_ sql: String, _ count: Int, _ duration: Duration?, _ site: Site) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "sql": "\(sql.utf8.count > longestText ? sql.prefix(longestText) + "…" : sql[...])",
            "site": "\(site.file):\(site.line)",
        ]
        if count > 1 { metadata["statements"] = "\(count)" }
        if let duration { metadata["milliseconds"] = "\(duration.wholeMilliseconds)" }
        return metadata
    }
}

extension Duration {
    /// Rounded down.
    var wholeMilliseconds: Int64 {
        components.seconds.multipliedReportingOverflow(by: 1000).partialValue
            + components.attoseconds / 1_000_000_000_000_000
    }
}
