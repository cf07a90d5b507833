import NIOCore
import NIOHTTP1
import Synchronization

/// How many connections are open, and whether another one may be.
final class ConnectionCount: Sendable {
    private struct State {
        var open = 0
        var refused = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    var open: Int { state.withLock { $0.open } }
    var refused: Int { state.withLock { $0.refused } }

    /// Counts a connection, which must be given back when it is closed. False: it is one too many, but counts too.
    func admit() -> Bool {
        state.withLock {
            $0.open += 1
            if $0.open > limit { $0.refused += 1 }
            return $0.open <= limit
        }
    }

    func giveBack() { state.withLock { $0.open -= 1 } }
}

/// Tells a peer that there are too many connections, and closes. Stands first in the pipeline and reads nothing.
final class RefuseConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = ByteBuffer

    private static let answer = """
        HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
        Content-Type: application/problem+json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
        """
    private static let body = """
        {"type":"about:blank","title":"Unavailable","status":503,"code":"unavailable",\
        "detail":"the server has too many connections; try again in 5 s","retryable":true,"details":{}}
        """

    /// Under TLS there is nothing to say before the handshake, which is work that is spared here.
    private let isSilent: Bool

    init(isSilent: Bool) { self.isSilent = isSilent }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        guard !isSilent else { return context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.answer)), promise: nil)
        context.channel.closeAfterReading()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    /// Nothing of the pipeline behind has anything to say.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.ioOnClosedChannel)
    }
}

extension Channel {
    /// Says that nothing more comes, and closes when the peer has done so too, a second later at the latest. A plain
    /// close while something of the peer's is unread would take from it what was sent last.
    func closeAfterReading() {
        close(mode: .output, promise: nil)
        let channel = self
        let closing = eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        closeFuture.whenComplete { _ in closing.cancel() }
    }
}
