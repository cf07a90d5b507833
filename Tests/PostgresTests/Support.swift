import Postgres
import PostgresTestSupport
import Synchronization
import Testing

/// Asks again until it is so; records an issue when it is not within 20 seconds.
func eventually(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now.advanced(by: .seconds(20))
    while try await !condition() {
        if ContinuousClock.now > deadline {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        await Task.yield()
    }
}

/// A gate that a body waits at, so that a test decides when it goes on.
struct Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.finish() }
    /// Returns when the gate has been opened; throws when the task is cancelled.
    func pass() async throws {
        for await _ in stream {}
        try Task.checkCancellation()
    }
}

struct BodyFailed: Error, Equatable {}

extension PostgresClient {
    /// The process of a connection, which stays the same while the pool keeps it.
    func process() async throws -> Int32 { try await withConnection { $0.processID } }

    /// Waits until another session of the database waits for a lock or runs so.
    func waitForSession(waiting condition: String) async throws {
        try await eventually("no session with \(condition)") {
            let query = PostgresQuery(
                unsafeSQL: """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND \(condition)
                    """)
            return try await self.query(query).decode(Int.self) != [0]
        }
    }
}

/// What happened, in the order in which it did, written down by several tasks.
final class Journal: Sendable {
    private let list = Mutex<[Int]>([])

    func add(_ entry: Int) { list.withLock { $0.append(entry) } }
    var entries: [Int] { list.withLock { $0 } }
}
