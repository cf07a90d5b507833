import AnnotationServices
import HTTPTypes
import Hummingbird
import SyncProtocol

/// Finds out who asks, from the bearer token; everything behind it is 401 without one.
struct Authenticate: RouterMiddleware {
    let logins: LoginService

    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        guard let token = request.bearerToken else {
            throw Problem.authExpired(
                "send Authorization: Bearer TOKEN; a token comes from an administrator or a login")
        }
        context.principal = try await logins.authenticate(bearer: token)
        return try await next(request, context)
    }
}

extension Request {
    /// The token of `Authorization: Bearer TOKEN`.
    var bearerToken: String? {
        guard let header = headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}

extension AppRequestContext {
    /// Who asks. Only routes behind `Authenticate` call it.
    func authenticated() throws -> Principal {
        guard let principal else { throw Problem.authExpired() }
        return principal
    }
}
