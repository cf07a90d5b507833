import AnnotationServer
import Foundation
import JSONText
import Testing

@Suite("What a peer may send, and how slowly")
struct HeaderAndBodyTests {
    private func options(_ change: (inout ServerLimits) -> Void) -> ServerOptions {
        var limits = ServerLimits()
        change(&limits)
        return ServerOptions(port: 0, limits: limits)
    }

    @Test("a long request line, a long header or too many of them are 431 with a code, and the connection ends")
    func tooMuch() async throws {
        try await TestServer.with { server in
            let address = server.address
            let heads = [
                "GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\n",
                "GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 20_000))\r\n",
                "GET / HTTP/1.1\r\n" + (0..<120).map { "X-\($0): 1\r\n" }.joined(),
                "GET / HTTP/1.1\r\n" + (0..<40).map { "X-\($0): \(String(repeating: "b", count: 2000))\r\n" }.joined(),
            ]
            for head in heads {
                let reply = try await onThread {
                    let connection = try RawConnection(address)
                    _ = connection.push(Array((head + "Host: localhost\r\n\r\n").utf8))
                    return try connection.readToEnd()
                }
                #expect(reply.hasPrefix("HTTP/1.1 431 "), "\(head.prefix(30))")
                #expect(reply.contains(#""code":"too_large""#))
                #expect(reply.lowercased().contains("content-type: application/problem+json"))
            }
        }
    }

    @Test("what is no HTTP, or can be read in two ways, is 400 and the connection ends")
    func malformed() async throws {
        try await TestServer.with { server in
            let address = server.address
            let requests = [
                "nonsense\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nNo colon here\r\n\r\n",
                "POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
                "POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /v1/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
            ]
            for request in requests {
                let reply = try await onThread {
                    let connection = try RawConnection(address)
                    try connection.send(request)
                    return try connection.readToEnd()
                }
                #expect(reply.hasPrefix("HTTP/1.1 400 "), "\(request): \(reply.prefix(80))")
                #expect(reply.components(separatedBy: "HTTP/1.1 4").count == 2, "one answer only: \(reply)")
            }
        }
    }

    @Test("headers that trickle in are cut off, however often a byte comes: 408")
    func slowHeaders() async throws {
        try await TestServer.with(options: options { $0.headTime = .milliseconds(400) }) { server in
            let address = server.address
            let reply = try await onThread {
                let connection = try RawConnection(address)
                try connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
                var sent = 0
                var reply = ""
                while reply.isEmpty, sent < 1000 {
                    do { try connection.send("a") } catch { break }
                    sent += 1
                    reply = (try? connection.read(until: "\r\n\r\n", within: 0.02)) ?? ""
                }
                return reply
            }
            #expect(reply.hasPrefix("HTTP/1.1 408 "))
            #expect(try await server.send(.get, "/healthz").status == 200)
        }
    }

    @Test("a body that stops or trickles is 408; one that comes at a decent rate may take its time")
    func slowBody() async throws {
        let options = options {
            $0.bodyTime = .milliseconds(400)
            $0.bodyBytes = 10
        }
        try await TestServer.with(options: options) { server in
            let address = server.address
            let head = "POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
            let stopped = try await onThread {
                let connection = try RawConnection(address)
                try connection.send(head + "1000\r\n\r\n{\"name\":")
                return try connection.readToEnd()
            }
            #expect(stopped.hasPrefix("HTTP/1.1 408 "))
            #expect(stopped.contains("body came too slowly"))
            let steady = try await onThread {
                let connection = try RawConnection(address)
                let body = #"{"name":"nobody","password":"\#(String(repeating: "x", count: 400))"}"#
                try connection.send(head + "\(body.utf8.count)\r\n\r\n")
                // Twenty pieces, together three times as long as one may pause.
                for start in stride(from: 0, to: body.utf8.count, by: 22) {
                    try connection.send(
                        String(decoding: Array(body.utf8)[start..<min(start + 22, body.utf8.count)], as: UTF8.self))
                    _ = try? connection.read(until: "\r\n\r\n", within: 0.06)
                }
                return true
            }
            #expect(steady)
        }
    }

    @Test("a connection that lies idle is closed, before its first request and after it")
    func idle() async throws {
        try await TestServer.with(options: options { $0.idleTime = .milliseconds(300) }) { server in
            let address = server.address
            let texts = try await onThread {
                let fresh = try RawConnection(address)
                let used = try RawConnection(address)
                let answer = try used.request("GET /healthz HTTP/1.1")
                return [try fresh.readToEnd(), answer, try used.readToEnd()]
            }
            #expect(texts[0].isEmpty)
            #expect(texts[1].hasPrefix("HTTP/1.1 200 "))
            #expect(texts[2].isEmpty)
        }
    }

    @Test("requests sent at once on one connection are answered in their order")
    func pipelined() async throws {
        try await TestServer.with { server in
            let address = server.address
            let text = try await onThread {
                let connection = try RawConnection(address)
                let requests = (0..<200).map { index in
                    "GET \(index % 3 == 0 ? "/readyz" : "/healthz") HTTP/1.1\r\nHost: x\r\nX-Request-Id: r\(index)\r\n\r\n"
                }
                _ = connection.push(Array(requests.joined().utf8))
                return try connection.read(until: "r199")
            }
            let ids = text.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("x-request-id: ") }
                .map { String($0.split(separator: " ")[1]) }
            #expect(ids == (0..<200).map { "r\($0)" })
        }
    }
}
