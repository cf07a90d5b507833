extension PostgresClient {
    /// Listens on the channels while the body runs, on a connection of its own outside of the pool.
    ///
    /// ```swift
    /// try await client.listen(on: ["orders"]) { events in
    ///     for try await event in events {
    ///         switch event {
    ///         case .notification(let notification): await handle(notification.payload)
    ///         case .listening, .reconnected, .overflowed: await readEverything()
    ///         }
    ///     }
    /// }
    /// ```
    /// Each of `listening`, `reconnected` and `overflowed` comes when the server already listens: what is read after it,
    /// together with the notifications behind it, misses nothing. When the connection breaks, it is made again, with a
    /// pause between the attempts that grows to ten seconds. Only the first attempt's failure is thrown.
    ///
    /// At most `bufferLimit` events wait for a slow body; then they are dropped and it is told so by `overflowed`. A pooler
    /// in transaction mode cannot listen: see `PostgresConfiguration.listenConnectionString`.
    public func listen<R>(
        on channels: [String], bufferLimit: Int = 1024, file: String = #fileID, line: Int = #line,
        _ body: (PostgresNotifications) async throws -> R
    ) async throws -> R {
        let site = Site(file: file, line: line)
        let listener = try Listener(
            configuration, channels: channels, bufferLimit: bufferLimit, logger: pool.logger, at: site)
        let id = try listeners.add(listener, at: site)
        let outcome: Result<R, any Error>
        do {
            try await listener.start()
            outcome = .success(try await body(PostgresNotifications(buffer: listener.buffer)))
        } catch {
            outcome = .failure(error)
        }
        listener.stop(
            PostgresError(.misuse, "the notifications are used after the closure they were lent to", at: site))
        await listener.waitForEnd()
        listeners.remove(id)
        return try outcome.get()
    }
}
