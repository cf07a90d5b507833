import AnnotationServices
import Hummingbird
import Logging
import NIOCore

/// What one request carries besides itself: where it came from, its id, and, once checked, who asks.
struct AppRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's address, behind a proxy as that tells it; nil on a Unix socket.
    var remoteAddress: String?
    /// Whether the client's connection, to this server or to the proxy in front, is encrypted.
    var isTLS = false
    /// Whether the server listens without TLS, and so on this machine alone.
    var isLoopbackHTTP = false
    /// Told in the log and in `X-Request-Id`.
    var requestID: String
    /// Who asks; nil until `Authenticate` has run.
    var principal: Principal?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress
        requestID = ""
        principal = nil
    }
}
