import AnnotationModel
import AnnotationServer
import AnnotationServices
import AnnotationStore
import AsyncHTTPClient
import Compression
import JSONText
import NIOCore
import Testing

@Suite("gzip in both directions")
struct CompressedBodyTests {
    private let gzip = ["Content-Encoding": "gzip"]

    private func deflate(_ bytes: [UInt8]) throws -> [UInt8] {
        let writer = try GzipWriter()
        return writer.write(bytes) + writer.finish()
    }

    private func inflate(_ bytes: [UInt8]) throws -> [UInt8] {
        let reader = try GzipReader()
        reader.feed(bytes)
        var result: [UInt8] = []
        while let piece = try reader.next() { result += piece }
        try reader.finish()
        return result
    }

    @Test("a gzip body is read as what it holds; a bomb is 413, a damaged one 400, another encoding 415")
    func requests() async throws {
        try await TestServer.with { server in
            let admin = try await server.token("alice", admin: true, scope: .admin)
            let body = try deflate(Array(#"{"name": "news", "title": "Nouvelles"}"#.utf8))
            let created = try await server.send(.post, "/v1/projects", token: admin, body: body, headers: gzip)
            #expect(created.status == 201)
            #expect(try created.json["title"]?.stringValue == "Nouvelles")
            let bomb = try deflate(Array(repeating: UInt8(ascii: " "), count: 50_000_000))
            #expect(bomb.count < 100_000)
            let refused = try await server.send(.post, "/v1/projects", token: admin, body: bomb, headers: gzip)
            #expect(refused.status == 413)
            #expect(refused.code == "too_large")
            var broken = body
            broken[broken.count / 2] ^= 0xff
            for bytes in [broken, Array(body.dropLast(6)), Array("plain".utf8), []] {
                let reply = try await server.send(.post, "/v1/projects", token: admin, body: bytes, headers: gzip)
                #expect(reply.status == 400, "\(bytes.count) bytes")
                #expect(reply.code == "malformed")
            }
            let other = try await server.send(
                .post, "/v1/projects", token: admin, body: body, headers: ["Content-Encoding": "br"])
            #expect(other.status == 415)
            #expect(try await server.send(.get, "/v1/projects/news", token: admin).status == 200)
        }
    }

    @Test("a text of more than 1 KiB is compressed for who takes gzip, a short one and for others it is not")
    func replies() async throws {
        try await TestServer.with { server in
            let project = try await server.project()
            let bob = try await server.token("bob")
            // A short one.
            let short = try await server.send(.get, "/v1/me", token: bob, headers: ["Accept-Encoding": "gzip"])
            #expect(short.header("Content-Encoding") == nil)
            #expect(short.header("Vary") == "Accept-Encoding")
            let labels = try (0..<40).map { index in
                try JSONValue(parsing: Array(#"{"key":"L\#(index)","name":"Label \#(index)","kind":"span"}"#.utf8))
            }
            let admin = try await server.token("alice", admin: true, scope: .admin)
            for label in labels {
                #expect(try await server.send(.post, "/v1/projects/p/labels", token: admin, json: label).status == 201)
            }
            let path = "/v1/projects/\(project.id)/labels"
            let plain = try await server.send(.get, path, token: bob)
            #expect(plain.header("Content-Encoding") == nil)
            #expect(plain.bytes.count > 1024)
            for accepted in ["gzip", "br;q=1.0, gzip;q=0.5", "*"] {
                let reply = try await server.send(.get, path, token: bob, headers: ["Accept-Encoding": accepted])
                #expect(reply.header("Content-Encoding") == "gzip", "\(accepted)")
                #expect(reply.bytes.count < plain.bytes.count / 2)
                #expect(try inflate(reply.bytes) == plain.bytes)
            }
            for refused in ["gzip;q=0", "identity", "*;q=0", "br"] {
                let reply = try await server.send(.get, path, token: bob, headers: ["Accept-Encoding": refused])
                #expect(reply.header("Content-Encoding") == nil, "\(refused)")
            }
        }
    }

    @Test("a streamed snapshot is compressed line by line, and is the same as without")
    func streams() async throws {
        try await TestServer.with { server in
            let project = try await server.project()
            try await server.importArticle(project)
            let client = try await WireClient.register(server, user: "bob")
            let path = "/v1/projects/p/sync/snapshot?client_id=\(client.id)"
            let plain = try await server.send(.get, path, token: client.token)
            let reply = try await server.send(
                .get, path, token: client.token, headers: ["Accept-Encoding": "gzip"])
            #expect(reply.header("Content-Encoding") == "gzip")
            let lines = try inflate(reply.bytes).split(separator: UInt8(ascii: "\n"))
            #expect(lines.count == plain.bytes.split(separator: UInt8(ascii: "\n")).count)
            #expect(String(decoding: lines.last ?? [], as: UTF8.self).contains(#""end":true"#))
        }
    }

    @Test("what holds a secret is never compressed")
    func secrets() async throws {
        try await TestServer.with { server in
            _ = try await server.services.accounts.add(
                name: "erin", password: "correct horse battery", isAdmin: false, by: server.admin)
            for cookie in [false, true] {
                let reply = try await server.send(
                    .post, "/v1/login",
                    json: ["name": "erin", "password": "correct horse battery", "cookie": .bool(cookie)],
                    headers: ["Accept-Encoding": "gzip"])
                #expect(reply.status == 200)
                #expect(reply.header("Content-Encoding") == nil)
                #expect(reply.header("Vary") == nil, "not even for a longer one")
            }
        }
    }
}
