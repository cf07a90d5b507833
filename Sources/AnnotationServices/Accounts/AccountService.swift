import AnnotationModel
package import AnnotationStore
import Digest
import JSONText
import SyncProtocol

/// Accounts of the instance: administrators only, but for one's own password.
package struct AccountService: Sendable {
    static let shortestPassword = 8
    static let longestPassword = 1024

    let users: UserStore
    let passwords: PasswordThreads
    private let limiter: LoginLimiter

    init(database: Database, passwords: PasswordThreads, limits: LoginLimits) {
        users = UserStore(database)
        self.passwords = passwords
        limiter = LoginLimiter(database, limits: limits)
    }

    /// Without a password the account works by tokens only.
    package func add(
        name: String, password: String? = nil, isAdmin: Bool = false, by principal: Principal
    ) async throws -> User {
        try principal.requireAdmin()
        guard Self.isValidName(name) else {
            throw Problem.invalid("the user name “\(name)” must be 1 to 64 of A-Z, a-z, 0-9, “.”, “_” and “-”")
        }
        let hash = try await hash(password)
        return try await users.add(
            name: name, passwordHash: hash, isAdmin: isAdmin,
            audit: principal.audit("user.add", subject: name, details: ["admin": .bool(isAdmin)]))
    }

    package func list(after name: String? = nil, limit: Int, by principal: Principal) async throws -> Page<User> {
        try principal.requireAdmin()
        return try await users.list(after: name, limit: limit)
    }

    /// One user by name or id.
    package func find(_ user: String, by principal: Principal) async throws -> User {
        try principal.requireAdmin()
        return try await existing(user)
    }

    package func setDisabled(_ user: String, _ isDisabled: Bool, by principal: Principal) async throws -> User {
        try principal.requireAdmin()
        let found = try await existing(user)
        guard found.id != principal.user.id else {
            throw Problem.conflict("nobody can disable the account in use; ask another administrator")
        }
        let entry = principal.audit(isDisabled ? "user.disable" : "user.enable", subject: found.name)
        guard let changed = try await users.setDisabled(found.id, isDisabled, audit: entry) else {
            throw Self.unknown(user)
        }
        return changed
    }

    /// Sets or takes away a password: one's own, or as an administrator anyone's. Sessions of the user end.
    package func setPassword(
        _ user: String, to password: String?, by principal: Principal
    ) async throws -> User {
        let isOwn = ExactString.equal(user, principal.user.name) || ExactString.equal(user, principal.user.id.text)
        if !isOwn || principal.isCommandLine { try principal.requireAdmin() } else { try principal.require(.admin) }
        let found = try await existing(user)
        let hash = try await hash(password)
        let entry = principal.audit("user.password", subject: found.name, details: ["set": .bool(hash != nil)])
        guard let changed = try await users.setPassword(found.id, hash: hash, audit: entry) else {
            throw Self.unknown(user)
        }
        return changed
    }

    /// Makes somebody an administrator, or no longer one.
    package func setAdmin(_ user: String, _ isAdmin: Bool, by principal: Principal) async throws -> User {
        try principal.requireAdmin()
        let found = try await existing(user)
        guard found.id != principal.user.id else {
            throw Problem.conflict("nobody can change these rights of the account in use; ask another administrator")
        }
        let entry = principal.audit("user.admin", subject: found.name, details: ["admin": .bool(isAdmin)])
        guard let changed = try await users.setAdmin(found.id, isAdmin, audit: entry) else { throw Self.unknown(user) }
        return changed
    }

    /// Changes one's own password, for who knows the current one. All other sessions end.
    ///
    /// Wrong ones count like failed logins from one address: 403 `not_allowed`, then 429 `rate_limited`.
    package func changeOwnPassword(_ principal: Principal, current: String, new: String) async throws {
        guard !principal.isCommandLine else { throw Problem.notAllowed("the command line has no password") }
        try principal.require(.admin)
        guard principal.boundProject == nil else {
            throw Problem.notAllowed("the token is bound to one project; use another token")
        }
        let name = principal.user.name
        // Of its own for each account: many who mistype behind one address do not stop each other.
        let address = "own:\(principal.user.id.text)"
        if let wait = try await limiter.begin(account: name, address: address) {
            throw Problem.rateLimited(retryAfter: wait, "too many wrong passwords; try again in \(wait) s")
        }
        let known = try await users.credentials(name: name)?.passwordHash
        let isShort = current.utf8.count <= Self.longestPassword
        guard try await passwords.verify(isShort ? current : "", isShort ? known : nil) else {
            throw Problem.notAllowed("the current password is wrong")
        }
        try await limiter.succeed(account: name, address: address)
        let hash = try await hash(new)
        var kept: EntityID?
        if case .session(let id) = principal.origin { kept = id }
        let entry = principal.audit("user.password", subject: name, details: ["set": true])
        guard try await users.setPassword(principal.user.id, hash: hash, keeping: kept, audit: entry) != nil else {
            throw Self.unknown(name)
        }
    }

    /// A user by name or id, whoever asks.
    func existing(_ user: String) async throws -> User {
        let found =
            if let id = EntityID(user) { try await users.find(id: id) } else { try await users.find(name: user) }
        guard let found else { throw Self.unknown(user) }
        return found
    }

    /// `[A-Za-z0-9._-]{1,64}`, and no UUID, which would name somebody else.
    package static func isValidName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && EntityID(name) == nil
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private func hash(_ password: String?) async throws -> String? {
        guard let password else { return nil }
        guard password.unicodeScalars.count >= Self.shortestPassword, password.utf8.count <= Self.longestPassword else {
            throw Problem.invalid(
                "a password has at least \(Self.shortestPassword) characters and at most \(Self.longestPassword) bytes")
        }
        return try await passwords.hash(password)
    }

    private static func unknown(_ user: String) -> Problem { .notFound("there is no user “\(user)”") }
}
