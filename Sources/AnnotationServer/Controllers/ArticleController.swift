import AnnotationModel
import AnnotationServices
import AnnotationStore
import Digest
import HTTPTypes
import Hummingbird
import JSONText
import NIOCore
import SyncProtocol

/// Articles and their texts.
struct ArticleController {
    /// The largest body of a new article: its text travels in it.
    private static let newArticleLimit = 32 * 1024 * 1024

    let services: Services

    var routes: [Route] { readingRoutes + writingRoutes }

    private var readingRoutes: [Route] {
        [
            Route(
                method: .get, path: "/v1/projects/{p}/articles", name: "listArticles", tag: "Articles",
                summary: "Articles by external id: all, or those that a search or a filter finds.",
                need: .project(.read), query: Self.filters + QueryParameter.page, replies: [.list("Article")],
                handler: list),
            Route(
                method: .get, path: "/v1/projects/{p}/articles/{article}", name: "getArticle", tag: "Articles",
                summary: "One article with its text, by id, external id, or an unambiguous beginning of either.",
                need: .project(.read),
                query: [
                    .word("annotations", ["true", "false"], "Whether its annotations are wanted too."), .unit,
                ],
                replies: [.row("ArticleView"), .notModified], handler: show),
            Route(
                method: .get, path: "/v1/projects/{p}/articles/{article}/versions", name: "listArticleVersions",
                tag: "Articles", summary: "The texts that an article has had, oldest first.", need: .project(.read),
                replies: [.list("ArticleVersion")]
            ) { call in
                let versions = try await services.articles.versions(try call.access, article: try call.path("article"))
                return .list(versions.map { .object(Row.articleVersion($0).json) }, next: nil)
            },
            Route(
                method: .get, path: "/v1/projects/{p}/article-texts/{sha256}", name: "getText", tag: "Articles",
                summary: "A text by its SHA-256, byte for byte.", need: .project(.read),
                replies: [.init(status: 200, type: "text/plain", hasETag: true), .notModified], handler: text),
        ]
    }

    private var writingRoutes: [Route] {
        [
            Route(
                method: .post, path: "/v1/projects/{p}/articles", name: "createArticle", tag: "Articles",
                summary: "Adds an article; the same again is the same article.", need: .project(.manage),
                body: .init(
                    schema: "NewArticle", members: ["id", "external_id", "metadata", "text"],
                    limit: Self.newArticleLimit),
                replies: [.row("Article", status: 201), .row("Article")], handler: create),
            Route(
                method: .patch, path: "/v1/projects/{p}/articles/{article}", name: "changeArticle", tag: "Articles",
                summary: "Sets members of the metadata; null takes one away.", need: .project(.manage),
                isGuarded: true, body: .init(schema: "ArticlePatch", members: ["metadata"]),
                replies: [.row("Article")], handler: change),
            Route(
                method: .delete, path: "/v1/projects/{p}/articles/{article}", name: "deleteArticle", tag: "Articles",
                summary: "Takes an article away, and with it all below it; it can be restored.",
                need: .project(.manage), isGuarded: true, replies: [.nothing], handler: delete),
            Route(
                method: .post, path: "/v1/projects/{p}/articles/{article}/restore", name: "restoreArticle",
                tag: "Articles", summary: "Brings a deleted article back with all that was below it.",
                need: .project(.manage), replies: [.row("Article")]
            ) { call in
                let article = try await services.articles.restore(try call.access, article: try call.path("article"))
                return .row(.object(Row.article(article).json), version: article.version)
            },
        ]
    }

    // MARK: Reading

    private static let filters: [QueryParameter] = [
        .text("q", "Words to search for in titles and texts, as in a web search: quotes, OR and - work."),
        .text("metadata", "A JSON object; the article's metadata has all its members with these values."),
        .text("label", "Has an annotation with this label."),
        .text("author", "Has an annotation by this user: a name or an id."),
        .word("state", AnnotationState.allCases.map(\.rawValue), "Has an annotation in this state."),
        .word("deleted", ["true", "false"], "Whether deleted articles are wanted instead. Managers only."),
    ]

    @Sendable private func list(_ call: Call) async throws -> Response {
        let access = try call.access
        var filter = ArticleFilter()
        if let text = call.request.query("metadata") {
            guard let object = (try? JSONValue(parsing: text))?.objectValue else {
                throw Problem.malformed("the parameter metadata must be a JSON object")
            }
            filter.metadata = object
        }
        filter.label = call.request.query("label")
        filter.author = try await services.members.authorID(call.request.query("author"), access)
        filter.state = try call.request.query("state", among: AnnotationState.allCases.map(\.rawValue))
            .flatMap { AnnotationState(rawValue: $0) }
        filter.query = call.request.query("q")
        filter.deleted = try call.request.query("deleted", among: ["true", "false"]) == "true"
        let found = try await services.articles.list(access, filter, after: call.after, limit: try call.limit)
        // Articles that came a moment ago may not be found yet: then it is not complete.
        return .list(found.page, isComplete: found.isComplete) { article, writer in
            article.writeCanonical(to: &writer, version: article.version)
        }
    }

    @Sendable private func show(_ call: Call) async throws -> Response {
        let access = try call.access
        let unit = try call.unit
        let withAnnotations = try call.request.query("annotations", among: ["true", "false"]) == "true"
        var view = try await services.articles.show(
            access, article: try call.path("article"), text: true, annotations: withAnnotations)
        let version = view.article.version
        // With annotations, whose changes are none of the article, the version does not tell whether all is the same.
        guard withAnnotations else { return call.row(view.json, version: version) }
        let conversion = view.text.map { text in
            OffsetConversion(unit: unit, texts: [view.article.articleVersion: ArticleText(text)])
        }
        if let conversion { view.annotations = view.annotations?.map { conversion.outgoing($0) } }
        return .row(.object(view.json), version: version)
    }

    /// Immutable under its name, but the right to read it may end: a cache asks again each time.
    @Sendable private func text(_ call: Call) async throws -> Response {
        let name = try call.path("sha256")
        guard let sha256 = SHA256Digest(hex: name) else { throw Problem.notFound("there is no text “\(name)”") }
        let text = try await services.articles.text(try call.access, sha256: sha256)
        let tag = "\"\(sha256.hex)\""
        let headers: HTTPFields = [
            .eTag: tag, .cacheControl: "private, no-cache", .contentType: "text/plain; charset=utf-8",
        ]
        guard !call.request.isSatisfied(byETag: tag) else { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    // MARK: Writing

    @Sendable private func create(_ call: Call) async throws -> Response {
        let draft = try ArticleDraft(try await call.object())
        let access = try call.access
        let (article, isNew) = try await services.articles.create(access, draft)
        let row = JSONValue.object(Row.article(article).json)
        guard isNew else { return .row(row, version: article.version) }
        return .created(
            row, location: "/v1/projects/\(access.project.id)/articles/\(article.id)", version: article.version)
    }

    @Sendable private func change(_ call: Call) async throws -> Response {
        let version = try call.expectedVersion
        guard let metadata = try await call.object().object("metadata") else {
            throw Problem.malformed("metadata is missing; an object is expected, in which null removes a key")
        }
        let article = try await services.articles.patchMetadata(
            try call.access, article: try call.path("article"), metadata, expecting: version)
        return .row(.object(Row.article(article).json), version: article.version)
    }

    @Sendable private func delete(_ call: Call) async throws -> Response {
        try await services.articles.delete(
            try call.access, article: try call.path("article"), expecting: try call.expectedVersion)
        return .noContent
    }
}
