import Compression
import HTTPTypes
import Hummingbird
import NIOCore

/// Compresses answers for those who take gzip: texts of more than 1 KiB, and streamed lines.
///
/// Never what holds a secret, a login's or a token's: beside text that somebody else can choose, its length would tell
/// of it.
struct CompressReply: RouterMiddleware {
    static let smallest = 1024

    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard Self.isText(response), !Self.holdsSecret(request, response) else { return response }
        response.headers.append(HTTPField(name: .vary, value: "Accept-Encoding"))
        guard response.body.contentLength.map({ $0 > Self.smallest }) ?? true, Self.accepted(request.headers),
            response.status != .notModified
        else { return response }
        response.headers[.contentEncoding] = "gzip"
        response.headers[.contentLength] = nil
        let body = response.body
        let isStream = body.contentLength == nil
        response.body = ResponseBody { writer in
            let gzip = GzipBodyWriter(parent: writer, stream: try GzipWriter(level: 4), flushes: isStream)
            try await body.write(gzip)
        }
        return response
    }

    private static func isText(_ response: Response) -> Bool {
        guard !response.headers.contains(.contentEncoding), let type = response.headers[.contentType] else {
            return false
        }
        // What nearly all answers are.
        if type == "application/json" { return true }
        let name = type.prefix { $0 != ";" }.lowercased()
        if name == "text/event-stream" { return false }
        return name.hasPrefix("text/") || name.hasSuffix("json") || name.hasSuffix("ndjson") || name.hasSuffix("xml")
            || name == "application/javascript" || name == "image/svg+xml"
    }

    private static func holdsSecret(_ request: Request, _ response: Response) -> Bool {
        if response.headers.contains(.setCookie) { return true }
        return request.uri.path.utf8.split(separator: UInt8(ascii: "/"))
            .contains { $0.elementsEqual("login".utf8) || $0.elementsEqual("tokens".utf8) }
    }

    /// Whether `Accept-Encoding` names gzip, or all, and not with a weight of 0.
    static func accepted(_ headers: HTTPFields) -> Bool {
        var others: Bool?
        for element in headers[values: .acceptEncoding].flatMap({ $0.split(separator: ",") }) {
            let parts = element.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let name = parts.first else { continue }
            let isWanted = !parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
            if name == "gzip" || name == "x-gzip" { return isWanted }
            if name == "*" { others = isWanted }
        }
        return others ?? false
    }
}

/// Compresses what is written to it, and writes that on.
private struct GzipBodyWriter: ResponseBodyWriter {
    var parent: any ResponseBodyWriter
    let stream: GzipWriter
    /// Whether each block can be read as soon as it has come: for streams, whose next block may take its time.
    let flushes: Bool

    mutating func write(_ buffer: ByteBuffer) async throws {
        let bytes = buffer.withUnsafeReadableBytes { stream.write($0, flush: flushes) }
        if !bytes.isEmpty { try await parent.write(ByteBuffer(bytes: bytes)) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        let bytes = stream.finish()
        if !bytes.isEmpty { try await parent.write(ByteBuffer(bytes: bytes)) }
        try await parent.finish(trailingHeaders)
    }
}
