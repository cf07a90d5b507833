import Logging
public import ServiceLifecycle

extension PostgresClient: Service {
    /// Looks after the idle connections until the graceful shutdown or a cancellation: opens `minimumConnections`, closes
    /// what is unused for `maximumIdleTime`, older than `maximumLifetime`, or has been ended by the server.
    public func run() async {
        let limits = [configuration.maximumIdleTime, configuration.maximumLifetime, .seconds(120)].compactMap { $0 }
        let interval = max((limits.min() ?? .zero) / 4, .milliseconds(10))
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                pool.sweep()
                do {
                    try await warmUp()
                    try await Task.sleep(for: interval, tolerance: interval / 10)
                } catch is CancellationError {
                    return
                } catch {
                    pool.logger.warning("could not open a connection", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: interval, tolerance: interval / 10)
                }
            }
        }
    }
}
