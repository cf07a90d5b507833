import HTTPTypes
import Hummingbird
import Logging
import Postgres
import SyncProtocol

/// Gives each request an id, and writes one structured log line when it was answered.
struct RequestIdentity: RouterMiddleware {
    private static let header = HTTPField.Name("X-Request-Id")

    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = offered(request) ?? context.id
        // One id is enough: the framework's own goes.
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request_id"] = .string(context.requestID)
        let clock = ContinuousClock()
        let start = clock.now
        let named = context
        // What is logged below without this logger, by the database's client for example, names the request too.
        var response = try await PostgresLogging.$metadata.withValue(["request_id": .string(named.requestID)]) {
            try await withLogger(named.logger) { _ in try await next(request, named) }
        }
        if let header = Self.header { response.headers[header] = context.requestID }
        let (seconds, attoseconds) = (clock.now - start).components
        context.logger.info(
            "answered",
            metadata: [
                "method": .string(request.method.rawValue), "path": .string(request.uri.path),
                "status": .stringConvertible(response.status.code),
                "microseconds": .stringConvertible(seconds * 1_000_000 + attoseconds / 1_000_000_000_000),
            ])
        return response
    }

    /// An id that a proxy gave, if it is harmless in a log line.
    private func offered(_ request: Request) -> String? {
        guard let header = Self.header, let id = request.headers[header], (1...64).contains(id.utf8.count),
            id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") })
        else { return nil }
        return id
    }
}
