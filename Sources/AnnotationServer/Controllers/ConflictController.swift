import AnnotationModel
import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import SyncProtocol

/// Conflicts that offline edits left: listed, and decided.
struct ConflictController {
    let services: Services

    var routes: [Route] {
        [
            Route(
                method: .get, path: "/v1/projects/{p}/conflicts", name: "listConflicts", tag: "Conflicts",
                summary: "Conflicts in the order of their ids, open and resolved ones.", need: .project(.read),
                query: [
                    .word("state", Conflict.State.allCases.map(\.rawValue), "In this state."),
                    .id("article", "Of this article."), .unit,
                ] + QueryParameter.page,
                replies: [.list("Conflict")], handler: list),
            Route(
                method: .get, path: "/v1/projects/{p}/conflicts/{conflict}", name: "getConflict", tag: "Conflicts",
                summary: "One conflict.", need: .project(.read), query: [.unit],
                replies: [.row("Conflict"), .notModified]
            ) { call in
                let access = try call.access
                let conflict = try await services.annotations.conflict(access, id: try call.pathID("conflict"))
                let conversion = try await conversion(of: [conflict], call, access)
                return call.row(conversion.outgoing(conflict), version: conflict.version)
            },
            Route(
                method: .post, path: "/v1/projects/{p}/conflicts/{conflict}/resolve", name: "resolveConflict",
                tag: "Conflicts", summary: "Decides a conflict: what is kept, the other value, or a third one.",
                need: .project(.annotate), query: [.unit], isGuarded: true,
                body: .init(schema: "Resolution", members: ["choice", "value"]), replies: [.row("Conflict")],
                handler: resolve),
        ]
    }

    @Sendable private func list(_ call: Call) async throws -> Response {
        let access = try call.access
        let state = try call.request.query("state", among: Conflict.State.allCases.map(\.rawValue))
            .flatMap { Conflict.State(rawValue: $0) }
        let page = try await services.annotations.conflicts(
            access, state: state, article: try call.request.queryID("article"), after: try call.afterID,
            limit: try call.limit)
        let conversion = try await conversion(of: page.items, call, access)
        return .list(page.items.map { .object(conversion.outgoing($0)) }, next: page.next)
    }

    @Sendable private func resolve(_ call: Call) async throws -> Response {
        let version = try call.expectedVersion
        let access = try call.access
        let body = try await call.object()
        let choice: Conflict.Choice = try body.oneOf("choice")
        var value = body.object["value"]
        guard (choice == .value) == (value.map { !$0.isNull } ?? false) || choice == .value && value != nil else {
            throw Problem.malformed("the choice “value” takes the member “value”, and no other does")
        }
        if let anchor = value, anchor["spans"] != nil {
            let conversion = try await services.texts.conversion(
                access, try call.unit, versions: OffsetConversion.versions(in: [anchor]))
            value = try conversion.incoming(anchor)
        }
        let conflict = try await services.edits.resolve(
            access, conflict: try call.pathID("conflict"), choice, value: choice == .value ? value : .none,
            expecting: version)
        let conversion = try await conversion(of: [conflict], call, access)
        return .row(.object(conversion.outgoing(conflict)), version: conflict.version)
    }

    private func conversion(
        of conflicts: [Conflict], _ call: Call, _ access: ProjectAccess
    ) async throws -> OffsetConversion {
        let values = conflicts.flatMap { [$0.kept.value, $0.other.value] }
        let anchors = values + values.compactMap { $0["anchor"] }
        return try await services.texts.conversion(
            access, try call.unit, versions: OffsetConversion.versions(in: anchors))
    }
}

extension OffsetConversion {
    /// A conflict about an anchor, or about a deletion that met a new anchor, holds offsets.
    func outgoing(_ conflict: Conflict) -> JSONObject {
        var conflict = conflict
        conflict.kept.value = outgoing(value: conflict.kept.value)
        conflict.other.value = outgoing(value: conflict.other.value)
        return Row.conflict(conflict).json
    }

    private func outgoing(value: JSONValue) -> JSONValue {
        guard var object = value.objectValue, let anchor = object["anchor"] else { return outgoing(json: value) }
        object["anchor"] = outgoing(json: anchor)
        return .object(object)
    }
}
