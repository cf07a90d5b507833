import AnnotationModel
import AnnotationServices
import Compression
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import SyncProtocol

/// Turns every error into `application/problem+json`: one shape, one stable code, no internals.
struct ProblemReply: RouterMiddleware {
    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response()
        } catch let error as RowError {
            return Problem.malformed("\(error.path) \(error.message)").response()
        } catch let error as HTTPError {
            return Problem(
                status: error.status.code, code: error.status.code == 404 ? "not_found" : "malformed",
                title: error.status.reasonPhrase,
                detail: error.body ?? "\(request.method) \(request.uri.path) is not served here"
            ).response()
        } catch let error as CompressionError {
            return Self.unreadable("the body cannot be inflated: \(error)")
        } catch let error as HTTPParserError {
            // What comes next on the connection cannot be told from this body.
            return Self.unreadable("the body is no valid HTTP: \(error)", closes: true)
        } catch is CancellationError {
            return Problem(
                status: 503, code: "unavailable", title: "Unavailable", detail: "the server is stopping; try again",
                retryable: true, retryAfter: 1
            ).response()
        } catch let error as ChannelError {
            // Whoever asked has gone away; nobody reads this.
            context.logger.debug("the client went away", metadata: ["error": .string(String(describing: error))])
            return Self.unreadable("the connection was closed before the request was whole", closes: true)
        } catch {
            if let problem = Problem(translating: error), problem.status != 500 { return problem.response() }
            context.logger.error("request failed", metadata: ["error": .string(String(describing: error))])
            return Problem(
                status: 500, code: "internal", title: "Internal error",
                detail: "the server failed; its log tells why under request \(context.requestID)", retryable: true
            ).response()
        }
    }

    private static func unreadable(_ detail: String, closes: Bool = false) -> Response {
        var response = Problem.malformed(detail).response()
        if closes { response.headers[.connection] = "close" }
        return response
    }
}
