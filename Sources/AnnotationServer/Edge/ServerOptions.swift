/// How the server listens, and what it bears.
package struct ServerOptions: Sendable {
    package var host: String
    /// 0 takes a free one.
    package var port: Int
    /// With it the server speaks TLS only.
    package var tls: TLSFiles?
    /// Whether a proxy in front ends TLS: its `X-Forwarded-For`, `Forwarded` and `X-Forwarded-Proto` are believed.
    package var isBehindProxy: Bool
    /// A second port, on loopback only, that tells metrics and health without a token.
    package var adminPort: Int?
    package var limits: ServerLimits
    /// How long requests are still taken after `/readyz` has begun to say that the server stops.
    package var drain: Duration

    package init(
        host: String = "127.0.0.1", port: Int = 8080, tls: TLSFiles? = nil, isBehindProxy: Bool = false,
        adminPort: Int? = nil, limits: ServerLimits = ServerLimits(), drain: Duration = .zero
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.isBehindProxy = isBehindProxy
        self.adminPort = adminPort
        self.limits = limits
        self.drain = drain
    }

    /// Whether what is sent can be read on the way by nobody but this machine.
    package var isPrivate: Bool { tls != nil || isBehindProxy || Self.isLoopback(host) }

    /// Whether nobody beyond this machine can reach the address.
    package static func isLoopback(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 4, parts[0] == "127", parts.allSatisfy({ UInt8($0) != nil }) { return true }
        return host == "localhost" || host == "::1" || host == "[::1]"
    }
}

/// The files of a certificate with its chain, and of its private key, both in PEM.
package struct TLSFiles: Sendable, Hashable {
    package var certificate: String
    package var key: String
    /// How often the files are looked at.
    package var poll: Duration

    package init(certificate: String, key: String, poll: Duration = .seconds(10)) {
        self.certificate = certificate
        self.key = key
        self.poll = poll
    }
}

/// What one peer, and all of them together, may take. A time is a `Duration`, a size is in bytes.
package struct ServerLimits: Sendable, Hashable {
    /// More are answered 503 and closed.
    package var connections = 20_000
    /// Requests being worked on at once; those that wait for news do not count. More are answered 503.
    package var requests = 512
    /// Of one header, and of the request line.
    package var headerBytes = 16 * 1024
    package var headerListBytes = 48 * 1024
    package var headers = 100
    /// From the first byte of a request to the end of its headers.
    package var headTime = Duration.seconds(15)
    /// Every so long `bodyBytes` must have come of a body that is not whole.
    package var bodyTime = Duration.seconds(20)
    package var bodyBytes = 4 * 1024
    /// Every so long `writeBytes` must have gone out when there is something to send.
    package var writeTime = Duration.seconds(30)
    package var writeBytes = 1024
    /// How long a connection may lie idle between requests.
    package var idleTime = Duration.seconds(75)

    package init() {}
}
