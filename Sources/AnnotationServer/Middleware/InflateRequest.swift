import Compression
import HTTPTypes
import Hummingbird
import NIOCore
import SyncProtocol

/// Inflates bodies with `Content-Encoding: gzip` while they are read, a piece at a time.
///
/// Whoever reads the body counts what comes out of it, so that a bomb is 413 as soon as it has grown beyond the limit.
struct InflateRequest: RouterMiddleware {
    /// No route takes more than this of one body.
    private static let limit = 1 << 32

    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let encoding = request.headers[.contentEncoding]?.lowercased(), encoding != "identity" else {
            return try await next(request, context)
        }
        guard encoding == "gzip" || encoding == "x-gzip" else {
            throw Problem(
                status: 415, code: "malformed", title: "Unsupported encoding",
                detail: "the body's Content-Encoding must be gzip or none, not “\(encoding)”")
        }
        var head = request.head
        head.headerFields[.contentEncoding] = nil
        // It tells the length of what is no longer the body.
        head.headerFields[.contentLength] = nil
        let body = RequestBody(asyncSequence: InflatedBody(body: request.body, limit: Self.limit))
        return try await next(Request(head: head, body: body), context)
    }
}

/// The inflated pieces of a body.
private struct InflatedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let body: RequestBody
    let limit: Int

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(body: body.makeAsyncIterator(), limit: limit)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        var body: RequestBody.AsyncIterator
        let limit: Int
        private var reader: GzipReader?
        private var isDone = false

        init(body: RequestBody.AsyncIterator, limit: Int) {
            self.body = body
            self.limit = limit
        }

        mutating func next() async throws -> ByteBuffer? {
            if isDone { return nil }
            let reader = try self.reader ?? GzipReader(limit: limit)
            self.reader = reader
            while true {
                if let piece = try reader.next() { return ByteBuffer(bytes: piece) }
                guard let bytes = try await body.next() else {
                    isDone = true
                    try reader.finish()
                    return nil
                }
                reader.feed(bytes.readableBytesView)
            }
        }
    }
}
