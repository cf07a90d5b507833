import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import SyncProtocol
import Testing

@Suite("One's own account")
struct OwnAccountTests {
    @Test("who knows the password changes it, stays logged in, and is logged out everywhere else")
    func password() async throws {
        try await ServiceStage.with { stage in
            let logins = stage.services.logins
            _ = try await stage.services.accounts.add(name: "bob", password: "correct horse", by: stage.cli)
            func login(_ password: String) async throws -> Principal {
                let session = try await logins.login(name: "bob", password: password, address: "::1")
                return try await logins.authenticate(bearer: session.text)
            }
            let here = try await login("correct horse")
            let elsewhere = try await login("correct horse")
            let accounts = stage.services.accounts
            await expectProblem(403, "not_allowed") {
                try await accounts.changeOwnPassword(here, current: "wrong horse", new: "battery staple")
            }
            await expectProblem(422, "invalid") {
                try await accounts.changeOwnPassword(here, current: "correct horse", new: "short")
            }
            try await logins.confirm(elsewhere)
            try await accounts.changeOwnPassword(here, current: "correct horse", new: "battery staple")
            try await logins.confirm(here)
            await expectProblem(401, "auth_expired") { try await logins.confirm(elsewhere) }
            await expectProblem(401, "auth_expired") { _ = try await login("correct horse") }
            _ = try await login("battery staple")
            #expect(try await stage.audit().last == "bob user.password bob")
        }
    }

    @Test("a stolen session guesses the password no more often than a login may")
    func guessing() async throws {
        let limits = LoginLimits(windowSeconds: 900, perPair: 3, perAddress: 100, perAccount: 100)
        try await ServiceStage.with(limits: limits) { stage in
            let accounts = stage.services.accounts
            _ = try await accounts.add(name: "bob", password: "correct horse", by: stage.cli)
            let bob = try await stage.user("bob")
            for _ in 0..<3 {
                await expectProblem(403, "not_allowed") {
                    try await accounts.changeOwnPassword(bob, current: "wrong horse", new: "battery staple")
                }
            }
            await expectProblem(429, "rate_limited") {
                try await accounts.changeOwnPassword(bob, current: "correct horse", new: "battery staple")
            }
            // Whoever it is logs in as before.
            _ = try await stage.services.logins.login(name: "bob", password: "correct horse", address: "::1")
        }
    }

    @Test("lesser tokens, and accounts without a password, change none")
    func refused() async throws {
        try await ServiceStage.with { stage in
            let accounts = stage.services.accounts
            let writer = try await stage.user("bob", scope: .write)
            let bob = try await stage.user("bob")
            for principal in [writer, bob, stage.cli] {
                await expectProblem(403, "not_allowed") {
                    try await accounts.changeOwnPassword(principal, current: "", new: "battery staple")
                }
            }
        }
    }

    @Test("an administrator makes others administrators, or no longer, but not themselves")
    func admin() async throws {
        try await ServiceStage.with { stage in
            let accounts = stage.services.accounts
            let alice = try await stage.user("alice", isAdmin: true)
            let bob = try await stage.user("bob")
            await expectProblem(403, "not_allowed") { _ = try await accounts.setAdmin("bob", true, by: bob) }
            await expectProblem(409, "conflict") { _ = try await accounts.setAdmin("alice", false, by: alice) }
            await expectProblem(404, "not_found") { _ = try await accounts.setAdmin("nobody", true, by: alice) }
            #expect(try await accounts.setAdmin("bob", true, by: alice).isAdmin)
            #expect(try await accounts.find("bob", by: alice).isAdmin)
            #expect(try await !accounts.setAdmin("bob", false, by: alice).isAdmin)
            #expect(try await stage.audit().suffix(2) == ["alice user.admin bob", "alice user.admin bob"])
        }
    }

    @Test("a token is shown to its owner and to administrators, and is missing for all others")
    func token() async throws {
        try await ServiceStage.with { stage in
            let tokens = stage.services.tokens
            let bob = try await stage.user("bob")
            let eve = try await stage.user("eve")
            let token = try #require(try await tokens.list(user: "bob", by: bob).first)
            #expect(try await tokens.show(token.id, by: bob) == token)
            #expect(try await tokens.show(token.id, by: stage.cli).id == token.id)
            await expectProblem(404, "not_found") { _ = try await tokens.show(token.id, by: eve) }
            await expectProblem(404, "not_found") { _ = try await tokens.show(stage.database.ids.id(), by: bob) }
        }
    }

    @Test("a login is confirmed until it is revoked or expires, or its user is disabled")
    func confirm() async throws {
        try await ServiceStage.with { stage in
            let services = stage.services
            try await services.logins.confirm(stage.cli)
            let revoked = try await stage.user("ann")
            let disabled = try await stage.user("ben")
            _ = try await services.accounts.add(name: "eve", by: stage.cli)
            let text = try await services.tokens.create(
                user: "eve", name: "t", expiresAt: stage.clock.now.adding(seconds: 60), by: stage.cli
            ).text
            let expired = try await services.logins.authenticate(bearer: text)
            for principal in [revoked, disabled, expired] { try await services.logins.confirm(principal) }
            _ = try await services.tokens.revoke("t", user: "ann", by: stage.cli)
            _ = try await services.accounts.setDisabled("ben", true, by: stage.cli)
            stage.clock.advance(seconds: 60)
            for principal in [revoked, disabled, expired] {
                await expectProblem(401, "auth_expired") { try await services.logins.confirm(principal) }
            }
        }
    }
}
