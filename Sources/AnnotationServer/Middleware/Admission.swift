import Hummingbird
import Postgres
import SyncProtocol
import Synchronization

/// Refuses requests while the server has as much to do as it can hold, instead of letting all of them wait.
///
/// A request counts until its answer is made, and one with a streamed answer until that is written; who only waits for
/// news does not. Health and metrics are always answered.
struct Admission: RouterMiddleware {
    private let limit: Int
    private let client: PostgresClient
    private let counter = Counter()

    init(limit: Int, client: PostgresClient) {
        self.limit = limit
        self.client = client
    }

    /// How many requests were refused.
    var refused: Int { counter.state.withLock { $0.refused } }

    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        if Self.isFree(request.uri.path) { return try await next(request, context) }
        guard client.counts.waiting < limit, let slot = counter.slot(limit: limit, isWaiting: request.waits) else {
            throw Problem.unavailable(retryAfter: 1, "the server has too much to do; try again in 1 s")
        }
        var response = try await next(request, context)
        // A stream that ends by itself is work; one of events is not.
        if response.body.contentLength == nil, response.headers[.contentType]?.hasPrefix("text/event-stream") != true {
            let body = response.body
            response.body = ResponseBody { writer in
                defer { withExtendedLifetime(slot) {} }
                try await body.write(writer)
            }
        }
        return response
    }

    private static func isFree(_ path: String) -> Bool {
        path == "/healthz" || path == "/readyz" || path == "/metrics"
    }

    private final class Counter: Sendable {
        struct State {
            var working = 0
            var refused = 0
        }

        let state = Mutex(State())

        func slot(limit: Int, isWaiting: Bool) -> Slot? {
            state.withLock { state in
                if isWaiting { return Slot(nil) }
                guard state.working < limit else {
                    state.refused += 1
                    return nil
                }
                state.working += 1
                return Slot(self)
            }
        }
    }

    /// Given back when nobody holds it any more, whatever became of the answer.
    private final class Slot: Sendable {
        private let counter: Counter?

        init(_ counter: Counter?) { self.counter = counter }

        deinit { counter?.state.withLock { $0.working -= 1 } }
    }
}

extension Request {
    /// Whether it may stay unanswered until something happens.
    fileprivate var waits: Bool {
        guard method == .get else { return false }
        if headers[.accept]?.contains("text/event-stream") == true { return true }
        return uri.queryParameters.get("wait").map { $0 != "0" } ?? false
    }
}
