public import Logging

/// What an application adds to the lines that the client logs.
///
/// ```swift
/// try await PostgresLogging.$metadata.withValue(["request": "\(id)"]) {
///     try await client.query("SELECT …")
/// }
/// ```
/// It is read only when something is logged, a slow or a failed statement for example, and is never sent to the server.
public enum PostgresLogging {
    /// Added to each line that is logged on behalf of the present task.
    @TaskLocal public static var metadata: Logger.Metadata = [:]
}

extension Logger {
    /// Logs with the task's own metadata. Nothing is put together when the level is off.
    func postgres(_ level: Level, _ message: @autoclosure () -> Message, _ metadata: @autoclosure () -> Metadata) {
        guard level >= logLevel else { return }
        log(level: level, message(), metadata: metadata().merging(PostgresLogging.metadata) { own, _ in own })
    }
}
