import AnnotationModel
import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import SyncProtocol

/// Accounts of the instance, and what administrators did.
struct UserController {
    let services: Services

    var routes: [Route] {
        [
            Route(
                method: .get, path: "/v1/users", name: "listUsers", tag: "Users", summary: "All users, by name.",
                need: .administrator(.admin), query: QueryParameter.page, replies: [.list("User")], handler: list),
            Route(
                method: .post, path: "/v1/users", name: "createUser", tag: "Users",
                summary: "Adds a user; without a password the account works by tokens only.",
                need: .administrator(.admin),
                body: .init(schema: "NewUser", members: ["name", "password", "admin"], limit: 16 * 1024),
                replies: [.object("User", status: 201)], handler: create),
            Route(
                method: .get, path: "/v1/users/{user}", name: "getUser", tag: "Users",
                summary: "One user by name or id.", need: .administrator(.admin), replies: [.object("User")]
            ) { .json(.object(try await services.accounts.find(try $0.path("user"), by: try $0.principal).json)) },
            Route(
                method: .patch, path: "/v1/users/{user}", name: "changeUser", tag: "Users",
                summary: "Disables or enables an account, sets or takes away its password or its administration.",
                need: .administrator(.admin),
                body: .init(schema: "UserPatch", members: ["disabled", "password", "admin"], limit: 16 * 1024),
                replies: [.object("User")], handler: change),
            Route(
                method: .get, path: "/v1/audit", name: "listAudit", tag: "Users",
                summary: "What administrators and managers did, newest first.", need: .administrator(.admin),
                query: QueryParameter.page, replies: [.list("AuditEntry")]
            ) { call in
                let page = try await services.audit.list(
                    after: call.after, limit: try call.limit, by: try call.principal)
                return .list(page.items.map { .object($0.json) }, next: page.next)
            },
        ]
    }

    @Sendable private func list(_ call: Call) async throws -> Response {
        let page = try await services.accounts.list(after: call.after, limit: try call.limit, by: try call.principal)
        return .list(page.items.map { .object($0.json) }, next: page.next)
    }

    @Sendable private func create(_ call: Call) async throws -> Response {
        let body = try await call.object()
        let user = try await services.accounts.add(
            name: try body.string("name"), password: try body.optionalString("password"),
            isAdmin: try body.bool("admin", default: false), by: try call.principal)
        return .created(.object(user.json), location: "/v1/users/\(user.name)")
    }

    @Sendable private func change(_ call: Call) async throws -> Response {
        let body = try await call.object()
        let reference = try call.path("user")
        let principal = try call.principal
        // All of it is read before anything is done.
        let isDisabled = body.value("disabled") == nil ? nil : try body.bool("disabled", default: false)
        let isAdmin = body.value("admin") == nil ? nil : try body.bool("admin", default: false)
        let password = try body.optionalString("password")
        var user = try await services.accounts.find(reference, by: principal)
        if body.object.contains("password") {
            user = try await services.accounts.setPassword(user.id.text, to: password, by: principal)
        }
        if let isAdmin { user = try await services.accounts.setAdmin(user.id.text, isAdmin, by: principal) }
        if let isDisabled {
            user = try await services.accounts.setDisabled(user.id.text, isDisabled, by: principal)
        }
        return .json(.object(user.json))
    }
}
