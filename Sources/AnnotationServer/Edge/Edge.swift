import AnnotationModel
import AnnotationServices
import AnnotationStore
import Hummingbird
import Logging

/// What stands between the network and the routes, shared by all connections and requests.
final class Edge: Sendable {
    let options: ServerOptions
    let services: Services
    let connections: ConnectionCount
    let admission: Admission
    let readiness: Readiness
    let metrics: Metrics
    /// Unix time.
    let startSeconds: Double
    /// Nil without TLS.
    let tls: TLSContext?

    /// Throws `TLSError` when the certificate cannot be used.
    init(_ options: ServerOptions, services: Services) throws(TLSError) {
        self.options = options
        self.services = services
        connections = ConnectionCount(limit: options.limits.connections)
        admission = Admission(limit: options.limits.requests, client: services.database.client)
        readiness = Readiness()
        metrics = Metrics()
        startSeconds = (Double(Timestamp.now().microseconds) / 1e6).rounded()
        if let files = options.tls { tls = try TLSContext(files) } else { tls = nil }
    }

    /// Adds everything that all requests go through, and what operators ask for. Outermost the request's id and its
    /// log line, innermost the body; routes are added after it.
    func install(on router: Router<AppRequestContext>) {
        router.addMiddleware {
            RequestIdentity()
            ReadinessReply(readiness: readiness)
            RequestSource(isBehindProxy: options.isBehindProxy, isTLS: tls != nil)
            MeasureRequest(metrics: metrics)
            SecurityHeaders()
            CompressReply()
            ProblemReply()
            admission
            InflateRequest()
        }
        OperationsRoutes(edge: self).addMetrics(to: router, isOpen: false)
    }
}
