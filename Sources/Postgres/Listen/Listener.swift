import LibPQ
import Logging
import Synchronization

/// Listens on a connection of its own, by a thread of its own, and connects again whenever the connection breaks.
final class Listener: Sendable {
    let buffer: NotificationBuffer
    private let configuration: PostgresConfiguration
    private let sql: String
    private let logger: Logger
    private let wakeup: Wakeup
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        var beginning: CheckedContinuation<Void, any Error>?
    }

    /// The pause before connecting again: it doubles with each failure in a row, and is shortened at random, so that the
    /// listeners of many processes do not all come at once.
    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(10)

    init(_ configuration: PostgresConfiguration, channels: [String], bufferLimit: Int, logger: Logger, at site: Site)
        throws(PostgresError)
    {
        var statements: [String] = []
        for channel in channels { statements.append("LISTEN \(try Self.quoted(channel, at: site))") }
        guard !statements.isEmpty else { throw PostgresError(.misuse, "no channel to listen on", at: site) }
        sql = statements.joined(separator: "; ")
        do {
            wakeup = try Wakeup()
        } catch {
            throw PostgresError(error, phase: .connect, sql: nil, at: site)
        }
        self.configuration = configuration
        self.logger = logger
        buffer = NotificationBuffer(limit: max(bufferLimit, 1))
    }

    /// The channel's name as an identifier of SQL. The server would cut a longer one short, and `pg_notify` refuses it.
    static func quoted(_ channel: String, at site: Site) throws(PostgresError) -> String {
        let count = channel.utf8.count
        guard count > 0, count < 64, !channel.utf8.contains(0) else {
            throw PostgresError(
                .parameterRefused, "a channel's name has 1 to 63 bytes and no zero byte; this one has \(count)",
                at: site)
        }
        return "\"" + channel.replacing("\"", with: "\"\"") + "\""
    }

    // MARK: Begin and end

    /// Connects and listens; throws when the first attempt fails.
    func start() async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { $0.beginning = continuation }
                if !startThread({ [self] in run() }) {
                    begun(PostgresError(.connectFailed, "no more threads can be started", phase: .connect))
                    ended()
                }
            }
        } onCancel: {
            stop(CancellationError())
        }
    }

    /// Makes the thread end soon, and the body's waiting too.
    func stop(_ error: any Error) {
        state.withLock { $0.isStopping = true }
        buffer.end(error)
        wakeup.wake()
    }

    /// Waits until the connection is closed. Not ended by a cancellation: a stopped thread waits for nothing.
    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.hasEnded { state.waiters.append(continuation) }
                return state.hasEnded
            }
            if isOver { continuation.resume() }
        }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func begun(_ error: (any Error)?) {
        guard let beginning = state.withLock({ $0.beginning.take() }) else { return }
        if let error { beginning.resume(throwing: error) } else { beginning.resume() }
    }

    private func ended() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: On the thread

    private func run() {
        defer { ended() }
        var failures = 0
        var hasListened = false
        while !isStopping {
            do {
                let session = try listen()
                buffer.add(hasListened ? .reconnected : .listening)
                if hasListened { logger.info("listening again", metadata: ["process": "\(session.processID)"]) }
                hasListened = true
                failures = 0
                begun(nil)
                try pass(on: session)
            } catch {
                if isStopping { break }
                guard hasListened else { return begun(Self.connectFailure(error)) }
                failures += 1
                let pause = Self.pause(after: failures)
                logger.warning(
                    "the listening connection is lost; connecting again",
                    metadata: ["error": "\(error.message)", "attempt": "\(failures)", "pause": "\(pause)"])
                if wakeup.wait(until: .now.advanced(by: pause)) { break }
            }
        }
        begun(buffer.endError ?? CancellationError())
    }

    /// A new connection on which the server listens.
    private func listen() throws(LibPQError) -> Session {
        let deadline = ContinuousClock.now.advanced(by: configuration.connectTimeout)
        let log = NoticeLog(logger)
        let session = try Session.connect(
            configuration.listenParameters, until: deadline, sendsCancelRequests: false, wakeup: wakeup,
            onNotice: { log.write($0) })
        session.wakeup = wakeup
        session.deadline = deadline
        _ = try session.runSimple(sql)
        session.deadline = nil
        return session
    }

    /// Passes the notifications on until the connection breaks or the listener is stopped.
    private func pass(on session: Session) throws(LibPQError) {
        repeat {
            while let notification = session.nextNotification() {
                buffer.add(
                    .notification(
                        PostgresNotification(
                            channel: notification.channel, payload: notification.payload,
                            processID: notification.processID)))
            }
        } while try session.waitForNotifications()
    }

    private static func pause(after failures: Int) -> Duration {
        min(firstPause * (1 << min(failures - 1, 16)), longestPause) * Double.random(in: 0.5...1)
    }

    private static func connectFailure(_ error: LibPQError) -> PostgresError {
        var failure = PostgresError(error, phase: .connect, sql: nil, at: Site(file: #fileID, line: #line))
        failure.code = .connectFailed
        return failure
    }
}
