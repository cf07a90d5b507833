import AnnotationStore
import Hummingbird
import Postgres
import ServiceLifecycle
import SyncProtocol
import Synchronization

/// Whether the server can do its work, and if not, why.
final class Readiness: Sendable {
    private let stopping = Mutex(false)

    /// From now on the server says that it stops, so that nobody sends it anything new.
    func stop() { stopping.withLock { $0 = true } }

    var isStopping: Bool { stopping.withLock { $0 } }

    /// Throws a problem that says what is wrong and what to do: `old_schema`, `newer_schema` or
    /// `database_unreachable`.
    static func check(_ client: PostgresClient) async throws {
        do {
            try await SchemaCheck().run(client)
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as StoreError {
            throw notReady(error.code == .oldSchema ? "old_schema" : "newer_schema", error.message)
        } catch let error as PostgresError {
            throw notReady(
                "database_unreachable",
                "the database cannot be reached (\(error.code)); see that PostgreSQL runs, and that the server's "
                    + "database URL is right")
        }
    }

    static func notReady(_ code: String, _ detail: String) -> Problem {
        Problem(status: 503, code: code, title: "Not ready", detail: detail, retryable: true, retryAfter: 5)
    }
}

/// Answers `/readyz` while the server stops: 503 `stopping`, whatever the database says.
struct ReadinessReply: RouterMiddleware {
    let readiness: Readiness

    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        guard readiness.isStopping, request.uri.path == "/readyz" else { return try await next(request, context) }
        return Readiness.notReady("stopping", "the server is stopping; use another one, or wait for its restart")
            .response()
    }
}

/// At a graceful shutdown says so first, and lets requests go on for a while.
struct Drain: Service {
    let readiness: Readiness
    let time: Duration

    func run() async throws {
        try await gracefulShutdown()
        readiness.stop()
        try await Task.sleep(for: time)
    }
}
