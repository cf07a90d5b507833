import AnnotationServer
import Foundation
import JSONText
import Testing

@Suite("As many as there may be, and those who do not read")
struct LoadTests {
    private func options(_ change: (inout ServerLimits) -> Void) -> ServerOptions {
        var limits = ServerLimits()
        change(&limits)
        return ServerOptions(port: 0, limits: limits)
    }

    @Test("one connection too many is told 503 with Retry-After and closed; when another has gone, there is room again")
    func connections() async throws {
        try await TestServer.with(options: options { $0.connections = 3 }) { server in
            let address = server.address
            try await onThread {
                var open = try (0..<3).map { _ in try RawConnection(address) }
                for connection in open {
                    #expect(try connection.request("GET /healthz HTTP/1.1").hasPrefix("HTTP/1.1 200 "))
                }
                let refused = try RawConnection(address)
                try? refused.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                let reply = try refused.readToEnd()
                #expect(reply.hasPrefix("HTTP/1.1 503 "))
                #expect(reply.contains("Retry-After: 5"))
                #expect(reply.contains(#""code":"unavailable""#))
                open.removeLast()
                let deadline = Date(timeIntervalSinceNow: 20)
                var again = ""
                while !again.hasPrefix("HTTP/1.1 200 "), Date() < deadline {
                    again = (try? RawConnection(address).request("GET /healthz HTTP/1.1")) ?? ""
                }
                #expect(again.hasPrefix("HTTP/1.1 200 "))
                withExtendedLifetime((open, refused)) {}
            }
        }
    }

    @Test("with as many requests as it can hold the server says 503 with Retry-After, and still says that it lives")
    func requests() async throws {
        try await TestServer.with(options: options { $0.requests = 2 }) { server in
            let address = server.address
            let body = #"{"name":"nobody","password":"guess"}"#
            let (first, second, late) = try await onThread {
                let busy = try (0..<2).map { _ in
                    let connection = try RawConnection(address)
                    try connection.send(
                        "POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n{")
                    return connection
                }
                let other = try RawConnection(address)
                // The two are known to be in work once a third is refused.
                var refused = ""
                let deadline = Date(timeIntervalSinceNow: 20)
                while !refused.hasPrefix("HTTP/1.1 503 "), Date() < deadline {
                    refused = try other.request("GET /v1/me HTTP/1.1")
                }
                let alive = try other.request("GET /healthz HTTP/1.1")
                for connection in busy {
                    try connection.send(String(body.dropFirst()))
                    #expect(try connection.answer().hasPrefix("HTTP/1.1 401 "))
                }
                return (refused, alive, try other.request("GET /v1/me HTTP/1.1"))
            }
            #expect(first.lowercased().contains("retry-after: 1"))
            #expect(first.contains(#""code":"unavailable""#))
            #expect(second.hasPrefix("HTTP/1.1 200 "))
            #expect(late.hasPrefix("HTTP/1.1 401 "), "the two have given their places back")
        }
    }

    @Test("a peer that asks and asks and never reads is cut off, and what it asked for is not kept in memory")
    func neverReads() async throws {
        let options = options {
            $0.writeTime = .milliseconds(500)
            $0.idleTime = .seconds(600)
        }
        try await TestServer.with(options: options) { server in
            let address = server.address
            let sent = try await onThread {
                let connection = try RawConnection(address, receiveBuffer: 4096)
                let request = Array("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
                let sent = connection.push(Array(repeatElement(request, count: 400_000).joined()))
                try connection.waitUntilBroken()
                return sent
            }
            // The server stopped reading long before the 14 MB were through: their answers would be 200 MB.
            #expect(sent < 12_000_000, "\(sent) bytes were taken")
            #expect(try await server.send(.get, "/healthz").status == 200)
        }
    }

    @Test("ten thousand idle connections cost little, and the server answers beside them")
    func tenThousand() async throws {
        let limit = DescriptorLimit.raise()
        // Both ends are in this process.
        let count = min(10_000, (limit - 1000) / 2)
        if count < 10_000 { print("only \(count) connections: this process may have \(limit) files open") }
        try await TestServer.with(options: options { $0.idleTime = .seconds(600) }) { server in
            let address = server.address
            let before = residentBytes()
            let (answered, after) = try await onThread {
                var open: [RawConnection] = []
                for _ in 0..<count { open.append(try RawConnection(address)) }
                for connection in open { try connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") }
                var answered = 0
                for connection in open where try connection.answer(within: 60).hasPrefix("HTTP/1.1 200 ") {
                    answered += 1
                }
                let after = residentBytes()
                // All of them are still there, and one of them is as good as a new one.
                #expect(try open[count / 2].request("GET /readyz HTTP/1.1").hasPrefix("HTTP/1.1 200 "))
                return (answered, after)
            }
            #expect(answered == count)
            #expect((after - before) / count < 128 * 1024, "\((after - before) / count) bytes each")
        }
    }

    private func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }
}
