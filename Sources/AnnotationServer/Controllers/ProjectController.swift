import AnnotationModel
import AnnotationServices
import AnnotationStore
import Hummingbird
import JSONText
import SyncProtocol

/// Projects with their settings, members and labels.
struct ProjectController {
    let services: Services

    func addRoutes(to group: RouterGroup<AppRequestContext>) {
        group.get("projects", use: list)
        group.post("projects", use: create)
        group.get("projects/:p", use: show)
        group.patch("projects/:p", use: change)
        group.get("projects/:p/members", use: members)
        group.post("projects/:p/members", use: addMember)
        group.patch("projects/:p/members/:user", use: changeMember)
        group.delete("projects/:p/members/:user", use: removeMember)
        group.get("projects/:p/labels", use: labels)
        group.post("projects/:p/labels", use: addLabel)
        group.patch("projects/:p/labels/:key", use: changeLabel)
    }

    // MARK: Projects

    @Sendable func list(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let page = try await services.projects.list(
            after: request.query("after"), limit: try request.pageLimit(), by: try context.authenticated())
        return .list(page.items.map { .object($0.json) }, next: page.next)
    }

    @Sendable func create(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let body = try await request.object()
        let draft = try ProjectDraft(body)
        var labels: [Label] = []
        for (index, element) in (try body.array("labels") ?? []).enumerated() {
            labels.append(try Label(try element.reader(at: "labels[\(index)]")))
        }
        let record = try await services.projects.create(draft, labels: labels, by: try context.authenticated())
        return .created(
            .object(record.json), location: "/v1/projects/\(record.project.id)", version: record.project.version)
    }

    @Sendable func show(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let access = try await services.projects.rights(try context.path("p"), try context.authenticated(), .read)
        return .row(.object(access.record.json), version: access.project.version)
    }

    @Sendable func change(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let version = try request.expectedVersion()
        let patch = try ProjectPatch(try await request.object())
        let record = try await services.projects.set(
            try context.path("p"), patch, expecting: version, by: try context.authenticated())
        return .row(.object(record.json), version: record.project.version)
    }

    // MARK: Members

    @Sendable func members(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let members = try await services.members.list(
            project: try context.path("p"), by: try context.authenticated())
        return .list(members.map { .object(Row.member($0).json) }, next: nil)
    }

    @Sendable func addMember(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let project = try context.path("p")
        let body = try await request.object()
        let member = try await services.members.add(
            try body.string("name"), role: try body.oneOf("role"), project: project, by: try context.authenticated())
        return .created(
            .object(Row.member(member).json), location: "/v1/projects/\(project)/members/\(member.id)",
            version: member.version)
    }

    @Sendable func changeMember(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let version = try request.expectedVersion()
        let body = try await request.object()
        let member = try await services.members.setRole(
            try context.path("user"), try body.oneOf("role"), project: try context.path("p"), expecting: version,
            by: try context.authenticated())
        return .row(.object(Row.member(member).json), version: member.version)
    }

    @Sendable func removeMember(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try await services.members.remove(
            try context.path("user"), project: try context.path("p"), expecting: try request.expectedVersion(),
            by: try context.authenticated())
        return .noContent
    }

    // MARK: Labels

    @Sendable func labels(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let labels = try await services.labels.list(project: try context.path("p"), by: try context.authenticated())
        return .list(labels.map { .object($0.shown) }, next: nil)
    }

    @Sendable func addLabel(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let project = try context.path("p")
        let label = try Label(try await request.object())
        let added = try await services.labels.add([label], project: project, by: try context.authenticated())
        guard let added = added.first else { throw Problem.internalError("the label was not made") }
        return .created(
            .object(Row.label(added).json), location: "/v1/projects/\(project)/labels/\(added.key.percentEncoded)",
            version: added.version)
    }

    @Sendable func changeLabel(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let version = try request.expectedVersion()
        let patch = try LabelPatch(try await request.object())
        let label = try await services.labels.patch(
            try context.path("key"), patch, project: try context.path("p"), expecting: version,
            by: try context.authenticated())
        return .row(.object(Row.label(label).json), version: label.version)
    }
}

extension JSONValue {
    /// A reader of an element that must be an object.
    fileprivate func reader(at path: String) throws -> RowReader {
        guard let object = objectValue else { throw RowError(path: path, message: "must be an object") }
        return RowReader(object: object, path: path)
    }
}
