package import AnnotationModel
package import AnnotationStore
import JSONText
import Postgres
import SyncEngine
import SyncProtocol

/// Projects, and the gate to all that is in them.
package struct ProjectService: Sendable {
    private let database: Database
    private let log: ChangeLog
    private let store: ProjectStore

    init(database: Database, log: ChangeLog) {
        self.database = database
        self.log = log
        store = ProjectStore(database)
    }

    /// Lets somebody into a project, by its name or id. One query.
    ///
    /// A project that is not there, one where the user is no member, and one where the user was removed are all
    /// `not_found`; a role or a token that does not suffice is `not_allowed`.
    package func rights(
        _ reference: String, _ principal: Principal, _ need: ProjectNeed
    ) async throws -> ProjectAccess {
        try Self.access(
            try await store.find(reference, user: principal.user.id), reference, principal, need)
    }

    /// The same of what was found.
    static func access(
        _ found: (record: ProjectRecord, rights: ProjectRights)?, _ reference: String, _ principal: Principal,
        _ need: ProjectNeed
    ) throws(Problem) -> ProjectAccess {
        guard let found else { throw unknown(reference) }
        let project = found.record.project
        let viewer =
            principal.isCommandLine
            ? Viewer(user: principal.user.id, role: .manager, project: project)
            : found.rights.viewer(principal.user.id, of: project)
        guard let viewer else { throw unknown(reference) }
        guard principal.boundProject == nil || principal.boundProject == project.id else {
            throw .notAllowed("the token is bound to another project; use another token")
        }
        let access = ProjectAccess(record: found.record, principal: principal, role: viewer.role, viewer: viewer)
        try access.require(need)
        return access
    }

    /// One project, for whoever may read it.
    package func record(_ reference: String, _ principal: Principal) async throws -> ProjectRecord {
        try await rights(reference, principal, .read).record
    }

    /// All projects for an administrator, one's own for everybody else.
    package func list(
        after name: String? = nil, limit: Int, by principal: Principal
    ) async throws -> Page<ProjectRecord> {
        try principal.require(.read)
        if let bound = principal.boundProject {
            let only = try await rights(bound.text, principal, .read).record
            let isBehind = name.map { ExactString($0) < ExactString(only.project.name) } ?? true
            return Page(items: isBehind ? [only] : [], next: nil)
        }
        return try await store.list(
            member: principal.user.isAdmin ? nil : principal.user.id, after: name, limit: limit)
    }

    /// Makes a project with its labels. Administrators only; whoever has an account becomes its manager.
    package func create(
        _ draft: ProjectDraft, labels: [Label] = [], by principal: Principal
    ) async throws -> ProjectRecord {
        try principal.requireAdmin(scope: .write)
        guard ProjectDraft.isValidName(draft.name) else {
            throw Problem.invalid(
                "the project name “\(draft.name)” must be 1 to 64 of a-z, 0-9, “.”, “_” and “-”, a letter or digit first"
            )
        }
        try check(title: draft.title, language: draft.language)
        try LabelRules.check(labels, besides: [:])
        let project = Project(
            id: database.ids.id(), name: draft.name, title: draft.title, language: draft.language,
            layers: draft.layers, visibility: draft.visibility, access: draft.access)
        var plan = AdminPlan(by: principal.user.id, at: database.now())
        plan.put(.project(project), isNew: false)
        if !principal.isCommandLine {
            plan.put(
                .member(Member(id: principal.user.id, name: principal.user.name, role: .manager)), isNew: true)
        }
        for label in labels { plan.put(.label(label), isNew: true) }
        return try await store.create(
            project, plan: plan.plan, by: principal.user.id, log: log,
            audit: principal.audit("project.create", project: project.id, subject: project.name))
    }

    /// Changes settings; with `expecting`, only while the project's row has that version.
    package func set(
        _ reference: String, _ patch: ProjectPatch, expecting: Int64? = nil, by principal: Principal
    ) async throws -> ProjectRecord {
        let access = try await rights(reference, principal, .manage)
        if let title = patch.title { try check(title: title, language: nil) }
        if let language = patch.language { try check(title: "", language: language) }
        let committed = try await log.write(
            project: access.project.id, raisesGuard: true, by: principal.user.id
        ) { transaction, opened in
            try access.confirm(opened, .manage)
            try Expectation.check(expecting, .project(opened.project))
            let changed = patch.applied(to: opened.project)
            guard Row.project(changed) != .project(opened.project) else { return nil }
            if changed.layers != opened.project.layers {
                guard try await !store.hasAnnotations(transaction, project: changed.id) else {
                    throw Problem.conflict(
                        "the layers of \(changed.name) cannot change any more: it has annotations; make another project"
                    )
                }
            }
            var plan = AdminPlan(by: principal.user.id, at: database.now())
            plan.put(.project(changed), isNew: false)
            let entry = principal.audit(
                "project.set", project: changed.id, subject: changed.name,
                details: Row.project(changed).jsonWithoutVersion)
            try await transaction.query(entry.query(database))
            return plan.plan
        }
        return committed == nil ? access.record : try await record(access.project.id.text, principal)
    }

    private func check(title: String, language: String?) throws(Problem) {
        try Words.check(title, "the title", longest: 500, mayBeEmpty: true)
        if let language { try Words.check(language, "the language", longest: 35) }
    }

    static func unknown(_ reference: String) -> Problem { .notFound("there is no project “\(reference)”") }
}

/// `If-Match`: the version that somebody saw.
enum Expectation {
    static func check(_ expected: Int64?, _ current: Row) throws(Problem) {
        guard let expected, expected != current.version else { return }
        throw .preconditionFailed(
            "the row has changed since version \(expected); look at the current one and try again",
            current: .object(current.json))
    }
}
