import NIOCore

/// Closes a connection whose peer does not read what is sent to it. Stands first in the pipeline: it sees what goes to
/// the socket.
///
/// Without it a peer could keep the answer to its request, and the work behind it, in memory for ever.
final class WriteWatch: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let time: TimeAmount
    private let minimum: Int
    /// Bytes given to the channel since it was opened.
    private var given = 0
    /// Bytes the socket had taken when the timer was set.
    private var taken = 0
    private var timer: Scheduled<Void>?

    init(limits: ServerLimits) {
        time = TimeAmount(limits.writeTime)
        minimum = limits.writeBytes
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        given += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        guard timer == nil else { return }
        watch(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    /// Sets the timer when something waits to be taken.
    private func watch(_ context: ChannelHandlerContext) {
        let waiting = Self.waiting(context)
        guard waiting > 0, context.channel.isActive else { return }
        taken = given - waiting
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.check(context) }
    }

    private func check(_ context: ChannelHandlerContext) {
        timer = nil
        let waiting = Self.waiting(context)
        guard waiting == 0 || given - waiting - taken >= minimum else { return context.close(promise: nil) }
        watch(context)
    }

    private static func waiting(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}
