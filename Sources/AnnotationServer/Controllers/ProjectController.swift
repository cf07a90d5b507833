import AnnotationModel
import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import SyncProtocol

/// Projects with their settings, members and labels.
struct ProjectController {
    let services: Services

    var routes: [Route] { projectRoutes + memberRoutes + labelRoutes }

    // MARK: Projects

    private var projectRoutes: [Route] {
        [
            Route(
                method: .get, path: "/v1/projects", name: "listProjects", tag: "Projects",
                summary: "The projects that one may enter, by name.", need: .account(.read),
                query: QueryParameter.page, replies: [.list("Project")], handler: list),
            Route(
                method: .post, path: "/v1/projects", name: "createProject", tag: "Projects",
                summary: "Makes a project, with its labels where they are given; its maker becomes its manager.",
                need: .administrator(.write),
                body: .init(
                    schema: "NewProject",
                    members: ["name", "title", "language", "layers", "visibility", "access", "labels"]),
                replies: [.row("Project", status: 201)], handler: create),
            Route(
                method: .get, path: "/v1/projects/{p}", name: "getProject", tag: "Projects",
                summary: "One project with its settings and the head of its log.", need: .project(.read),
                replies: [.row("Project")]
            ) { call in
                let record = try call.access.record
                return .row(.object(record.json), version: record.project.version)
            },
            Route(
                method: .patch, path: "/v1/projects/{p}", name: "changeProject", tag: "Projects",
                summary: "Changes settings.", need: .project(.manage), isGuarded: true,
                body: .init(
                    schema: "ProjectPatch", members: ["title", "language", "layers", "visibility", "access"]),
                replies: [.row("Project")], handler: change),
            Route(
                method: .get, path: "/v1/projects/{p}/statistics", name: "getStatistics", tag: "Projects",
                summary: "Articles, annotations per label and author, and progress, of what one may see.",
                need: .project(.read), replies: [.object("Statistics")]
            ) { call in
                .json(.object(try await services.statistics.statistics(try call.access).json))
            },
            Route(
                method: .get, path: "/v1/projects/{p}/audit", name: "listProjectAudit", tag: "Projects",
                summary: "What administrators and managers did in the project, newest first.", need: .project(.manage),
                query: QueryParameter.page, replies: [.list("AuditEntry")]
            ) { call in
                let page = try await services.audit.list(try call.access, after: call.after, limit: try call.limit)
                return .list(page.items.map { .object($0.json) }, next: page.next)
            },
        ]
    }

    @Sendable private func list(_ call: Call) async throws -> Response {
        let page = try await services.projects.list(after: call.after, limit: try call.limit, by: try call.principal)
        return .list(page.items.map { .object($0.json) }, next: page.next)
    }

    @Sendable private func create(_ call: Call) async throws -> Response {
        let body = try await call.object()
        let draft = try ProjectDraft(body)
        var labels: [Label] = []
        for (index, element) in (try body.array("labels") ?? []).enumerated() {
            labels.append(try Label(try element.reader(at: "labels[\(index)]")))
        }
        let record = try await services.projects.create(draft, labels: labels, by: try call.principal)
        return .created(
            .object(record.json), location: "/v1/projects/\(record.project.id)", version: record.project.version)
    }

    @Sendable private func change(_ call: Call) async throws -> Response {
        let version = try call.expectedVersion
        let patch = try ProjectPatch(try await call.object())
        let record = try await services.projects.set(
            try call.path("p"), patch, expecting: version, by: try call.principal)
        return .row(.object(record.json), version: record.project.version)
    }

    // MARK: Members

    private var memberRoutes: [Route] {
        [
            Route(
                method: .get, path: "/v1/projects/{p}/members", name: "listMembers", tag: "Members",
                summary: "The members, by name.", need: .project(.read), replies: [.list("Member")]
            ) { call in
                let members = try await services.members.list(try call.access)
                return .list(members.map { .object(Row.member($0).json) }, next: nil)
            },
            Route(
                method: .get, path: "/v1/projects/{p}/members/{user}", name: "getMember", tag: "Members",
                summary: "One member, by name or id.", need: .project(.read),
                replies: [.row("Member"), .notModified]
            ) { call in
                let member = try await services.members.find(try call.path("user"), try call.access)
                return call.row(Row.member(member).json, version: member.version)
            },
            Route(
                method: .post, path: "/v1/projects/{p}/members", name: "addMember", tag: "Members",
                summary: "Adds a user, by name or id; the same again changes nothing.", need: .project(.manage),
                body: .init(schema: "NewMember", members: ["name", "role"]), replies: [.row("Member", status: 201)],
                handler: addMember),
            Route(
                method: .patch, path: "/v1/projects/{p}/members/{user}", name: "changeMember", tag: "Members",
                summary: "Gives a member another role.", need: .project(.manage), isGuarded: true,
                body: .init(schema: "MemberPatch", members: ["role"]), replies: [.row("Member")],
                handler: changeMember),
            Route(
                method: .delete, path: "/v1/projects/{p}/members/{user}", name: "removeMember", tag: "Members",
                summary: "Takes a member out; what the member wrote stays.", need: .project(.manage), isGuarded: true,
                replies: [.nothing], handler: removeMember),
        ]
    }

