import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// One connection: counted, under TLS where it is to be, with HTTP/1.1, and with a clock for what the peer does.
struct EdgeChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let limits: ServerLimits
    let connections: ConnectionCount
    let tls: TLSContext?

    init(edge: Edge, responder: @escaping HTTPChannelHandler.Responder) {
        limits = edge.options.limits
        connections = edge.connections
        tls = edge.tls
        base = HTTP1Channel(
            responder: responder,
            configuration: .init(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerListBytes,
                    maxHeaderFieldCount: limits.headers)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let isAdmitted = connections.admit()
        channel.closeFuture.whenComplete { [connections] _ in connections.giveBack() }
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            guard isAdmitted else {
                return try pipeline.addHandler(RefuseConnection(isSilent: tls != nil))
            }
            try pipeline.addHandler(WriteWatch(limits: limits))
            if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls.current)) }
        }.flatMap { [base] in
            base.setup(channel: channel, logger: logger)
        }.flatMapThrowing { [limits] value in
            guard isAdmitted else { return value }
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let clock = RequestClock(limits: limits)
            try pipeline.addHandler(clock, position: .after(decoder))
            try pipeline.addHandler(ArrivalWatch(clock: clock), position: .before(decoder))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
