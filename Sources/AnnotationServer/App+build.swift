package import AnnotationServices
package import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// How the server listens.
package struct ServerOptions: Sendable {
    package var host: String
    /// 0 takes a free one.
    package var port: Int

    package init(host: String = "127.0.0.1", port: Int = 8080) {
        self.host = host
        self.port = port
    }
}

/// Builds the server over the services. `onListening` is told the address once requests are taken.
package func buildApplication(
    services: Services, options: ServerOptions, logger: Logger,
    onListening: @escaping @Sendable (_ address: String) async -> Void = { _ in }
) -> some ApplicationProtocol {
    Application(
        router: buildRouter(services: services),
        configuration: ApplicationConfiguration(
            address: .hostname(options.host, port: options.port), serverName: "manicule"),
        onServerRunning: { channel in
            let port = channel.localAddress?.port ?? options.port
            let host = options.host.contains(":") ? "[\(options.host)]" : options.host
            await onListening("http://\(host):\(port)")
        },
        logger: logger)
}

/// All routes. Outermost the request's id and its log line, then the shape of errors, then who asks.
func buildRouter(services: Services) -> Router<AppRequestContext> {
    let router = Router(context: AppRequestContext.self)
    router.addMiddleware {
        RequestIdentity()
        SecurityHeaders()
        ProblemReply()
    }
    HealthController(database: services.database).addRoutes(to: router)
    let open = router.group("v1")
    let accounts = AccountController(logins: services.logins)
    accounts.addOpenRoutes(to: open)
    let group = router.group("v1").add(middleware: Authenticate(logins: services.logins))
    accounts.addRoutes(to: group)
    ProjectController(services: services).addRoutes(to: group)
    ArticleController(services: services).addRoutes(to: group)
    SyncController(sync: services.sync).addRoutes(to: group)
    return router
}