    @Sendable private func addMember(_ call: Call) async throws -> Response {
        let project = try call.path("p")
        let body = try await call.object()
        let member = try await services.members.add(
            try body.string("name"), role: try body.oneOf("role"), project: project, by: try call.principal)
        return .created(
            .object(Row.member(member).json), location: "/v1/projects/\(project)/members/\(member.id)",
            version: member.version)
    }

    @Sendable private func changeMember(_ call: Call) async throws -> Response {
        let version = try call.expectedVersion
        let body = try await call.object()
        let member = try await services.members.setRole(
            try call.path("user"), try body.oneOf("role"), project: try call.path("p"), expecting: version,
            by: try call.principal)
        return .row(.object(Row.member(member).json), version: member.version)
    }

    @Sendable private func removeMember(_ call: Call) async throws -> Response {
        try await services.members.remove(
            try call.path("user"), project: try call.path("p"), expecting: try call.expectedVersion,
            by: try call.principal)
        return .noContent
    }

    // MARK: Labels

    private var labelRoutes: [Route] {
        let members = [
            "key", "kind", "name", "color", "shortcut", "attributes", "from", "to", "zero_width", "retired",
        ]
        return [
            Route(
                method: .get, path: "/v1/projects/{p}/labels", name: "listLabels", tag: "Labels",
                summary: "All labels, retired ones too, in the order in which they were declared.",
                need: .project(.read), replies: [.list("Label")]
            ) { call in
                let labels = try await services.labels.list(try call.access)
                return .list(labels.map { .object($0.shown) }, next: nil)
            },
            Route(
                method: .get, path: "/v1/projects/{p}/labels/{key}", name: "getLabel", tag: "Labels",
                summary: "One label.", need: .project(.read), replies: [.row("Label"), .notModified]
            ) { call in
                let label = try await services.labels.find(try call.path("key"), try call.access)
                return call.row(label.shown, version: label.version)
            },
            Route(
                method: .post, path: "/v1/projects/{p}/labels", name: "addLabel", tag: "Labels",
                summary: "Declares a label.", need: .project(.manage),
                body: .init(schema: "NewLabel", members: members), replies: [.row("Label", status: 201)],
                handler: addLabel),
            Route(
                method: .patch, path: "/v1/projects/{p}/labels/{key}", name: "changeLabel", tag: "Labels",
                summary: "Changes or retires a label; key and kind are for ever.", need: .project(.manage),
                isGuarded: true, body: .init(schema: "LabelPatch", members: members), replies: [.row("Label")],
                handler: changeLabel),
        ]
    }

    @Sendable private func addLabel(_ call: Call) async throws -> Response {
        let project = try call.path("p")
        let label = try Label(try await call.object())
        let added = try await services.labels.add([label], project: project, by: try call.principal)
        guard let added = added.first else { throw Problem.internalError("the label was not made") }
        return .created(
            .object(added.shown), location: "/v1/projects/\(project)/labels/\(added.key.percentEncoded)",
            version: added.version)
    }

    @Sendable private func changeLabel(_ call: Call) async throws -> Response {
        let version = try call.expectedVersion
        let patch = try LabelPatch(try await call.object())
        let label = try await services.labels.patch(
            try call.path("key"), patch, project: try call.path("p"), expecting: version, by: try call.principal)
        return .row(.object(label.shown), version: label.version)
    }
}

extension JSONValue {
    /// A reader of an element that must be an object.
    func reader(at path: String) throws -> RowReader {
        guard let object = objectValue else { throw RowError(path: path, message: "must be an object") }
        return RowReader(object: object, path: path)
    }
}
