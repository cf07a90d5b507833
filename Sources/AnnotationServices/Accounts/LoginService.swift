package import AnnotationModel
package import AnnotationStore
import Digest
import SyncProtocol

/// A session with its secret, which is shown this once.
package struct IssuedSession: Sendable, Hashable {
    package var user: User
    package var text: String
    package var expiresAt: Timestamp
}

/// Who is it? By token, by session, by password.
package struct LoginService: Sendable {
    /// How long a session lasts.
    static let sessionSeconds: Int64 = 14 * 86_400

    private let database: Database
    private let passwords: PasswordThreads
    private let limiter: LoginLimiter

    init(database: Database, passwords: PasswordThreads, limits: LoginLimits) {
        self.database = database
        self.passwords = passwords
        limiter = LoginLimiter(database, limits: limits)
    }

    /// Says whose token or session this is, by one query. Anything that does not hold any more is 401 `auth_expired`.
    package func authenticate(bearer text: String) async throws -> Principal {
        guard let kind = Secret.kind(of: text) else { throw Problem.authExpired() }
        let digest = SHA256.hash(text)
        let identity =
            switch kind {
            case .token: try await TokenStore(database).identify(sha256: digest)
            case .session: try await SessionStore(database).identify(sha256: digest)
            }
        guard let identity else { throw Problem.authExpired() }
        return try principal(identity, kind)
    }

    /// Lets whoever shows a token or a session into a project, by its name or id. One query; 401 comes before 404.
    package func enter(
        bearer text: String, project reference: String, _ need: ProjectNeed
    ) async throws -> ProjectAccess {
        guard let kind = Secret.kind(of: text) else { throw Problem.authExpired() }
        let entry = try await EntryStore(database).find(
            kind == .token ? .token : .session, sha256: SHA256.hash(text), project: reference)
        guard let entry else { throw Problem.authExpired() }
        return try ProjectService.access(entry.project, reference, try principal(entry.identity, kind), need)
    }

    private func principal(_ identity: TokenIdentity, _ kind: Secret) throws(Problem) -> Principal {
        guard identity.isValid(at: database.now()) else { throw .authExpired() }
        guard !identity.user.isDisabled else {
            throw .authExpired("the account \(identity.user.name) is disabled; ask an administrator")
        }
        return Principal(
            user: identity.user, scope: identity.scope, boundProject: identity.project,
            origin: kind == .token ? .token(identity.tokenID) : .session(identity.tokenID))
    }

    /// Looks again, by one query: 401 `auth_expired` where the token or the session was revoked or has expired since, or
    /// the user was disabled. For what takes long: an open stream, a poll that waits.
    package func confirm(_ principal: Principal) async throws {
        let isValid: Bool? =
            switch principal.origin {
            case .token(let id): try await TokenStore(database).isValid(id: id)
            case .session(let id): try await SessionStore(database).isValid(id: id)
            case .commandLine: true
            }
        guard isValid == true else { throw Problem.authExpired() }
    }

    /// Begins a session. Whatever is wrong, an unknown user, a disabled one, one without a password or another
    /// password, takes as long and says the same.
    package func login(name: String, password: String, address: String) async throws -> IssuedSession {
        let account = AccountService.isValidName(name) ? name : nil
        if let wait = try await limiter.begin(account: account, address: address) {
            throw Problem.rateLimited(
                retryAfter: wait, "too many failed logins; try again in \(wait) s, or use a token")
        }
        let known: (user: User, passwordHash: String?)?
        if let account { known = try await UserStore(database).credentials(name: account) } else { known = nil }
        let isShort = password.utf8.count <= AccountService.longestPassword
        let fits = try await passwords.verify(isShort ? password : "", isShort ? known?.passwordHash : nil)
        guard let known, let hash = known.passwordHash, fits, !known.user.isDisabled else {
            throw Problem.authExpired("the name or the password is wrong")
        }
        try await limiter.succeed(account: known.user.name, address: address)
        if PasswordHash.needsRehash(hash) {
            try await UserStore(database).rehash(known.user.id, from: hash, to: try await passwords.hash(password))
        }
        return try await begin(known.user)
    }

    /// Ends the session; a token is not ended by this, but by revoking it.
    package func logout(_ principal: Principal) async throws {
        guard case .session(let id) = principal.origin else {
            throw Problem.conflict("this is a token, not a session; revoke it instead")
        }
        try await SessionStore(database).revoke(id)
    }

    /// Makes the first failed login take no longer than later ones; for a server's start.
    package func prepare() async throws { try await passwords.prepare() }

    private func begin(_ user: User) async throws -> IssuedSession {
        let sessions = SessionStore(database)
        try await sessions.prune()
        try await limiter.prune()
        let session = IssuedSession(
            user: user, text: Secret.session.make(), expiresAt: database.now().adding(seconds: Self.sessionSeconds))
        _ = try await sessions.create(user: user.id, sha256: SHA256.hash(session.text), expiresAt: session.expiresAt)
        return session
    }
}
