import AnnotationModel
import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import SyncProtocol

/// Logging in and out, who one is, and one's tokens.
struct AccountController {
    let services: Services

    var routes: [Route] {
        [
            Route(
                method: .post, path: "/v1/login", name: "logIn", tag: "Account",
                summary: "Begins a session by name and password.", need: .nothing,
                body: .init(schema: "Login", members: ["name", "password", "cookie"], limit: 16 * 1024),
                replies: [.object("Session")], handler: login),
            Route(
                method: .post, path: "/v1/logout", name: "logOut", tag: "Account", summary: "Ends the session.",
                need: .account(.read), replies: [.nothing], handler: logout),
            Route(
                method: .get, path: "/v1/me", name: "getMe", tag: "Account", summary: "Who the token belongs to.",
                need: .account(.read), replies: [.object("User")]
            ) { .json(.object(try $0.principal.user.json)) },
            Route(
                method: .put, path: "/v1/me/password", name: "changeMyPassword", tag: "Account",
                summary: "Changes one's own password; all sessions end.", need: .account(.admin),
                body: .init(schema: "PasswordChange", members: ["current", "new"], limit: 16 * 1024),
                replies: [.nothing], handler: changePassword),
            Route(
                method: .get, path: "/v1/tokens", name: "listTokens", tag: "Account",
                summary: "One's tokens, oldest first; an administrator may ask for another user's.",
                need: .account(.admin), query: [.text("user", "Whose: a name or an id. Administrators only.")],
                replies: [.list("Token")], handler: listTokens),
            Route(
                method: .post, path: "/v1/tokens", name: "createToken", tag: "Account",
                summary: "Makes a token; its text is shown this once.", need: .account(.admin),
                body: .init(schema: "NewToken", members: ["name", "scope", "project", "expires_at", "user"]),
                replies: [.object("Token", status: 201)], handler: createToken),
            Route(
                method: .get, path: "/v1/tokens/{token}", name: "getToken", tag: "Account",
                summary: "One token by its id, without its text.", need: .account(.admin), replies: [.object("Token")]
            ) { call in
                let token = try await services.tokens.show(try call.pathID("token"), by: try call.principal)
                return .json(.object(token.json()))
            },
            Route(
                method: .delete, path: "/v1/tokens/{token}", name: "revokeToken", tag: "Account",
                summary: "Revokes a token by its id.", need: .account(.admin), replies: [.nothing],
                handler: revokeToken),
        ]
    }

    @Sendable private func logout(_ call: Call) async throws -> Response {
        try await services.logins.logout(try call.principal)
        return Response(status: .noContent, headers: SessionCookie.cleared(by: call.request, call.context))
    }

    @Sendable private func login(_ call: Call) async throws -> Response {
        let body = try await call.object()
        let isForBrowser = try body.bool("cookie", default: false)
        if isForBrowser { try CrossSite.checkLogin(call.request) }
        let session = try await services.logins.login(
            name: try body.string("name"), password: try body.string("password"),
            address: call.context.throttleAddress)
        if isForBrowser { return SessionCookie.response(session, call.context) }
        return .json(.object(session.json))
    }

    @Sendable private func changePassword(_ call: Call) async throws -> Response {
        let body = try await call.object()
        try await services.accounts.changeOwnPassword(
            try call.principal, current: try body.string("current"), new: try body.string("new"))
        return .noContent
    }

    @Sendable private func listTokens(_ call: Call) async throws -> Response {
        let principal = try call.principal
        let tokens = try await services.tokens.list(
            user: call.request.query("user") ?? principal.user.id.text, by: principal)
        return .list(tokens.map { .object($0.json()) }, next: nil)
    }

    @Sendable private func createToken(_ call: Call) async throws -> Response {
        let principal = try call.principal
        let body = try await call.object()
        let issued = try await services.tokens.create(
            user: try body.optionalString("user") ?? principal.user.id.text, name: try body.string("name"),
            scope: try body.optionalCase("scope") ?? .write, project: try body.optionalString("project"),
            expiresAt: try body.optionalTime("expires_at"), by: principal)
        return .created(.object(issued.json), location: "/v1/tokens/\(issued.token.id)")
    }

    @Sendable private func revokeToken(_ call: Call) async throws -> Response {
        _ = try await services.tokens.revoke(try call.pathID("token").text, by: try call.principal)
        return .noContent
    }
}
