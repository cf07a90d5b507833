package import AnnotationServices
package import Logging

/// Builds the server over the services. `onListening` is told the address once requests are taken.
///
/// Throws `TLSError` when the certificate that the options name cannot be used.
package func buildApplication(
    services: Services, options: ServerOptions, logger: Logger,
    onListening: @escaping @Sendable (_ address: String) async -> Void = { _ in }
) throws(TLSError) -> HTTPServer {
    HTTPServer(edge: try Edge(options, services: services), logger: logger, onListening: onListening)
}
