package import AnnotationModel
package import AnnotationStore
import JSONText
package import SyncProtocol

/// Who asks, and how far what was presented reaches.
package struct Principal: Sendable, Hashable {
    package enum Origin: Sendable, Hashable {
        case token(EntityID)
        case session(EntityID)
        /// The account of the operating system that runs the administrator's program.
        case commandLine(String)
    }

    package var user: User
    package var scope: TokenScope
    /// The only project that the token opens.
    package var boundProject: EntityID?
    package var origin: Origin

    package init(user: User, scope: TokenScope, boundProject: EntityID? = nil, origin: Origin) {
        self.user = user
        self.scope = scope
        self.boundProject = boundProject
        self.origin = origin
    }

    /// Whoever may run the administrator's program on the database has all rights, and no account.
    package static func commandLine(osUser: String) -> Principal {
        Principal(
            user: User(
                id: .nobody, name: "cli:\(osUser)", isAdmin: true, createdAt: Timestamp(microseconds: 0)),
            scope: .admin, origin: .commandLine(osUser))
    }

    package var isCommandLine: Bool {
        if case .commandLine = origin { true } else { false }
    }

    /// How the audit log names the actor: `cli:OSUSER`, or the user's name.
    package var auditName: String { user.name }

    /// Refuses what the token was not made for.
    package func require(_ needed: TokenScope) throws(Problem) {
        guard scope >= needed else {
            throw .notAllowed(
                "the token's scope is “\(scope.rawValue)”, and this needs “\(needed.rawValue)”; use another token")
        }
    }

    /// Refuses everybody but administrators, and their tokens of less than the scope that is needed.
    package func requireAdmin(scope needed: TokenScope = .admin) throws(Problem) {
        guard user.isAdmin else { throw .notAllowed("only an administrator may do this") }
        try require(needed)
        try requireUnbound()
    }

    /// Refuses tokens that open one project only.
    package func requireUnbound() throws(Problem) {
        guard boundProject == nil else {
            throw .notAllowed("the token is bound to one project; use another token")
        }
    }

    func audit(
        _ action: String, project: EntityID? = nil, subject: String? = nil, details: JSONObject = JSONObject()
    ) -> AuditLog.Entry {
        AuditLog.Entry(actor: auditName, action: action, project: project, subject: subject, details: details)
    }
}
