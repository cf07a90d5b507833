/// Sees to it that who waits, or is being sent something long, is still logged in: asks every two seconds at most.
package struct LoginWatch: Sendable {
    private static let interval = Duration.seconds(2)

    private let logins: LoginService
    private let principal: Principal
    private var last = ContinuousClock.now

    /// Begins when `principal` has just been authenticated.
    package init(_ logins: LoginService, _ principal: Principal) {
        self.logins = logins
        self.principal = principal
    }

    /// - Throws: `auth_expired` when the token or session does not hold any more.
    package mutating func confirm() async throws {
        let now = ContinuousClock.now
        guard now - last >= Self.interval else { return }
        try await logins.confirm(principal)
        last = now
    }
}
