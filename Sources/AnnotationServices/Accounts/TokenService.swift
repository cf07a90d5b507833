package import AnnotationModel
package import AnnotationStore
import Digest
import JSONText
import SyncProtocol

/// A token with its secret, which is shown this once.
package struct IssuedToken: Sendable, Hashable {
    package var token: APIToken
    package var text: String
}

/// Tokens: one's own, or as an administrator anyone's.
package struct TokenService: Sendable {
    private let database: Database
    private let tokens: TokenStore
    private let accounts: AccountService
    private let projects: ProjectService

    init(database: Database, accounts: AccountService, projects: ProjectService) {
        self.database = database
        tokens = TokenStore(database)
        self.accounts = accounts
        self.projects = projects
    }

    /// `project`, a name or an id, is the only one that the token will open.
    package func create(
        user: String, name: String, scope: TokenScope = .write, project: String? = nil, expiresAt: Timestamp? = nil,
        by principal: Principal
    ) async throws -> IssuedToken {
        let owner = try await owner(user, principal)
        guard !owner.isDisabled else { throw Problem.conflict("the user \(owner.name) is disabled; enable it first") }
        try Words.check(name, "the token's name", longest: 200)
        if let expiresAt, expiresAt <= database.now() {
            throw Problem.invalid("the token would have expired at \(expiresAt) already; give a later time")
        }
        var bound: EntityID?
        if let project { bound = try await projects.record(project, principal).project.id }
        let text = Secret.token.make()
        let entry = principal.audit(
            "token.create", project: bound, subject: owner.name,
            details: ["name": .string(name), "scope": .string(scope.rawValue)])
        let token = try await tokens.create(
            user: owner.id, name: name, scope: scope, project: bound, expiresAt: expiresAt,
            sha256: SHA256.hash(text), audit: entry)
        return IssuedToken(token: token, text: text)
    }

    /// Oldest first, revoked and expired ones too.
    package func list(user: String, by principal: Principal) async throws -> [APIToken] {
        try await tokens.list(user: try await owner(user, principal).id)
    }

    /// By id; with a user also by the name that it has alone among the user's valid tokens.
    package func revoke(_ reference: String, user: String? = nil, by principal: Principal) async throws -> APIToken {
        let token = try await find(reference, user, principal)
        let owner = try await accounts.existing(token.userID.text)
        let entry = principal.audit(
            "token.revoke", project: token.project, subject: owner.name,
            details: ["id": .string(token.id.text), "name": .string(token.name)])
        guard let revoked = try await tokens.revoke(id: token.id, audit: entry) else { throw Self.unknown(reference) }
        return revoked
    }

    /// One's own, or as an administrator anyone's.
    package func show(_ id: EntityID, by principal: Principal) async throws -> APIToken {
        try await find(id.text, nil, principal)
    }

    private func find(_ reference: String, _ user: String?, _ principal: Principal) async throws -> APIToken {
        if let id = EntityID(reference) {
            guard let token = try await tokens.find(id: id) else { throw Self.unknown(reference) }
            if token.userID != principal.user.id {
                // Somebody else's is as good as missing.
                guard principal.user.isAdmin else { throw Self.unknown(reference) }
                try principal.requireAdmin()
            }
            return token
        }
        guard let user else { throw Self.unknown(reference) }
        let found = try await list(user: user, by: principal).filter {
            $0.revokedAt == nil && ExactString.equal($0.name, reference)
        }
        guard let token = found.first else { throw Self.unknown(reference) }
        guard found.count == 1 else {
            throw Problem.conflict(
                "\(found.count) tokens of \(user) are named “\(reference)”; give an id",
                details: ["candidates": .array(found.map { .string($0.id.text) })])
        }
        return token
    }

    /// Tokens of others are an administrator's business; one's own need the scope `admin` all the same, or a lesser
    /// token could make itself a greater one.
    private func owner(_ user: String, _ principal: Principal) async throws -> User {
        let isOwn = ExactString.equal(user, principal.user.name) || ExactString.equal(user, principal.user.id.text)
        guard isOwn, !principal.isCommandLine else {
            try principal.requireAdmin()
            return try await accounts.existing(user)
        }
        try principal.require(.admin)
        guard principal.boundProject == nil else {
            throw Problem.notAllowed("the token is bound to one project; use another token")
        }
        return principal.user
    }

    private static func unknown(_ reference: String) -> Problem { .notFound("there is no token “\(reference)”") }
}

/// The two kinds of secrets, told apart by how they begin; 256 random bits follow.
enum Secret: String {
    case token = "mnc_"
    case session = "mns_"

    func make() -> String { rawValue + SecureRandom.token() }

    static func kind(of text: String) -> Secret? {
        guard text.utf8.count == 47 else { return nil }
        if text.hasPrefix(token.rawValue) { return .token }
        return text.hasPrefix(session.rawValue) ? .session : nil
    }
}
