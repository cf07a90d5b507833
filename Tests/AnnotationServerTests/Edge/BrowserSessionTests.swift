import AnnotationServer
import AnnotationServices
import AnnotationStore
import AsyncHTTPClient
import JSONText
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing

@Suite("A browser's session")
struct BrowserSessionTests {
    private let ours = ["Sec-Fetch-Site": "same-origin"]

    /// Logs erin in as a browser does; the cookie's `name=value`, and all that the server said of it.
    private func login(_ server: TestServer) async throws -> (pair: String, attributes: String) {
        _ = try? await server.services.accounts.add(
            name: "erin", password: "correct horse battery", isAdmin: true, by: server.admin)
        let reply = try await server.send(
            .post, "/v1/login", json: ["name": "erin", "password": "correct horse battery", "cookie": true],
            headers: ours)
        #expect(reply.status == 200)
        #expect(try reply.json["token"] == nil, "the secret is in the cookie only")
        #expect(try reply.json["expires_at"]?.stringValue != nil)
        let cookie = try #require(reply.header("Set-Cookie"))
        let pair = String(cookie.prefix { $0 != ";" })
        return (pair, String(cookie.dropFirst(pair.count)))
    }

    @Test("the cookie is HttpOnly, SameSite=Strict and for the whole server; Secure but on this machine without TLS")
    func attributes() async throws {
        try await TestServer.with { server in
            let (pair, attributes) = try await login(server)
            #expect(pair.hasPrefix("manicule_session="))
            for part in ["; Path=/", "; HttpOnly", "; SameSite=Strict", "; Max-Age="] {
                #expect(attributes.contains(part), "\(part)")
            }
            #expect(!attributes.contains("Secure"))
            let me = try await server.send(.get, "/v1/me", headers: ["Cookie": "theme=dark; \(pair)"])
            #expect(try me.json["name"]?.stringValue == "erin")
        }
        try await TestServer.with(options: ServerOptions(port: 0, isBehindProxy: true)) { server in
            let attributes = try await login(server).attributes
            #expect(attributes.contains("; Secure"))
        }
        try await withCertificate { certificate in
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(certificate.certificatePath)
            try await TestServer.with(
                options: ServerOptions(port: 0, tls: certificate.files), client: .init(tlsConfiguration: tls)
            ) { server in
                let attributes = try await login(server).attributes
                #expect(attributes.contains("; Secure"))
            }
        }
    }

    @Test("a page of another site can change nothing with it; the server's own page can")
    func crossSite() async throws {
        try await TestServer.with { server in
            let (pair, _) = try await login(server)
            let project: JSONValue = ["name": "news"]
            let host = String(server.address.dropFirst("http://".count))
            let refused: [[String: String]] = [
                [:], ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"],
                ["Origin": "https://evil.example"], ["Origin": "null"], ["Origin": "http://\(host).evil.example"],
                ["Sec-Fetch-Site": "cross-site", "Origin": "http://\(host)"],
            ]
            for headers in refused {
                let reply = try await server.send(
                    .post, "/v1/projects", json: project, headers: headers.merging(["Cookie": pair]) { $1 })
                #expect(reply.status == 403, "\(headers)")
                #expect(reply.code == "not_allowed")
                #expect(reply.header("Access-Control-Allow-Origin") == nil)
            }
            // A form of another page cannot send JSON; neither may one of our own.
            var form = HTTPClientRequest(url: server.address + "/v1/projects")
            form.method = .POST
            form.headers = ["Cookie": pair, "Sec-Fetch-Site": "same-origin", "Content-Type": "text/plain"]
            form.body = .bytes(project.canonicalBytes())
            #expect(try await server.http.execute(form, timeout: .seconds(30)).status == .forbidden)
            // Reading needs no proof: no other page sees the answer.
            #expect(try await server.send(.get, "/v1/me", headers: ["Cookie": pair]).status == 200)
            let accepted = try await server.send(
                .post, "/v1/projects", json: project, headers: ours.merging(["Cookie": pair]) { $1 })
            #expect(accepted.status == 201)
            let older = try await server.send(
                .post, "/v1/projects", json: ["name": "older"],
                headers: ["Cookie": pair, "Origin": server.address])
            #expect(older.status == 201)
        }
    }

    @Test("requests with a bearer token need no proof of where they come from, and win over a cookie")
    func bearer() async throws {
        try await TestServer.with { server in
            let (pair, _) = try await login(server)
            let token = try await server.token("alice", admin: true, scope: .admin)
            let reply = try await server.send(
                .post, "/v1/projects", token: token, json: ["name": "news"],
                headers: ["Cookie": pair, "Sec-Fetch-Site": "cross-site"])
            #expect(reply.status == 201)
            let me = try await server.send(.get, "/v1/me", token: token, headers: ["Cookie": pair])
            #expect(try me.json["name"]?.stringValue == "alice")
            let wrong = try await server.send(.get, "/v1/me", token: "nonsense", headers: ["Cookie": pair])
            #expect(wrong.status == 401, "a wrong token is not made good by a cookie")
        }
    }

    @Test("another site cannot log somebody in as somebody else")
    func loginFromElsewhere() async throws {
        try await TestServer.with { server in
            _ = try await login(server)
            let reply = try await server.send(
                .post, "/v1/login", json: ["name": "erin", "password": "correct horse battery", "cookie": true],
                headers: ["Sec-Fetch-Site": "cross-site"])
            #expect(reply.status == 403)
            #expect(reply.header("Set-Cookie") == nil)
        }
    }

    @Test("a logout ends the session and takes the cookie away")
    func logout() async throws {
        try await TestServer.with { server in
            let (pair, _) = try await login(server)
            let headers = ours.merging(["Cookie": pair]) { $1 }
            let foreign = try await server.send(.post, "/v1/logout", headers: ["Cookie": pair])
            #expect(foreign.status == 403)
            let reply = try await server.send(.post, "/v1/logout", headers: headers)
            #expect(reply.status == 204)
            #expect(reply.header("Set-Cookie")?.hasPrefix("manicule_session=; Max-Age=0; Path=/; HttpOnly") == true)
            #expect(try await server.send(.get, "/v1/me", headers: headers).status == 401)
        }
    }

    @Test("every answer, an error too, keeps a browser from guessing, framing, and running anything")
    func headers() async throws {
        try await TestServer.with { server in
            for path in ["/healthz", "/v1/me", "/nowhere"] {
                let reply = try await server.send(.get, path)
                #expect(reply.header("X-Content-Type-Options") == "nosniff")
                #expect(reply.header("X-Frame-Options") == "DENY")
                #expect(reply.header("Referrer-Policy") == "no-referrer")
                #expect(reply.header("Cross-Origin-Opener-Policy") == "same-origin")
                #expect(reply.header("Cross-Origin-Resource-Policy") == "same-origin")
                #expect(reply.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
                #expect(reply.header("Content-Security-Policy")?.contains("unsafe") == false)
                #expect(reply.header("Strict-Transport-Security") == nil, "not without TLS")
                #expect(reply.headers.allSatisfy { !$0.name.lowercased().hasPrefix("access-control") })
            }
        }
    }
}
