import AnnotationModel
import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import SyncProtocol

/// What is said about annotations: comments and reviews.
struct RemarkController {
    let services: Services

    var routes: [Route] { commentRoutes + reviewRoutes }

    private static let filters: [QueryParameter] = [
        .id("annotation", "On this annotation."), .id("article", "Of this article."),
        .text("author", "By this user: a name or an id."),
    ]

    private var commentRoutes: [Route] {
        [
            Route(
                method: .get, path: "/v1/projects/{p}/comments", name: "listComments", tag: "Comments",
                summary: "Comments in the order of their ids.", need: .project(.read),
                query: Self.filters + QueryParameter.page, replies: [.list("Comment")]
            ) { call in
                let access = try call.access
                let page = try await services.annotations.comments(
                    access, try await filter(call, access), after: try call.afterID, limit: try call.limit)
                return .list(page) { Row.comment($0).writeWithVersion(to: &$1) }
            },
            Route(
                method: .get, path: "/v1/projects/{p}/comments/{comment}", name: "getComment", tag: "Comments",
                summary: "One comment.", need: .project(.read), replies: [.row("Comment"), .notModified]
            ) { call in
                let comment = try await services.annotations.comment(try call.access, id: try call.pathID("comment"))
                return call.row(Row.comment(comment).json, version: comment.version)
            },
            Route(
                method: .post, path: "/v1/projects/{p}/comments", name: "createComment", tag: "Comments",
                summary: "Comments on an annotation.", need: .project(.annotate),
                body: .init(schema: "NewComment", members: ["id", "annotation_id", "text"]),
                replies: [.row("Comment", status: 201), .row("Comment")]
            ) { try await $0.create(.comment, at: "comments", services.edits) },
            Route(
                method: .patch, path: "/v1/projects/{p}/comments/{comment}", name: "changeComment", tag: "Comments",
                summary: "Changes one's comment.", need: .project(.annotate), isGuarded: true,
                body: .init(schema: "CommentPatch"), replies: [.row("Comment")]
            ) { try await $0.change(.comment, "comment", services.edits) },
            Route(
                method: .delete, path: "/v1/projects/{p}/comments/{comment}", name: "deleteComment", tag: "Comments",
                summary: "Deletes one's comment, or as a manager anyone's.", need: .project(.annotate),
                isGuarded: true, replies: [.nothing]
            ) { try await $0.delete(.comment, "comment", services.edits) },
        ]
    }

    private var reviewRoutes: [Route] {
        [
            Route(
                method: .get, path: "/v1/projects/{p}/reviews", name: "listReviews", tag: "Reviews",
                summary: "Reviews in the order of their ids.", need: .project(.read),
                query: Self.filters + QueryParameter.page, replies: [.list("Review")]
            ) { call in
                let access = try call.access
                let page = try await services.annotations.reviews(
                    access, try await filter(call, access), after: try call.afterID, limit: try call.limit)
                return .list(page) { Row.review($0).writeWithVersion(to: &$1) }
            },
            Route(
                method: .get, path: "/v1/projects/{p}/reviews/{review}", name: "getReview", tag: "Reviews",
                summary: "One review.", need: .project(.read), replies: [.row("Review"), .notModified]
            ) { call in
                let review = try await services.annotations.review(try call.access, id: try call.pathID("review"))
                return call.row(Row.review(review).json, version: review.version)
            },
            Route(
                method: .post, path: "/v1/projects/{p}/reviews", name: "createReview", tag: "Reviews",
                summary: "Gives one's verdict on an annotation; each reviewer has one.", need: .project(.review),
                body: .init(schema: "NewReview", members: ["id", "annotation_id", "decision", "text"]),
                replies: [.row("Review", status: 201), .row("Review")]
            ) { try await $0.create(.review, at: "reviews", services.edits) },
            Route(
                method: .patch, path: "/v1/projects/{p}/reviews/{review}", name: "changeReview", tag: "Reviews",
                summary: "Changes one's verdict.", need: .project(.review), isGuarded: true,
                body: .init(schema: "ReviewPatch"), replies: [.row("Review")]
            ) { try await $0.change(.review, "review", services.edits) },
            Route(
                method: .delete, path: "/v1/projects/{p}/reviews/{review}", name: "deleteReview", tag: "Reviews",
                summary: "Takes one's verdict back.", need: .project(.review), isGuarded: true, replies: [.nothing]
            ) { try await $0.delete(.review, "review", services.edits) },
        ]
    }

    private func filter(_ call: Call, _ access: ProjectAccess) async throws -> RowFilter {
        RowFilter(
            article: try call.request.queryID("article"),
            annotations: try call.request.queryID("annotation").map { [$0] },
            author: try await services.members.authorID(call.request.query("author"), access))
    }
}

// What all rows are written by.
extension Call {
    func create(_ kind: EntityKind, at collection: String, _ edits: EditService) async throws -> Response {
        let access = try access
        let written = try await edits.create(access, kind, try await object().object)
        let row = JSONValue.object(written.row.json)
        guard written.isNew else { return .row(row, version: written.row.version) }
        return .created(
            row, location: "/v1/projects/\(access.project.id)/\(collection)/\(written.row.id)",
            version: written.row.version)
    }

    func change(_ kind: EntityKind, _ parameter: String, _ edits: EditService) async throws -> Response {
        let version = try expectedVersion
        let row = try await edits.change(
            try access, kind, try pathID(parameter), try await object().object, expecting: version)
        return .row(.object(row.json), version: row.version)
    }

    func delete(_ kind: EntityKind, _ parameter: String, _ edits: EditService) async throws -> Response {
        try await edits.delete(try access, kind, try pathID(parameter), expecting: try expectedVersion)
        return .noContent
    }
}
