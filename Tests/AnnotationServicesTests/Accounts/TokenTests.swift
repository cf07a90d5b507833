import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import JSONText
import Postgres
import SyncProtocol
import Testing

@Suite("Tokens")
struct TokenTests {
    @Test("a token is shown once, is stored as its hash, and says whose it is")
    func create() async throws {
        try await ServiceStage.with { stage in
            _ = try await stage.services.accounts.add(name: "bob", by: stage.cli)
            let issued = try await stage.services.tokens.create(user: "bob", name: "laptop", by: stage.cli)
            #expect(issued.text.hasPrefix("mnc_") && issued.text.utf8.count == 47)
            #expect(issued.json["token"]?.stringValue == issued.text)
            let principal = try await stage.services.logins.authenticate(bearer: issued.text)
            #expect(principal.user.name == "bob" && principal.scope == .write && principal.boundProject == nil)
            let listed = try await stage.services.tokens.list(user: "bob", by: stage.cli)
            #expect(listed.map(\.name) == ["laptop"])
            #expect(listed.first?.json()["token"] == nil)
            let stored = try await stage.database.client.query(
                "SELECT octet_length(token_sha256), to_jsonb(t)::text FROM api_tokens t")
            let (length, row) = try #require(try stored.decode((Int, String).self).first)
            #expect(length == 32)
            #expect(!row.contains(issued.text.dropFirst(4)))
        }
    }

    @Test(
        "what is no token of ours is not authenticated",
        arguments: [
            "", "mnc_", "nonsense", "mnc_" + String(repeating: "A", count: 43),
            "mns_" + String(repeating: "A", count: 43),
        ])
    func unknown(text: String) async throws {
        try await ServiceStage.with { stage in
            await expectProblem(401, "auth_expired") { _ = try await stage.services.logins.authenticate(bearer: text) }
        }
    }

    @Test("a token ends when it expires, and when it is revoked")
    func ends() async throws {
        try await ServiceStage.with { stage in
            let tokens = stage.services.tokens
            _ = try await stage.services.accounts.add(name: "bob", by: stage.cli)
            let short = try await tokens.create(
                user: "bob", name: "short", expiresAt: stage.clock.now.adding(seconds: 60), by: stage.cli)
            let long = try await tokens.create(user: "bob", name: "long", by: stage.cli)
            stage.clock.advance(seconds: 59)
            _ = try await stage.services.logins.authenticate(bearer: short.text)
            stage.clock.advance(seconds: 1)
            await expectProblem(401, "auth_expired") {
                _ = try await stage.services.logins.authenticate(bearer: short.text)
            }
            _ = try await stage.services.logins.authenticate(bearer: long.text)
            #expect(try await tokens.revoke("long", user: "bob", by: stage.cli).revokedAt == stage.clock.now)
            await expectProblem(401, "auth_expired") {
                _ = try await stage.services.logins.authenticate(bearer: long.text)
            }
            await expectProblem(422, "invalid") {
                _ = try await tokens.create(user: "bob", name: "late", expiresAt: stage.clock.now, by: stage.cli)
            }
        }
    }

    @Test("nobody revokes a stranger's token, nor learns that it is there")
    func strangers() async throws {
        try await ServiceStage.with { stage in
            let carol = try await stage.user("carol")
            _ = try await stage.services.accounts.add(name: "bob", by: stage.cli)
            let token = try await stage.services.tokens.create(user: "bob", name: "t", by: stage.cli)
            let problem = await expectProblem(404, "not_found") {
                _ = try await stage.services.tokens.revoke(token.token.id.text, by: carol)
            }
            let missing = stage.database.ids.id()
            let other = await expectProblem(404, "not_found") {
                _ = try await stage.services.tokens.revoke(missing.text, by: carol)
            }
            #expect(
                problem?.detail.replacing(token.token.id.text, with: "")
                    == other?.detail.replacing(missing.text, with: ""))
            _ = try await stage.services.logins.authenticate(bearer: token.text)
        }
    }

    @Test("a lesser token cannot make a greater one of its own user")
    func escalation() async throws {
        try await ServiceStage.with { stage in
            let writer = try await stage.user("bob", scope: .write)
            await expectProblem(403, "not_allowed") {
                _ = try await stage.services.tokens.create(user: "bob", name: "t", scope: .admin, by: writer)
            }
        }
    }

    @Test("when a token was last used is written once a minute at most")
    func lastUsed() async throws {
        try await ServiceStage.with { stage in
            _ = try await stage.services.accounts.add(name: "bob", by: stage.cli)
            let issued = try await stage.services.tokens.create(user: "bob", name: "t", by: stage.cli)
            func used() async throws -> Timestamp? {
                _ = try await stage.services.logins.authenticate(bearer: issued.text)
                return try await stage.services.tokens.list(user: "bob", by: stage.cli).first?.lastUsedAt
            }
            let first = try await used()
            #expect(first == stage.clock.now)
            stage.clock.advance(seconds: 59)
            #expect(try await used() == first)
            stage.clock.advance(seconds: 2)
            #expect(try await used() == stage.clock.now)
        }
    }
}
