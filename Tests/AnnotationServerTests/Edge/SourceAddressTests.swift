import AnnotationServer
import AnnotationServices
import AnnotationStore
import JSONText
import Testing

@Suite("Failed logins by account and address")
struct SourceAddressTests {
    private let limits = LoginLimits(windowSeconds: 900, perPair: 3, perAddress: 8, perAccount: 100)
    private let password = "correct horse battery"

    private func add(_ names: [String], _ server: TestServer) async throws {
        for name in names {
            _ = try await server.services.accounts.add(
                name: name, password: password, isAdmin: false, by: server.admin)
        }
    }

    private func login(
        _ server: TestServer, _ name: String, _ password: String, _ headers: [String: String] = [:]
    ) async throws -> TestServer.Reply {
        try await server.send(
            .post, "/v1/login", json: ["name": .string(name), "password": .string(password)], headers: headers)
    }

    @Test("behind a proxy the last address of X-Forwarded-For counts: one address is stopped, others may go on")
    func behindProxy() async throws {
        try await TestServer.with(options: ServerOptions(port: 0, isBehindProxy: true), limits: limits) { server in
            try await add(["erin"], server)
            for round in 0..<3 {
                // What stands before the last is made up by the client, and gains nothing.
                let reply = try await login(
                    server, "erin", "guess", ["X-Forwarded-For": "198.51.100.\(round), 203.0.113.7"])
                #expect(reply.status == 401)
            }
            let stopped = try await login(server, "erin", password, ["X-Forwarded-For": "10.0.0.1, 203.0.113.7"])
            #expect(stopped.status == 429)
            #expect(stopped.code == "rate_limited")
            #expect(stopped.header("Retry-After").flatMap { Int($0) } ?? 0 > 0)
            // The account is not locked: its owner comes from elsewhere.
            let owner = try await login(server, "erin", password, ["X-Forwarded-For": "192.0.2.4"])
            #expect(owner.status == 200)
            let forwarded = try await login(server, "erin", password, ["Forwarded": "for=203.0.113.7;proto=https"])
            #expect(forwarded.status == 429)
            let other = try await login(
                server, "erin", password, ["Forwarded": #"for=10.1.1.1, for="[2001:db8::1]:99""#])
            #expect(other.status == 200)
        }
    }

    @Test("all addresses of one IPv6 network count as one")
    func network() async throws {
        try await TestServer.with(options: ServerOptions(port: 0, isBehindProxy: true), limits: limits) { server in
            try await add(["erin"], server)
            for round in 1...3 {
                let reply = try await login(server, "erin", "guess", ["X-Forwarded-For": "2001:db8:1:2::\(round)"])
                #expect(reply.status == 401)
            }
            let same = try await login(server, "erin", password, ["X-Forwarded-For": "2001:db8:1:2:ffff::9"])
            #expect(same.status == 429)
            let next = try await login(server, "erin", password, ["X-Forwarded-For": "2001:db8:1:3::1"])
            #expect(next.status == 200)
        }
    }

    @Test("without a proxy nobody can say that he comes from elsewhere")
    func withoutProxy() async throws {
        try await TestServer.with(limits: limits) { server in
            try await add(["erin"], server)
            for round in 0..<3 {
                let reply = try await login(server, "erin", "guess", ["X-Forwarded-For": "198.51.100.\(round)"])
                #expect(reply.status == 401)
            }
            let reply = try await login(server, "erin", password, ["X-Forwarded-For": "192.0.2.99"])
            #expect(reply.status == 429)
        }
    }

    @Test("one address is stopped for all accounts, and the count is shared by all servers of the database")
    func perAddress() async throws {
        try await TestServer.with(options: ServerOptions(port: 0, isBehindProxy: true), limits: limits) { server in
            try await add(["erin", "frank", "grace", "heidi"], server)
            let attacker = ["X-Forwarded-For": "203.0.113.7"]
            for name in ["erin", "frank", "grace", "nobody"] {
                for _ in 0..<2 { #expect(try await login(server, name, "guess", attacker).status == 401) }
            }
            #expect(try await login(server, "heidi", password, attacker).status == 429)
            // Another process asks the same table.
            let other = LoginLimiter(server.services.database, limits: limits)
            #expect(try await other.begin(account: "heidi", address: "203.0.113.7") != nil)
            #expect(try await login(server, "heidi", password, ["X-Forwarded-For": "192.0.2.4"]).status == 200)
        }
    }
}
