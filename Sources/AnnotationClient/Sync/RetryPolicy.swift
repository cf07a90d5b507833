import FailPoints
import SyncEngine
import SyncProtocol

/// How long requests are tried again when there is no server, or when it asks to wait.
package struct RetryPolicy: Sendable {
    /// Waits between tries that got no answer; the last one's failure is told.
    package var pauses: [Duration]
    /// How long a server may ask to wait, all in all.
    package var patience: Duration
    package var clock: any Clock<Duration>

    package init(
        pauses: [Duration] = [.milliseconds(200), .milliseconds(600), .milliseconds(1500)],
        patience: Duration = .seconds(30), clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.pauses = pauses
        self.patience = patience
        self.clock = clock
    }

    /// Runs `request` until it succeeds, fails for good, or the patience ends.
    func run<Value: Sendable>(
        progress: SyncProgressHandler?, isolation: isolated (any Actor)? = #isolation,
        _ request: () async throws -> Value
    ) async throws -> Value {
        var waited = Duration.zero
        var failures = 0
        while true {
            let pause: Duration
            let reason: ClientError
            do {
                return try await request()
            } catch is CancellationError {
                throw CancellationError()
            } catch let reply as ProblemReply {
                guard case .wait(let seconds) = ProblemMeaning(reply.problem) else { throw reply }
                reason = ClientError(
                    .environment, reply.problem.code, "the server is busy: \(reply.problem.detail)")
                let own = failures < pauses.count ? pauses[failures] : .seconds(3)
                pause = seconds.map { max(.seconds($0), own) } ?? own
            } catch {
                guard let failure = Self.noServer(error) else { throw error }
                guard failures < pauses.count else { throw failure }
                reason = failure
                pause = pauses[failures]
            }
            failures += 1
            waited += pause
            guard waited <= patience else { throw reason }
            progress?(.waiting(seconds: pause / .seconds(1), reason: reason.message))
            try await clock.sleep(for: pause)
        }
    }

    /// What an error of a request means; nil for those that are no matter of the connection.
    static func noServer(_ error: any Error) -> ClientError? {
        if let error = error as? ClientError { return error.code == "no_server" ? error : nil }
        if error is ProblemReply || error is CancellationError || error is FailPointError {
            return nil
        }
        return ClientError(
            .environment, "no_server", "there is no server, or the connection was cut: try again later",
            detail: "\(error)")
    }
}
