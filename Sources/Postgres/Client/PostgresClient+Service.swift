public import ServiceLifecycle

extension PostgresClient: Service {
    /// Closes connections that nobody has used for `maximumIdleTime`, until the graceful shutdown or a cancellation.
    public func run() async {
        guard let limit = configuration.maximumIdleTime else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: max(limit / 4, .milliseconds(10)), tolerance: limit / 10)
                pool.closeIdle(longerThan: limit)
            }
        }
    }
}
