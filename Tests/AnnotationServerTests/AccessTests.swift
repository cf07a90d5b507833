import AnnotationModel
import AnnotationServices
import AnnotationStore
import JSONText
import Postgres
import Testing

@Suite("Who may do what over HTTP")
struct AccessTests {
    @Test("without a token, with a wrong one, a revoked one, an expired one, or as a disabled user, the answer is 401")
    func unauthenticated() async throws {
        try await TestServer.with { server in
            _ = try await server.project()
            let revoked = try await server.token("bob")
            let tokens = try await server.services.tokens.list(user: "bob", by: server.admin)
            for token in tokens {
                _ = try await server.services.tokens.revoke(token.id.text, user: nil, by: server.admin)
            }
            let expired = try await server.token("bob", expiresAt: Timestamp.now().adding(seconds: 3600))
            try await server.services.database.client.query(
                "UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL")
            let disabled = try await server.token("dave")
            _ = try await server.services.accounts.setDisabled("dave", true, by: server.admin)
            for token in [nil, "nonsense", revoked, expired, disabled] {
                let reply = try await server.send(.get, "/v1/me", token: token)
                #expect(reply.status == 401, "\(token ?? "no token")")
                #expect(reply.code == "auth_expired")
                #expect(reply.header("WWW-Authenticate") == "Bearer")
            }
        }
    }

    @Test("a foreign project is as good as a missing one, in every route")
    func foreign() async throws {
        try await TestServer.with { server in
            let project = try await server.project("secret")
            let stranger = try await server.token("mallory")
            for path in [
                "", "/members", "/labels", "/articles", "/articles/\(project.id)",
                "/article-texts/\(String(repeating: "a", count: 64))",
                "/sync/changes?epoch=\(project.id)", "/sync/snapshot", "/sync/rejections?client_id=\(project.id)",
            ] {
                for reference in ["secret", project.id.text, "missing"] {
                    let reply = try await server.send(.get, "/v1/projects/\(reference)\(path)", token: stranger)
                    #expect(reply.status == 404, "GET \(reference)\(path)")
                    #expect(reply.code == "not_found", "GET \(reference)\(path)")
                }
            }
        }
    }

    @Test("a role or a scope that does not suffice is 403; a token bound to another project does not open this one")
    func forbidden() async throws {
        try await TestServer.with { server in
            let project = try await server.project()
            let bob = try await server.token("bob")
            let reader = try await server.token("bob", scope: .read)
            let label: JSONValue = ["key": "NEW", "name": "New", "kind": "span"]
            let denied = try await server.send(.post, "/v1/projects/p/labels", token: bob, json: label)
            #expect(denied.status == 403)
            #expect(denied.code == "not_allowed")
            let read = try await server.send(.post, "/v1/projects/p/labels", token: reader, json: label)
            #expect(read.status == 403)
            _ = try await server.project("other")
            let bound = try await server.token("bob", project: "other")
            #expect(try await server.send(.get, "/v1/projects/p", token: bound).status == 403)
            #expect(try await server.send(.get, "/v1/projects/other", token: bound).status == 200)
            #expect(try await server.send(.get, "/v1/projects/\(project.id)", token: bob).status == 200)
        }
    }

    @Test("a removed member loses the project at once")
    func removed() async throws {
        try await TestServer.with { server in
            _ = try await server.project()
            let bob = try await server.token("bob")
            #expect(try await server.send(.get, "/v1/projects/p", token: bob).status == 200)
            try await server.services.members.remove("bob", project: "p", expecting: nil, by: server.admin)
            #expect(try await server.send(.get, "/v1/projects/p", token: bob).status == 404)
        }
    }

    @Test("a login gives a session that a logout ends; a wrong password is 401, too many are 429 with Retry-After")
    func login() async throws {
        try await TestServer.with { server in
            _ = try await server.services.accounts.add(
                name: "erin", password: "correct horse battery", isAdmin: false, by: server.admin)
            let reply = try await server.send(
                .post, "/v1/login", json: ["name": "erin", "password": "correct horse battery"])
            #expect(reply.status == 200)
            let token = try #require(try reply.json["token"]?.stringValue)
            let me = try await server.send(.get, "/v1/me", token: token)
            #expect(try me.json["name"]?.stringValue == "erin")
            #expect(try await server.send(.post, "/v1/logout", token: token).status == 204)
            #expect(try await server.send(.get, "/v1/me", token: token).status == 401)

            var statuses: Set<Int> = []
            for _ in 0..<40 where !statuses.contains(429) {
                let wrong = try await server.send(.post, "/v1/login", json: ["name": "erin", "password": "guess"])
                statuses.insert(wrong.status)
                if wrong.status == 429 {
                    #expect(wrong.code == "rate_limited")
                    #expect(wrong.header("Retry-After").flatMap { Int($0) } ?? 0 > 0)
                }
            }
            #expect(statuses == [401, 429])
        }
    }
}
