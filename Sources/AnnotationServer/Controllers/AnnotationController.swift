import AnnotationModel
import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import SyncProtocol

/// Annotations: listed, made one by one or many at once, changed, deleted.
struct AnnotationController {
    /// Annotations of one bulk request, at most.
    static let bulkLimit = 1000

    let services: Services

    private static let members = ["id", "article_id", "layer", "label", "attributes", "anchor", "state"]

    var routes: [Route] {
        [
            Route(
                method: .get, path: "/v1/projects/{p}/annotations", name: "listAnnotations", tag: "Annotations",
                summary: "Annotations in the order of their ids, with the comments on them.", need: .project(.read),
                query: [
                    .id("article", "Of this article."), .text("author", "By this user: a name or an id."),
                    .text("label", "With this label."),
                    .word("state", AnnotationState.allCases.map(\.rawValue), "In this state."), .unit,
                ] + QueryParameter.page,
                replies: [.list("Annotation")], handler: list),
            Route(
                method: .get, path: "/v1/projects/{p}/annotations/{annotation}", name: "getAnnotation",
                tag: "Annotations", summary: "One annotation with the comments on it.", need: .project(.read),
                query: [.unit], replies: [.row("Annotation")]
            ) { call in
                let access = try call.access
                return try await shown(
                    try await services.annotations.show(access, id: try call.pathID("annotation")), call, access)
            },
            Route(
                method: .post, path: "/v1/projects/{p}/annotations", name: "createAnnotation", tag: "Annotations",
                summary: "Makes an annotation; the same content under the same id again is the same annotation.",
                need: .project(.annotate), query: [.unit], body: .init(schema: "NewAnnotation", members: Self.members),
                replies: [.row("Annotation", status: 201), .row("Annotation")], handler: create),
            Route(
                method: .post, path: "/v1/projects/{p}/annotations/bulk", name: "createAnnotations",
                tag: "Annotations",
                summary: "Makes up to \(Self.bulkLimit) annotations; each stands or is refused on its own.",
                need: .project(.annotate), query: [.unit],
                body: .init(schema: "NewAnnotations", members: ["items"], limit: Limits.pushBytes),
                replies: [.object("BulkResults")], handler: createAll),
            Route(
                method: .patch, path: "/v1/projects/{p}/annotations/{annotation}", name: "changeAnnotation",
                tag: "Annotations", summary: "Sets fields; null takes an attribute away.", need: .project(.annotate),
                query: [.unit], isGuarded: true, body: .init(schema: "AnnotationPatch"),
                replies: [.row("Annotation")], handler: change),
            Route(
                method: .delete, path: "/v1/projects/{p}/annotations/{annotation}", name: "deleteAnnotation",
                tag: "Annotations", summary: "Deletes an annotation.", need: .project(.annotate), isGuarded: true,
                replies: [.nothing]
            ) { call in
                try await services.edits.delete(
                    try call.access, .annotation, try call.pathID("annotation"), expecting: try call.expectedVersion)
                return .noContent
            },
        ]
    }

    // MARK: Reading

    @Sendable private func list(_ call: Call) async throws -> Response {
        let access = try call.access
        var filter = RowFilter(
            article: try call.request.queryID("article"),
            author: try await services.members.authorID(call.request.query("author"), access),
            label: call.request.query("label"))
        filter.annotationState = try call.request.query("state", among: AnnotationState.allCases.map(\.rawValue))
            .flatMap { AnnotationState(rawValue: $0) }
        let page = try await services.annotations.list(
            access, filter, after: try call.afterID, limit: try call.limit)
        let conversion = try await services.texts.conversion(
            access, try call.unit, versions: Set(page.items.map(\.annotation.anchor.articleVersion)))
        return .list(page) { view, writer in conversion.outgoing(view).write(to: &writer) }
    }

    private func shown(_ view: AnnotationView, _ call: Call, _ access: ProjectAccess) async throws -> Response {
        let conversion = try await services.texts.conversion(
            access, try call.unit, versions: [view.annotation.anchor.articleVersion])
        return .row(conversion.outgoing(view))
    }

    // MARK: Writing

