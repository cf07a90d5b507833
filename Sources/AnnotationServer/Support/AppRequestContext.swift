import AnnotationServices
import Hummingbird
import Logging
import NIOCore

/// What one request carries besides itself: where it came from, its id, and, once checked, who asks.
struct AppRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The peer's address, for throttling; nil on a Unix socket.
    let remoteAddress: String?
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
