import AnnotationModel
import AnnotationServices
import Hummingbird
import Logging
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
        } catch is CancellationError {
            return Problem(
                status: 503, code: "unavailable", title: "Unavailable", detail: "the server is stopping; try again",
                retryable: true, retryAfter: 1
            ).response()
        } catch {
            if let problem = Problem(translating: error), problem.status != 500 { return problem.response() }
            context.logger.error("request failed", metadata: ["error": .string(String(describing: error))])
            return Problem(
                status: 500, code: "internal", title: "Internal error",
                detail: "the server failed; its log tells why under request \(context.requestID)", retryable: true
            ).response()
        }
    }
}
