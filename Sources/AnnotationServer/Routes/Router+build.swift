import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import SyncProtocol

/// All routes, behind what all requests go through.
func buildRouter(services: Services, edge: Edge) -> Router<AppRequestContext> {
    let router = Router(context: AppRequestContext.self, options: .autoGenerateHeadEndpoints)
    edge.install(on: router)
    let table = RouteTable(services: services)
    router.addMiddleware { OtherMethods(table.routes) }
    for route in table.routes {
        router.on(RouterPath(route.path), method: route.method) { request, context in
            try await answer(route, request, context, services)
        }
    }
    return router
}

/// Checks what the route's table entry says, then runs its handler.
private func answer(
    _ route: Route, _ request: Request, _ context: AppRequestContext, _ services: Services
) async throws -> Response {
    var context = context
    var access: ProjectAccess?
    switch route.need {
    case .nothing: break
    case .account(let scope):
        let principal = try await services.logins.authenticate(bearer: try request.credential())
        try principal.require(scope)
        if scope == .admin { try principal.requireUnbound() }
        context.principal = principal
    case .administrator(let scope):
        let principal = try await services.logins.authenticate(bearer: try request.credential())
        try principal.requireAdmin(scope: scope)
        context.principal = principal
    case .project(let need):
        let entered = try await services.logins.enter(
            bearer: try request.credential(), project: try context.path("p"), need)
        context.principal = entered.principal
        access = entered
    }
    try checkParameters(request, route)
    return try await route.handler(Call(request, context, route: route, access: access))
}

/// A parameter that nobody knows is a mistake: a filter that is misspelt must not answer with everything.
private func checkParameters(_ request: Request, _ route: Route) throws(Problem) {
    for (name, value) in request.uri.queryParameters {
        guard !value.utf8.contains(0) else { throw .malformed("the parameter “\(name.prefix(60))” has U+0000 in it") }
        guard route.query.contains(where: { $0.name == name }) else {
            let known = route.query.isEmpty ? "there are none" : route.query.map(\.name).joined(separator: ", ")
            throw .malformed("the parameter “\(name.prefix(60))” is unknown here; known: \(known)")
        }
    }
}
