import AnnotationServices
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// The server: the routes on their port, the operators' port, and what looks after them.
package struct HTTPServer: Service {
    let edge: Edge
    let logger: Logger
    let onListening: @Sendable (_ address: String) async -> Void

    package func run() async throws {
        var services: [any Service] = []
        if let tls = edge.tls { services.append(TLSReloader(context: tls, logger: logger)) }
        if let port = edge.options.adminPort { services.append(operations(port: port)) }
        services.append(application)
        // The last is told first that the server stops.
        services.append(Drain(readiness: edge.readiness, time: edge.options.drain))
        try await ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger)).run()
    }

    private var application: some ApplicationProtocol {
        let options = edge.options
        return Application(
            router: buildRouter(services: edge.services, edge: edge),
            server: HTTPServerBuilder { [edge] in EdgeChannel(edge: edge, responder: $0) },
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: "manicule", backlog: 1024),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? options.port
                let host =
                    options.host.contains(":") && !options.host.hasPrefix("[") ? "[\(options.host)]" : options.host
                await onListening("\(options.tls == nil ? "http" : "https")://\(host):\(port)")
            },
            logger: logger)
    }

    private func operations(port: Int) -> some ApplicationProtocol {
        let router = Router(context: AppRequestContext.self)
        router.addMiddleware {
            RequestIdentity()
            SecurityHeaders()
            ProblemReply()
            ReadinessReply(readiness: edge.readiness)
        }
        let routes = OperationsRoutes(edge: edge)
        routes.addHealth(to: router)
        routes.addMetrics(to: router, isOpen: true)
        return Application(
            router: router, server: .http1(configuration: .init(idleTimeout: .seconds(30))),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: port), serverName: "manicule"),
            logger: logger)
    }
}
