import AnnotationModel
import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import SyncProtocol

/// Relations between annotations.
struct RelationController {
    let services: Services

    var routes: [Route] {
        [
            Route(
                method: .get, path: "/v1/projects/{p}/relations", name: "listRelations", tag: "Relations",
                summary: "Relations in the order of their ids.", need: .project(.read),
                query: [
                    .id("article", "Of this article."), .text("author", "By this user: a name or an id."),
                    .text("label", "With this label."),
                ] + QueryParameter.page,
                replies: [.list("Relation")], handler: list),
            Route(
                method: .get, path: "/v1/projects/{p}/relations/{relation}", name: "getRelation", tag: "Relations",
                summary: "One relation.", need: .project(.read), replies: [.row("Relation"), .notModified]
            ) { call in
                let relation = try await services.annotations.relation(try call.access, id: try call.pathID("relation"))
                return call.row(Row.relation(relation).json, version: relation.version)
            },
            Route(
                method: .post, path: "/v1/projects/{p}/relations", name: "createRelation", tag: "Relations",
                summary: "Makes a relation; the same content under the same id again is the same relation.",
                need: .project(.annotate),
                body: .init(
                    schema: "NewRelation",
                    members: ["id", "article_id", "layer", "label", "attributes", "from", "to"]),
                replies: [.row("Relation", status: 201), .row("Relation")]
            ) { try await $0.create(.relation, at: "relations", services.edits) },
            Route(
                method: .patch, path: "/v1/projects/{p}/relations/{relation}", name: "changeRelation",
                tag: "Relations", summary: "Sets fields; null takes an attribute away.", need: .project(.annotate),
                isGuarded: true, body: .init(schema: "RelationPatch"), replies: [.row("Relation")]
            ) { try await $0.change(.relation, "relation", services.edits) },
            Route(
                method: .delete, path: "/v1/projects/{p}/relations/{relation}", name: "deleteRelation",
                tag: "Relations", summary: "Deletes a relation.", need: .project(.annotate), isGuarded: true,
                replies: [.nothing]
            ) { try await $0.delete(.relation, "relation", services.edits) },
        ]
    }

    @Sendable private func list(_ call: Call) async throws -> Response {
        let access = try call.access
        let filter = RowFilter(
            article: try call.request.queryID("article"),
            author: try await services.members.authorID(call.request.query("author"), access),
            label: call.request.query("label"))
        let page = try await services.annotations.relations(
            access, filter, after: try call.afterID, limit: try call.limit)
        return .list(page) { Row.relation($0).writeWithVersion(to: &$1) }
    }
}
