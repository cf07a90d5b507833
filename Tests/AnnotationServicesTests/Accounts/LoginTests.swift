import AnnotationModel
import AnnotationServices
import AnnotationStore
import AnnotationStoreTestSupport
import SyncProtocol
import Testing

@Suite("Logging in")
struct LoginTests {
    private let limits = LoginLimits(windowSeconds: 600, perPair: 3, perAddress: 5, perAccount: 8)

    private func fail(
        _ services: Services, _ name: String, _ address: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        await expectProblem(401, "auth_expired", sourceLocation: sourceLocation) {
            _ = try await services.logins.login(name: name, password: "wrong password", address: address)
        }
    }

    @Test("a session ends at logout and when its time is up; a token cannot be logged out")
    func sessions() async throws {
        try await ServiceStage.with { stage in
            let logins = stage.services.logins
            _ = try await stage.services.accounts.add(name: "bob", password: "correct horse", by: stage.cli)
            let first = try await logins.login(name: "bob", password: "correct horse", address: "::1")
            let second = try await logins.login(name: "bob", password: "correct horse", address: "::1")
            try await logins.logout(try await logins.authenticate(bearer: first.text))
            await expectProblem(401, "auth_expired") { _ = try await logins.authenticate(bearer: first.text) }
            _ = try await logins.authenticate(bearer: second.text)
            stage.clock.advance(seconds: 14 * 86_400)
            await expectProblem(401, "auth_expired") { _ = try await logins.authenticate(bearer: second.text) }
            let token = try await stage.user("bob")
            await expectProblem(409, "conflict") { try await logins.logout(token) }
        }
    }

    @Test("unknown user, no password, wrong password and disabled user all say the same")
    func sameAnswer() async throws {
        try await ServiceStage.with { stage in
            let services = stage.services
            _ = try await services.accounts.add(name: "bob", password: "correct horse", by: stage.cli)
            _ = try await services.accounts.add(name: "carol", by: stage.cli)
            _ = try await services.accounts.add(name: "dave", password: "correct horse", by: stage.cli)
            _ = try await services.accounts.setDisabled("dave", true, by: stage.cli)
            var answers: Set<String> = []
            for (name, password) in [
                ("bob", "wrong horse"), ("carol", ""), ("dave", "correct horse"), ("erin", "x"), ("no name", "x"),
                ("bob", String(repeating: "x", count: 5000)),
            ] {
                let problem = await expectProblem(401, "auth_expired") {
                    _ = try await services.logins.login(name: name, password: password, address: "::1")
                }
                answers.insert(problem?.detail ?? "")
            }
            #expect(answers.count == 1)
        }
    }

    @Test("failed logins are counted for all server processes together, and the window passes")
    func shared() async throws {
        try await ServiceStage.with(limits: limits) { stage in
            _ = try await stage.services.accounts.add(name: "bob", password: "correct horse", by: stage.cli)
            let other = stage.another(limits: limits)
            await fail(stage.services, "bob", "10.0.0.1")
            await fail(other.services, "bob", "10.0.0.1")
            await fail(stage.services, "bob", "10.0.0.1")
            stage.clock.advance(seconds: 100)
            for services in [stage.services, other.services] {
                let problem = await expectProblem(429, "rate_limited") {
                    _ = try await services.logins.login(name: "bob", password: "correct horse", address: "10.0.0.1")
                }
                #expect(problem?.retryAfter == 500)
            }
            // The account is not locked: from elsewhere, and later from here.
            _ = try await other.services.logins.login(name: "bob", password: "correct horse", address: "10.0.0.2")
            stage.clock.advance(seconds: 500)
            _ = try await other.services.logins.login(name: "bob", password: "correct horse", address: "10.0.0.1")
            await other.database.close()
        }
    }

    @Test("one address that tries many accounts is stopped, others are not")
    func spraying() async throws {
        try await ServiceStage.with(limits: limits) { stage in
            _ = try await stage.services.accounts.add(name: "bob", password: "correct horse", by: stage.cli)
            for name in ["a", "b", "c", "not a name", "e"] { await fail(stage.services, name, "10.0.0.1") }
            await expectProblem(429, "rate_limited") {
                _ = try await stage.services.logins.login(name: "bob", password: "correct horse", address: "10.0.0.1")
            }
            _ = try await stage.services.logins.login(name: "bob", password: "correct horse", address: "10.0.0.2")
        }
    }

    @Test("guessing from many addresses is stopped, without shutting out an address that the account knows")
    func distributed() async throws {
        try await ServiceStage.with(limits: limits) { stage in
            let logins = stage.services.logins
            _ = try await stage.services.accounts.add(name: "bob", password: "correct horse", by: stage.cli)
            _ = try await logins.login(name: "bob", password: "correct horse", address: "home")
            for number in 1...8 { await fail(stage.services, "bob", "10.0.1.\(number)") }
            await expectProblem(429, "rate_limited") {
                _ = try await logins.login(name: "bob", password: "correct horse", address: "10.0.2.1")
            }
            _ = try await logins.login(name: "bob", password: "correct horse", address: "home")
        }
    }

    @Test("many guesses at the same moment gain nothing over the limit")
    func parallel() async throws {
        try await ServiceStage.with(limits: limits) { stage in
            _ = try await stage.services.accounts.add(name: "bob", password: "correct horse", by: stage.cli)
            let codes = await withTaskGroup(of: String.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        do {
                            _ = try await stage.services.logins.login(
                                name: "bob", password: "wrong password", address: "10.0.0.1")
                            return "in"
                        } catch {
                            return Problem(translating: error)?.code ?? "\(error)"
                        }
                    }
                }
                return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(codes == ["auth_expired": 3, "rate_limited": 9])
        }
    }

    @Test("successful logins use nothing up")
    func successes() async throws {
        try await ServiceStage.with(limits: limits) { stage in
            _ = try await stage.services.accounts.add(name: "bob", password: "correct horse", by: stage.cli)
            for _ in 0..<6 {
                await fail(stage.services, "bob", "10.0.0.1")
                _ = try await stage.services.logins.login(name: "bob", password: "correct horse", address: "10.0.0.1")
                stage.clock.advance(seconds: 200)
            }
        }
    }
}
