import AnnotationModel
import AnnotationServer
import AnnotationServices
import AnnotationStore
import AsyncHTTPClient
import Foundation
import JSONText
import Logging
import NIOCore
import NIOHTTP1
import Postgres
import ServiceLifecycle
import Testing

@Suite("What operators see")
struct OperationsTests {
    @Test("metrics need an administrator's token, and count requests by their route's pattern")
    func metrics() async throws {
        try await TestServer.with { server in
            _ = try await server.project()
            let bob = try await server.token("bob")
            let admin = try await server.token("alice", admin: true, scope: .read)
            for _ in 0..<3 { #expect(try await server.send(.get, "/v1/projects/p", token: bob).status == 200) }
            #expect(try await server.send(.get, "/v1/projects/unknown-\(UUID())", token: bob).status == 404)
            #expect(try await server.send(.get, "/nowhere/\(UUID())").status == 404)
            #expect(try await server.send(.get, "/metrics").status == 401)
            #expect(try await server.send(.get, "/metrics", token: bob).status == 403)
            let reply = try await server.send(.get, "/metrics", token: admin)
            #expect(reply.status == 200)
            #expect(reply.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
            let text = String(decoding: reply.bytes, as: UTF8.self)
            let lines = text.split(separator: "\n").map(String.init)
            func value(_ start: String) -> Double? {
                lines.first { $0.hasPrefix(start) }?.split(separator: " ").last.flatMap { Double($0) }
            }
            let route = lines.first { $0.contains(#"status="2xx""#) && $0.contains("/v1/projects/") } ?? ""
            #expect(route.hasPrefix(#"manicule_http_requests_total{method="GET",route="/v1/projects/{p}""#))
            #expect(route.hasSuffix(" 3"))
            #expect(!text.contains("unknown-") && !text.contains("nowhere"), "no path of a client's making")
            #expect(text.contains(#"le="+Inf""#))
            #expect(value("manicule_http_requests_in_flight ") == 1)
            #expect(value("manicule_http_connections ") ?? 0 >= 1)
            #expect(value("manicule_db_connections{state=\"idle\"}") != nil)
            #expect(value("process_resident_memory_bytes ") ?? 0 > 1_000_000)
            #expect(value("process_open_fds ") ?? 0 > 5)
            #expect(value("process_cpu_seconds_total ") ?? 0 > 0)
            // Every family has its help and type before its first sample.
            var known: Set<String> = []
            for line in lines {
                if line.hasPrefix("# TYPE ") { known.insert(String(line.split(separator: " ")[2])) }
                guard !line.hasPrefix("#") else { continue }
                let name = String(line.prefix { $0 != "{" && $0 != " " })
                let family = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }.map {
                    String(name.dropLast($0.count))
                }
                #expect(known.contains(name) || known.contains(family ?? ""), "\(line)")
            }
        }
    }

    @Test("a histogram's buckets add up to its count")
    func histogram() async throws {
        try await TestServer.with { server in
            for _ in 0..<20 { _ = try await server.send(.get, "/healthz") }
            let admin = try await server.token("alice", admin: true, scope: .admin)
            let text = String(decoding: try await server.send(.get, "/metrics", token: admin).bytes, as: UTF8.self)
            let buckets = text.split(separator: "\n")
                .filter { $0.contains("duration_seconds_bucket") && $0.contains(#"route="/healthz""#) }
                .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
            #expect(buckets.count == 13)
            #expect(buckets == buckets.sorted())
            #expect(buckets.last == 20)
        }
    }

    @Test("the operators' port tells metrics and health without a token")
    func adminPort() async throws {
        let port = try await onThread { try freePort() }
        try await TestServer.with(options: ServerOptions(port: 0, adminPort: port)) { server in
            for path in ["metrics", "healthz", "readyz"] {
                let isServed = await eventually {
                    let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/\(path)")
                    guard let reply = try? await server.http.execute(request, timeout: .seconds(10)) else {
                        return false
                    }
                    return reply.status == .ok
                }
                #expect(isServed, "\(path)")
            }
            let other = HTTPClientRequest(url: "http://127.0.0.1:\(port)/v1/me")
            let foreign = try await server.http.execute(other, timeout: .seconds(10))
            #expect(foreign.status == .notFound)
        }
    }

    @Test("readiness tells what is wrong: an old schema, a newer one, no database")
    func readiness() async throws {
        try await TestServer.with { server in
            let client = server.services.database.client
            #expect(try await server.send(.get, "/readyz").status == 200)
            let last = try await client.query("SELECT max(number) FROM schema_migrations").decode(Int.self).first ?? 0
            try await client.query(
                """
                INSERT INTO schema_migrations (number, name, checksum, applied_at)
                SELECT number + 1, 'later', checksum, applied_at FROM schema_migrations WHERE number = \(last)
                """)
            let newer = try await server.send(.get, "/readyz")
            #expect(newer.status == 503)
            #expect(newer.code == "newer_schema")
            #expect(newer.header("Retry-After") == "5")
            try await client.query("DELETE FROM schema_migrations WHERE number >= \(last)")
            let old = try await server.send(.get, "/readyz")
            #expect(old.status == 503)
            #expect(old.code == "old_schema")
            #expect(try old.json["detail"]?.stringValue?.contains("manicule migrate") == true)
            await client.close()
            let gone = try await server.send(.get, "/readyz")
            #expect(gone.status == 503)
            #expect(gone.code == "database_unreachable")
            #expect(try await server.send(.get, "/healthz").status == 200)
        }
    }

    @Test("a server that is told to stop says so first, ends who waits for news, and then closes")
    func shutdown() async throws {
        let options = ServerOptions(port: 0, drain: .milliseconds(700))
        try await TestServer.with(options: options) { server in
            _ = try await server.project()
            let client = try await WireClient.register(server, user: "bob")
            let at = client.at.stringValue.map { "&at=\($0)" } ?? ""
            async let waiting = server.send(
                .get, "/v1/projects/p/sync/changes?epoch=\(client.epoch)&since=\(client.since)\(at)&wait=30",
                token: client.token)
            // It waits once it has been seen to be in flight.
            let admin = try await server.token("alice", admin: true, scope: .admin)
            let isWaiting = try await eventually {
                let text = String(decoding: try await server.send(.get, "/metrics", token: admin).bytes, as: UTF8.self)
                return text.contains("manicule_http_requests_in_flight 2")
            }
            #expect(isWaiting)
            let start = ContinuousClock.now
            await server.group.triggerGracefulShutdown()
            let saysSo = try await eventually {
                try await server.send(.get, "/readyz").code == "stopping"
            }
            #expect(saysSo)
            #expect(try await server.send(.get, "/healthz").status == 200)
            let ended = try await waiting
            #expect([200, 503].contains(ended.status), "\(ended.status) \(ended.code ?? "")")
            #expect(ContinuousClock.now - start < .seconds(20), "it did not wait for its 30 s")
            let isClosed = await eventually { (try? await server.send(.get, "/healthz")) == nil }
            #expect(isClosed)
        }
    }

    @Test("a slow and a failed statement are logged with the request that they were for, and without its values")
    func slowStatements() async throws {
        let recorder = LogRecorder()
        try await TestServer.with(slowStatements: .nanoseconds(1), logger: recorder.logger(.info)) { server in
            _ = try await server.project()
            let bob = try await server.token("bob")
            _ = try await server.send(.get, "/v1/projects/p/labels", token: bob, headers: ["X-Request-Id": "trace-8"])
            let isLogged = await eventually {
                recorder.all.contains {
                    $0.message == "slow statement" && $0.metadata["request_id"] == "trace-8"
                        && $0.metadata["sql"]?.contains("FROM labels") == true
                }
            }
            #expect(isLogged)
            // One that the database refuses: there is no such table any more.
            try await server.services.database.client.query("ALTER TABLE labels RENAME TO labels_gone")
            let failed = try await server.send(
                .get, "/v1/projects/p/labels", token: bob, headers: ["X-Request-Id": "trace-9"])
            #expect(failed.status == 503)
            let isTold = await eventually {
                recorder.all.contains {
                    $0.message != "answered" && $0.metadata["request_id"] == "trace-9"
                        && $0.metadata["sql"]?.contains("FROM labels") == true
                }
            }
            #expect(isTold)
            #expect(!recorder.all.contains { "\($0.metadata)".contains(bob) })
        }
    }

    @Test("one id names a request in its answer and in each of its log lines")
    func requestID() async throws {
        let recorder = LogRecorder()
        try await TestServer.with(logger: recorder.logger(.debug)) { server in
            let reply = try await server.send(.get, "/v1/me", headers: ["X-Request-Id": "trace-7"])
            #expect(reply.header("X-Request-Id") == "trace-7")
            let own = try await server.send(.get, "/healthz")
            let id = try #require(own.header("X-Request-Id"))
            let isLogged = await eventually {
                recorder.all.contains { $0.message == "answered" && $0.metadata["request_id"] == id }
            }
            #expect(isLogged)
            #expect(recorder.all.contains { $0.metadata["request_id"] == "trace-7" })
            #expect(recorder.all.allSatisfy { $0.metadata["hb.request.id"] == nil })
        }
    }
}

/// A port that was free a moment ago.
private func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &place) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place -> UInt16? in
            guard bind(descriptor, place, length) == 0, getsockname(descriptor, place, &length) == 0 else { return nil }
            return place.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
        }
    }
    guard let port else { throw RawConnection.Failure(description: "no free port: \(errno)") }
    return Int(port)
}
