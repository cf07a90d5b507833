import AnnotationModel
import AnnotationServices
import AnnotationStore
import JSONText
import Testing

@Suite("The shape of HTTP")
struct SurfaceTests {
    @Test("health and readiness need no token; an unknown path is a problem with a code and a request id")
    func shapes() async throws {
        try await TestServer.with { server in
            #expect(try await server.send(.get, "/healthz").status == 200)
            #expect(try await server.send(.get, "/readyz").status == 200)
            let missing = try await server.send(.get, "/nowhere", headers: ["X-Request-Id": "trace-7"])
            #expect(missing.status == 404)
            #expect(missing.code == "not_found")
            #expect(missing.header("Content-Type") == "application/problem+json")
            #expect(missing.header("X-Request-Id") == "trace-7")
            #expect(missing.header("X-Content-Type-Options") == "nosniff")
        }
    }

    @Test("bad JSON is 400 with its place: truncated, too deep, a key twice, no object, a number beyond 2^53")
    func badJSON() async throws {
        try await TestServer.with { server in
            let admin = try await server.token("alice", admin: true, scope: .admin)
            for body in [
                #"{"name": "x""#, #"{"name": "x", "name": "y"}"#, "[]", #"{"name": 9007199254740993}"#,
                #"{"name": "a\#u{0}b"}"#, #"{"name": "\u0000"}"#,
                #"{"labels": "# + String(repeating: "[", count: 600) + String(repeating: "]", count: 600) + "}",
            ] {
                let reply = try await server.send(.post, "/v1/projects", token: admin, body: Array(body.utf8))
                #expect(reply.status == 400, "\(body.prefix(40))")
                #expect(reply.code == "malformed", "\(body.prefix(40))")
            }
            let large = try await server.send(
                .post, "/v1/projects", token: admin, body: Array(repeating: UInt8(ascii: " "), count: 1 << 21))
            #expect(large.status == 413)
            #expect(large.code == "too_large")
        }
    }

    @Test("a project is created, shown with an ETag, and changed only by who saw its last state")
    func projects() async throws {
        try await TestServer.with { server in
            let admin = try await server.token("alice", admin: true, scope: .admin)
            let created = try await server.send(
                .post, "/v1/projects", token: admin,
                json: [
                    "name": "news", "title": "Nouvelles", "language": "fr",
                    "labels": [["key": "PER", "name": "Personne", "kind": "span"]],
                ])
            #expect(created.status == 201)
            let location = try #require(created.header("Location"))
            let shown = try await server.send(.get, location, token: admin)
            #expect(try shown.json["title"]?.stringValue == "Nouvelles")
            let tag = try #require(shown.header("ETag"))
            let blind = try await server.send(.patch, location, token: admin, json: ["title": "News"])
            #expect(blind.status == 428)
            let changed = try await server.send(
                .patch, location, token: admin, json: ["title": "News"], headers: ["If-Match": tag])
            #expect(changed.status == 200)
            #expect(try changed.json["title"]?.stringValue == "News")
            let late = try await server.send(
                .patch, location, token: admin, json: ["title": "Late"], headers: ["If-Match": tag])
            #expect(late.status == 412)
            #expect(late.code == "precondition_failed")
            let again = try await server.send(.post, "/v1/projects", token: admin, json: ["name": "news"])
            #expect(again.status == 409)
            let labels = try await server.send(.get, location + "/labels", token: admin)
            #expect(try labels.json["items"]?.arrayValue?.first?["key"]?.stringValue == "PER")
        }
    }
}
