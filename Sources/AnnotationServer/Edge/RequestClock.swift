import JSONText
import NIOCore
import NIOHTTP1
import SyncProtocol

/// Gives each part of a request its time, and answers what is no request. Stands behind the HTTP decoder.
///
/// A peer must send the headers of a request within a time that begins with their first byte, and its body at a least
/// rate; a connection between requests may lie idle for a while. Time in which the server itself does not read, because
/// it is busy with what came before, is not held against the peer.
final class RequestClock: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        case idle, head, body
        /// The request is whole, its answer is not.
        case answering
        case closing
    }

    private let limits: ServerLimits
    private var phase = Phase.idle
    /// Requests whose answer is not whole.
    private var unanswered = 0
    private var hasBegunAnswer = false
    /// Bytes of the body since the timer was set.
    private var received = 0
    private var deadline: NIODeadline?
    /// Since when the server has not asked for more.
    private var pausedSince: NIODeadline?
    private var timer: (task: Scheduled<Void>, at: NIODeadline)?

    init(limits: ServerLimits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) { expect(within: limits.idleTime, context) }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.task.cancel()
        timer = nil
    }

    // MARK: What the peer does

    /// Something came, of which the decoder may not have made anything yet.
    func bytesArrived(_ context: ChannelHandlerContext) {
        guard phase == .idle else { return }
        phase = .head
        expect(within: limits.headTime, context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .closing else { return }
        switch unwrapInboundIn(data) {
        case .head:
            unanswered += 1
            if unanswered == 1 { hasBegunAnswer = false }
            phase = .body
            received = 0
            expect(within: limits.bodyTime, context)
        case .body(let bytes):
            received += bytes.readableBytes
        case .end:
            phase = unanswered == 0 ? .idle : .answering
            if unanswered == 0 { expect(within: limits.idleTime, context) } else { deadline = nil }
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if let since = pausedSince {
            pausedSince = nil
            if let old = deadline { deadline = old + (.now() - since) }
        }
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        pausedSince = .now()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // While an answer is being made, the error waits behind it for its turn.
        guard let error = error as? HTTPParserError, unanswered == 0, phase != .closing else {
            return context.fireErrorCaught(error)
        }
        if error == .headerOverflow {
            refuse(
                context, 431, "too_large", "Request header fields too large",
                "the request line and headers may have \(limits.headers) fields, \(limits.headerBytes) bytes each and "
                    + "\(limits.headerListBytes) in all")
        } else {
            refuse(context, 400, "malformed", "Malformed request", "this is no HTTP/1.1 request: \(error)")
        }
    }

    // MARK: What the server does

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard phase != .closing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head): hasBegunAnswer = head.status.code >= 200
        case .body: break
        case .end:
            unanswered -= 1
            hasBegunAnswer = false
            if unanswered == 0, phase == .answering {
                phase = .idle
                expect(within: limits.idleTime, context)
            }
        }
        context.write(data, promise: promise)
    }

    // MARK: The timer

    private func expect(within time: Duration, _ context: ChannelHandlerContext) {
        let next = NIODeadline.now() + TimeAmount(time)
        deadline = next
        // A timer that goes off too early costs less than a new one for each request.
        if let timer {
            guard next < timer.at else { return }
            timer.task.cancel()
        }
        start(next, context)
    }

    private func start(_ at: NIODeadline, _ context: ChannelHandlerContext) {
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: at) { self.timeIsUp(context) }
        timer = (task, at)
    }

    private func timeIsUp(_ context: ChannelHandlerContext) {
        timer = nil
        guard let deadline, phase != .closing else { return }
        guard NIODeadline.now() >= deadline else { return start(deadline, context) }
        switch phase {
        case .idle: context.close(promise: nil)
        case .head, .body:
            if pausedSince != nil || phase == .body && received >= limits.bodyBytes {
                received = 0
                return expect(within: phase == .head ? limits.headTime : limits.bodyTime, context)
            }
            guard unanswered == (phase == .head ? 0 : 1), !hasBegunAnswer else { return context.close(promise: nil) }
            refuse(
                context, 408, "timeout", "Request timeout",
                phase == .head ? "the request's headers took too long" : "the request's body came too slowly")
        case .answering, .closing: break
        }
    }

    /// Answers in the place of those who would have answered, and closes.
    private func refuse(
        _ context: ChannelHandlerContext, _ status: Int, _ code: String, _ title: String, _ detail: String
    ) {
        phase = .closing
        let problem = Problem(status: status, code: code, title: title, detail: detail, retryable: status == 408)
        let body = ByteBuffer(bytes: problem.encode())
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status),
            headers: [
                "Connection": "close", "Content-Type": "application/problem+json", "Cache-Control": "no-store",
                "Content-Length": String(body.readableBytes), "X-Content-Type-Options": "nosniff",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.channel.closeAfterReading()
    }
}

/// Tells the clock behind the decoder that bytes came. Stands before the decoder.
final class ArrivalWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let clock: RequestClock
    private var clockContext: ChannelHandlerContext?

    init(clock: RequestClock) { self.clock = clock }

    func handlerAdded(context: ChannelHandlerContext) {
        clockContext = try? context.pipeline.syncOperations.context(handler: clock)
    }

    func handlerRemoved(context: ChannelHandlerContext) { clockContext = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let clockContext { clock.bytesArrived(clockContext) }
        context.fireChannelRead(data)
    }
}