    @Sendable private func create(_ call: Call) async throws -> Response {
        let access = try call.access
        var content = try await call.object().object
        let conversion = try await conversion(of: [content["anchor"]], call, access)
        if let anchor = content["anchor"] { content["anchor"] = try conversion.incoming(anchor) }
        let written = try await services.edits.create(access, .annotation, content)
        let view: AnnotationView?
        if written.isNew, case .annotation(let annotation) = written.row {
            // Nobody can have remarked on it yet.
            view = AnnotationView(annotation: annotation, comments: [])
        } else {
            view = try await services.annotations.views(access, of: [written.row]).first
        }
        guard let view else { throw Problem.internalError("the annotation was not read as one") }
        var response = Response.row(conversion.outgoing(view))
        guard written.isNew else { return response }
        response.status = .created
        response.headers[.location] = "/v1/projects/\(access.project.id)/annotations/\(written.row.id)"
        return response
    }

    @Sendable private func createAll(_ call: Call) async throws -> Response {
        let access = try call.access
        guard var items = try await call.object().array("items") else {
            throw Problem.malformed("items is missing; an array of annotations is expected")
        }
        guard (1...Self.bulkLimit).contains(items.count) else {
            throw Problem.malformed("items has \(items.count) elements; 1 to \(Self.bulkLimit) are allowed at once")
        }
        let conversion = try await conversion(of: items.map { $0["anchor"] }, call, access)
        var refused: [Int: Problem] = [:]
        for (index, item) in items.enumerated() {
            guard var object = item.objectValue, let anchor = object["anchor"] else { continue }
            do throws(Problem) {
                object["anchor"] = try conversion.incoming(anchor)
                items[index] = .object(object)
            } catch {
                refused[index] = error
            }
        }
        let places = items.indices.filter { refused[$0] == nil }
        let results = try await services.edits.createAll(access, .annotation, places.map { items[$0] })
        let byPlace = Dictionary(zip(places, results), uniquingKeysWith: { first, _ in first })
        let shown = items.indices.map { index -> JSONValue in
            switch byPlace[index] ?? refused[index].map({ .failure($0) }) {
            case .success(let written): .object(Self.result(of: written))
            case .failure(let problem): .object(Self.result(of: problem, items[index]))
            case nil: .null
            }
        }
        return .json(["items": .array(shown)])
    }

    private static func result(of written: WrittenRow) -> JSONObject {
        [
            "status": written.isNew ? "created" : "exists", "id": .string(written.row.id.text),
            "version": .number(Double(written.row.version)),
        ]
    }

    private static func result(of problem: Problem, _ item: JSONValue) -> JSONObject {
        var object: JSONObject = [
            "status": "rejected", "code": .string(problem.code), "message": .string(problem.detail),
        ]
        if let id = item["id"]?.stringValue { object["id"] = .string(id) }
        return object
    }

    @Sendable private func change(_ call: Call) async throws -> Response {
        let version = try call.expectedVersion
        let access = try call.access
        var patch = try await call.object().object
        let conversion = try await conversion(of: [patch["anchor"]], call, access)
        if let anchor = patch["anchor"] { patch["anchor"] = try conversion.incoming(anchor) }
        let row = try await services.edits.change(
            access, .annotation, try call.pathID("annotation"), patch, expecting: version)
        guard let view = try await services.annotations.views(access, of: [row]).first else {
            throw Problem.internalError("the annotation was not read as one")
        }
        return try await shown(view, call, access)
    }

    private func conversion(
        of anchors: [JSONValue?], _ call: Call, _ access: ProjectAccess
    ) async throws -> OffsetConversion {
        try await services.texts.conversion(
            access, try call.unit, versions: OffsetConversion.versions(in: anchors.compactMap(\.self)))
    }
}

extension Response {
    /// One annotation with its version as ETag.
    fileprivate static func row(_ view: AnnotationView) -> Response {
        var writer = JSONWriter(reservingCapacity: 1024)
        view.write(to: &writer)
        return json(bytes: writer.finish(), headers: [.eTag: "\"\(view.annotation.version)\""])
    }
}

extension OffsetConversion {
    func outgoing(_ view: AnnotationView) -> AnnotationView {
        var view = view
        view.annotation.anchor = outgoing(view.annotation.anchor)
        return view
    }
}
