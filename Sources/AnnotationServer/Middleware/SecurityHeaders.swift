import HTTPTypes
import Hummingbird

/// Headers that keep a browser from guessing, framing or running anything.
struct SecurityHeaders: RouterMiddleware {
    private static let framing = HTTPField.Name("X-Frame-Options")
    private static let referrer = HTTPField.Name("Referrer-Policy")

    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        if let framing = Self.framing { response.headers[framing] = "DENY" }
        if let referrer = Self.referrer { response.headers[referrer] = "no-referrer" }
        return response
    }
}
