import AsyncHTTPClient
import JSONText
import NIOCore
import NIOHTTP1
import SyncProtocol

/// Requests to one server with one token. The token is in the header of each request and nowhere else.
struct ServerConnection: Sendable {
    let address: ServerAddress
    let token: String
    let http: HTTPClient
    let retry: RetryPolicy

    /// Lends a connection, and closes it whatever happens.
    static func with<Value>(
        _ address: ServerAddress, token: String, retry: RetryPolicy,
        isolation: isolated (any Actor)? = #isolation, _ body: (ServerConnection) async throws -> Value
    ) async throws -> Value {
        guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), !token.isEmpty else {
            throw ClientError(.refused, "auth_expired", "that is no token: it is one word of letters and digits")
        }
        var configuration = HTTPClient.Configuration()
        // A redirect would carry the token to wherever it points.
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(60))
        configuration.decompression = .disabled
        // A refused connection is told at once: trying again is for the retry policy to decide.
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await body(ServerConnection(address: address, token: token, http: http, retry: retry)))
        } catch {
            result = .failure(error)
        }
        try await http.shutdown()
        return try result.get()
    }

    enum Method: String {
        case get = "GET", put = "PUT", post = "POST"
    }

    /// One answer, read whole.
    struct Answer: Sendable {
        var status: Int
        var body: [UInt8]
        var retryAfter: Int?
        /// Whether the answer is one of ours, and not some proxy's page.
        var isProblem: Bool
    }

    /// Sends a request until an answer comes that is worth reading, or the patience ends. Every request of this client
    /// can be repeated: a mutation by its number, the rest by its nature.
    ///
    /// - Throws: `ProblemReply` for an error status; `ClientError` with `no_server`.
    func send(
        _ method: Method, _ path: String, body: [UInt8]? = nil, limit: Int = 64 * 1024 * 1024,
        progress: SyncProgressHandler?
    ) async throws -> [UInt8] {
        try await retry.run(progress: progress) {
            let response = try await execute(method, path, body: body)
            let answer = try await read(response, limit: limit)
            guard (200..<300).contains(answer.status) else { throw ProblemReply(answer) }
            return answer.body
        }
    }

    /// Sends a request once; the body of a good answer is read by the caller, piece by piece.
    func stream(_ path: String) async throws -> HTTPClientResponse {
        let response = try await execute(.get, path, body: nil, timeout: .hours(24))
        guard response.status == .ok else { throw ProblemReply(try await read(response, limit: 1024 * 1024)) }
        return response
    }

    private func execute(
        _ method: Method, _ path: String, body: [UInt8]?, timeout: TimeAmount = .minutes(5)
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address.text + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "User-Agent", value: "manicule-client")
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body, length: .known(Int64(body.count)))
        }
        return try await http.execute(request, timeout: timeout)
    }

    private func read(_ response: HTTPClientResponse, limit: Int) async throws -> Answer {
        let body = try await response.body.collect(upTo: limit)
        return Answer(
            status: Int(response.status.code), body: Array(body.readableBytesView),
            retryAfter: response.headers.first(name: "Retry-After").flatMap { Int($0) },
            isProblem: response.headers.first(name: "Content-Type")?.hasPrefix("application/problem+json") ?? false)
    }
}

/// An error status, and what it says.
struct ProblemReply: Error, Sendable {
    var problem: Problem
    /// Whether the server said so in the protocol's words.
    var isOurs: Bool

    init(_ answer: ServerConnection.Answer) {
        problem = Problem(reading: answer.body, status: answer.status, retryAfter: answer.retryAfter)
        isOurs = answer.isProblem
    }
}
