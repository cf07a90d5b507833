package import AnnotationModel
import AnnotationStore
import JSONText
import Postgres
import SyncProtocol

/// Who belongs to a project. Reading for all members, changing for managers.
package struct MemberService: Sendable {
    private let database: Database
    private let log: ChangeLog
    private let projects: ProjectService
    private let members: MemberStore

    init(database: Database, log: ChangeLog, projects: ProjectService) {
        self.database = database
        self.log = log
        self.projects = projects
        members = MemberStore(database)
    }

    /// By name.
    package func list(project: String, by principal: Principal) async throws -> [Member] {
        try await list(try await projects.rights(project, principal, .read))
    }

    package func list(_ access: ProjectAccess) async throws -> [Member] {
        try access.require(.read)
        return try await members.list(project: access.project.id)
    }

    /// One member by name or id.
    package func find(_ user: String, _ access: ProjectAccess) async throws -> Member {
        let id = EntityID(user)
        let found = try await list(access).first { $0.id == id || ExactString.equal($0.name, user) }
        guard let found else { throw noMember(user, access) }
        return found
    }

    /// The user that a filter names, by name or id, among all who are or were members; nil for nil.
    package func authorID(_ user: String?, _ access: ProjectAccess) async throws -> EntityID? {
        guard let user else { return nil }
        if let id = EntityID(user) { return id }
        let everybody = try await members.everybody(project: access.project.id)
        guard let found = everybody.first(where: { ExactString.equal($0.name, user) }) else {
            throw Problem.invalid("nobody named “\(user)” is or was a member of \(access.project.name)")
        }
        return found.id
    }

    /// Adds a user by name or id; one who was removed comes back. The same role again changes nothing.
    package func add(
        _ user: String, role: Role, project: String, by principal: Principal
    ) async throws -> Member {
        let access = try await projects.rights(project, principal, .manage)
        let found = try await self.user(user)
        return try await change(access, "member.add", found) { known in
            if let known, !known.isRemoved {
                guard known.member.role != role else { return .keep(known.member) }
                throw Problem.conflict(
                    "\(found.name) is a \(known.member.role.rawValue) of \(access.project.name) already; change the role"
                )
            }
            return .put(Member(id: found.id, name: found.name, role: role), isNew: known == nil)
        }
    }

    package func setRole(
        _ user: String, _ role: Role, project: String, expecting: Int64? = nil, by principal: Principal
    ) async throws -> Member {
        let access = try await projects.rights(project, principal, .manage)
        let found = try await self.user(user)
        return try await change(access, "member.role", found) { known in
            guard var member = known?.member, known?.isRemoved == false else { throw noMember(user, access) }
            try Expectation.check(expecting, .member(member))
            guard member.role != role else { return .keep(member) }
            member.role = role
            return .put(member, isNew: false)
        }
    }

    /// Takes a member out. What the member wrote stays.
    package func remove(
        _ user: String, project: String, expecting: Int64? = nil, by principal: Principal
    ) async throws {
        let access = try await projects.rights(project, principal, .manage)
        let found = try await self.user(user)
        _ = try await change(access, "member.remove", found) { known in
            guard let member = known?.member, known?.isRemoved == false else { throw noMember(user, access) }
            try Expectation.check(expecting, .member(member))
            return .delete(member)
        }
    }

    private enum Change {
        case keep(Member)
        case put(Member, isNew: Bool)
        case delete(Member)

        var member: Member {
            switch self {
            case .keep(let member), .put(let member, _), .delete(let member): member
            }
        }
    }

    private func change(
        _ access: ProjectAccess, _ action: String, _ user: User,
        _ decide: ((member: Member, isRemoved: Bool)?) throws -> Change
    ) async throws -> Member {
        let principal = access.principal
        var member: Member?
        let committed = try await log.write(
            project: access.project.id, raisesGuard: true, by: principal.user.id
        ) { transaction, opened in
            try access.confirm(opened, .manage)
            let known = try await members.find(transaction, project: access.project.id, user: user.id)
            let change = try decide(known)
            member = change.member
            var plan = AdminPlan(by: principal.user.id, at: database.now())
            switch change {
            case .keep: return nil
            case .put(let member, let isNew): plan.put(.member(member), isNew: isNew)
            case .delete(let member): plan.delete(.member(member))
            }
            let entry = principal.audit(
                action, project: access.project.id, subject: user.name,
                details: ["role": .string(change.member.role.rawValue)])
            try await transaction.query(entry.query(database))
            return plan.plan
        }
        guard var member else { throw noMember(user.name, access) }
        if let committed { member.version = committed.base + 1 }
        return member
    }

    private func user(_ reference: String) async throws -> User {
        let users = UserStore(database)
        let found =
            if let id = EntityID(reference) {
                try await users.find(id: id)
            } else {
                try await users.find(name: reference)
            }
        guard let found else { throw Problem.notFound("there is no user “\(reference)”") }
        return found
    }

    private func noMember(_ user: String, _ access: ProjectAccess) -> Problem {
        .notFound("“\(user)” is no member of \(access.project.name)")
    }
}
