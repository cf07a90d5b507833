import HTTPTypes
import Hummingbird

/// Headers that keep a browser from guessing, framing or running anything.
struct SecurityHeaders: RouterMiddleware {
    /// Nothing else sets them.
    private static let others: [HTTPField] = [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ].compactMap { name, value in HTTPField.Name(name).map { HTTPField(name: $0, value: value) } }

    private static let policy = HTTPField(
        name: .contentSecurityPolicy,
        value: "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")

    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        // A page of the server's own says what it needs itself.
        if !response.headers.contains(.contentSecurityPolicy) { response.headers.append(Self.policy) }
        for field in Self.others { response.headers.append(field) }
        if context.isTLS { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        return response
    }
}
