import AnnotationModel
import AnnotationServices
import HTTPTypes
import Hummingbird
import JSONText
import SyncProtocol

/// Logging in and out, and who one is.
struct AccountController {
    let logins: LoginService

    /// What needs no token.
    func addOpenRoutes(to group: RouterGroup<AppRequestContext>) {
        group.post("login", use: login)
    }

    func addRoutes(to group: RouterGroup<AppRequestContext>) {
        group.post("logout", use: logout)
        group.get("me", use: me)
    }

    @Sendable func login(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let body = try await request.object(upTo: 16 * 1024)
        let session = try await logins.login(
            name: try body.string("name"), password: try body.string("password"),
            address: context.remoteAddress ?? "local")
        return .json(.object(session.json))
    }

    @Sendable func logout(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try await logins.logout(try context.authenticated())
        return .noContent
    }

    @Sendable func me(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        .json(.object(try context.authenticated().user.json))
    }
}
