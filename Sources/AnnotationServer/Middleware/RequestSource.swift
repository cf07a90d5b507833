import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// Finds out where a request comes from, and whether it was private on its way.
///
/// Behind a proxy the connection's other end is the proxy, which adds the address that it saw to the end of
/// `X-Forwarded-For` (or of `Forwarded`). Only that last one is believed: all before it the client may have made up.
/// Without a proxy these headers are anybody's words.
struct RequestSource: RouterMiddleware {
    private static let forwardedFor = HTTPField.Name("X-Forwarded-For")
    private static let forwardedProto = HTTPField.Name("X-Forwarded-Proto")
    private static let forwarded = HTTPField.Name("Forwarded")

    let isBehindProxy: Bool
    let isTLS: Bool

    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.isTLS = isTLS
        context.isLoopbackHTTP = !isTLS && !isBehindProxy
        if isBehindProxy {
            if let address = Self.told(request.headers) { context.remoteAddress = address }
            let scheme = Self.forwardedProto.flatMap { request.headers[$0] } ?? Self.element("proto", request.headers)
            context.isTLS = scheme?.lowercased() == "https"
        }
        return try await next(request, context)
    }

    /// The last address that the proxy told.
    static func told(_ headers: HTTPFields) -> String? {
        if let name = forwardedFor, let value = headers[values: name].last {
            return address(value.split(separator: ",").last.map(String.init) ?? "")
        }
        return element("for", headers).flatMap(address)
    }

    /// A parameter of the last element of `Forwarded`: `for=192.0.2.1, for="[2001:db8::1]:4711";proto=https`.
    private static func element(_ key: String, _ headers: HTTPFields) -> String? {
        guard let name = forwarded, let last = headers[values: name].last?.split(separator: ",").last else {
            return nil
        }
        for pair in last.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            if trimmed(parts[0]).lowercased() == key { return trimmed(parts[1]) }
        }
        return nil
    }

    /// An address without brackets and port, in its usual form; nil when it is none.
    private static func address(_ text: String) -> String? {
        var text = trimmed(text)
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            text = String(text[text.index(after: text.startIndex)..<end])
        } else if text.split(separator: ":", omittingEmptySubsequences: false).count == 2 {
            text = String(text.prefix { $0 != ":" })
        }
        return (try? SocketAddress(ipAddress: text, port: 0))?.ipAddress
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var text = Substring(text)
        while let last = text.last, last == " " || last == "\t" || last == "\"" { text.removeLast() }
        while let first = text.first, first == " " || first == "\t" || first == "\"" { text.removeFirst() }
        return String(text)
    }
}

extension AppRequestContext {
    /// What failed logins are counted by. One IPv6 network of the usual size is one peer: it can use any of its
    /// addresses.
    var throttleAddress: String {
        guard let remoteAddress else { return "local" }
        var bytes = [UInt8](repeating: 0, count: 16)
        guard remoteAddress.contains(":"), inet_pton(AF_INET6, remoteAddress, &bytes) == 1 else {
            return remoteAddress
        }
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
            return bytes.suffix(4).map { "\($0)" }.joined(separator: ".")
        }
        let network = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        return network.joined(separator: ":") + "::/64"
    }
}
