import AnnotationModel
import AnnotationServices
import AnnotationStore
import JSONText
import Testing

@Suite("Accounts")
struct AccountTests {
    @Test("the command line adds users; each act is in the audit log with its actor")
    func add() async throws {
        try await ServiceStage.with { stage in
            let alice = try await stage.services.accounts.add(
                name: "alice", password: "correct horse", isAdmin: true, by: stage.cli)
            #expect(alice.isAdmin && !alice.isDisabled)
            let session = try await stage.services.logins.login(
                name: "alice", password: "correct horse", address: "::1")
            let principal = try await stage.services.logins.authenticate(bearer: session.text)
            _ = try await stage.services.accounts.add(name: "Bob.b_c-1", by: principal)
            let names = try await stage.services.accounts.list(limit: 10, by: principal).items.map(\.name)
            #expect(names == ["Bob.b_c-1", "alice"], "ordered by bytes")
            #expect(try await stage.audit() == ["cli:root user.add alice", "alice user.add Bob.b_c-1"])
            #expect(
                Set(alice.json.keys) == ["id", "name", "admin", "disabled", "created_at"])
        }
    }

    @Test(
        "names that are no names are refused",
        arguments: [
            "", " ", "a b", "é", "a/b", "a@b", String(repeating: "x", count: 65), "a\u{0}b",
            "0199f000-0000-7000-8000-000000000001",
        ])
    func badName(name: String) async throws {
        try await ServiceStage.with { stage in
            await expectProblem(422, "invalid") { _ = try await stage.services.accounts.add(name: name, by: stage.cli) }
            let audit = try await stage.audit()
            #expect(audit.isEmpty)
        }
    }

    @Test("a name that is taken is a conflict, and a password must have a length")
    func refused() async throws {
        try await ServiceStage.with { stage in
            _ = try await stage.services.accounts.add(name: "alice", by: stage.cli)
            await expectProblem(409, "conflict") {
                _ = try await stage.services.accounts.add(name: "alice", by: stage.cli)
            }
            await expectProblem(422, "invalid") {
                _ = try await stage.services.accounts.add(name: "bob", password: "1234567", by: stage.cli)
            }
            #expect(try await stage.audit().count == 1)
        }
    }

    @Test("only administrators with a token of that scope manage accounts; foreign users are told nothing")
    func rights() async throws {
        try await ServiceStage.with { stage in
            let accounts = stage.services.accounts
            let bob = try await stage.user("bob")
            let writer = try await stage.user("alice", isAdmin: true, scope: .write)
            for principal in [bob, writer] {
                await expectProblem(403, "not_allowed") { _ = try await accounts.add(name: "x", by: principal) }
                await expectProblem(403, "not_allowed") { _ = try await accounts.list(limit: 5, by: principal) }
                await expectProblem(403, "not_allowed") { _ = try await accounts.find("nobody", by: principal) }
                await expectProblem(403, "not_allowed") {
                    _ = try await accounts.setDisabled("bob", true, by: principal)
                }
                await expectProblem(403, "not_allowed") {
                    _ = try await stage.services.tokens.create(
                        user: principal.user.name == "bob" ? "alice" : "bob", name: "t", by: principal)
                }
            }
            let admin = try await stage.user("alice")
            await expectProblem(404, "not_found") { _ = try await accounts.find("nobody", by: admin) }
            #expect(try await accounts.find(bob.user.id.text, by: admin).name == "bob")
            await expectProblem(409, "conflict") { _ = try await accounts.setDisabled("alice", true, by: admin) }
        }
    }

    @Test("a disabled user is shut out at once, by token and by session, and comes back by token alone")
    func disable() async throws {
        try await ServiceStage.with { stage in
            let logins = stage.services.logins
            _ = try await stage.services.accounts.add(name: "bob", password: "correct horse", by: stage.cli)
            let token = try await stage.services.tokens.create(user: "bob", name: "t", by: stage.cli)
            let session = try await logins.login(name: "bob", password: "correct horse", address: "::1")
            _ = try await logins.authenticate(bearer: token.text)
            _ = try await logins.authenticate(bearer: session.text)
            #expect(try await stage.services.accounts.setDisabled("bob", true, by: stage.cli).isDisabled)
            await expectProblem(401, "auth_expired") { _ = try await logins.authenticate(bearer: token.text) }
            await expectProblem(401, "auth_expired") { _ = try await logins.authenticate(bearer: session.text) }
            await expectProblem(401, "auth_expired") {
                _ = try await logins.login(name: "bob", password: "correct horse", address: "::1")
            }
            #expect(try await !stage.services.accounts.setDisabled("bob", false, by: stage.cli).isDisabled)
            _ = try await logins.authenticate(bearer: token.text)
            await expectProblem(401, "auth_expired") { _ = try await logins.authenticate(bearer: session.text) }
        }
    }

    @Test("a user changes their own password, which ends the sessions begun with the old one")
    func password() async throws {
        try await ServiceStage.with { stage in
            let logins = stage.services.logins
            _ = try await stage.services.accounts.add(name: "bob", password: "correct horse", by: stage.cli)
            _ = try await stage.services.accounts.add(name: "carol", by: stage.cli)
            let session = try await logins.login(name: "bob", password: "correct horse", address: "::1")
            let bob = try await logins.authenticate(bearer: session.text)
            await expectProblem(403, "not_allowed") {
                _ = try await stage.services.accounts.setPassword("carol", to: "another horse", by: bob)
            }
            _ = try await stage.services.accounts.setPassword("bob", to: "another horse", by: bob)
            await expectProblem(401, "auth_expired") { _ = try await logins.authenticate(bearer: session.text) }
            await expectProblem(401, "auth_expired") {
                _ = try await logins.login(name: "bob", password: "correct horse", address: "::1")
            }
            _ = try await logins.login(name: "bob", password: "another horse", address: "::1")
            _ = try await stage.services.accounts.setPassword("bob", to: nil, by: stage.cli)
            await expectProblem(401, "auth_expired") {
                _ = try await logins.login(name: "bob", password: "another horse", address: "::1")
            }
        }
    }
}
