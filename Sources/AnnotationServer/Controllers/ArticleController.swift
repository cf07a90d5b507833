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
    let services: Services

    func addRoutes(to group: RouterGroup<AppRequestContext>) {
        group.get("projects/:p/articles", use: list)
        group.get("projects/:p/articles/:id", use: show)
        group.patch("projects/:p/articles/:id", use: change)
        group.delete("projects/:p/articles/:id", use: delete)
        group.post("projects/:p/articles/:id/restore", use: restore)
        group.get("projects/:p/article-texts/:sha256", use: text)
    }

    @Sendable func list(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let access = try await access(context, .read)
        let page = try await services.articles.list(
            access, after: request.query("after"), limit: try request.pageLimit())
        return .list(page.items.map { .object(Row.article($0).json) }, next: page.next)
    }

    @Sendable func show(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let view = try await services.articles.show(
            try await access(context, .read), article: try context.path("id"), text: true,
            annotations: try request.query("annotations", among: ["true", "false"]) == "true")
        return .row(.object(view.json), version: view.article.version)
    }

    @Sendable func change(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let version = try request.expectedVersion()
        let body = try await request.object()
        guard let metadata = try body.object("metadata") else {
            throw Problem.malformed("metadata is missing; an object is expected, in which null removes a key")
        }
        let article = try await services.articles.patchMetadata(
            try await access(context, .manage), article: try context.path("id"), metadata, expecting: version)
        return .row(.object(Row.article(article).json), version: article.version)
    }

    @Sendable func delete(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let version = try request.expectedVersion()
        _ = try await services.articles.delete(
            try await access(context, .manage), article: try context.path("id"), expecting: version)
        return .noContent
    }

    @Sendable func restore(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let article = try await services.articles.restore(
            try await access(context, .manage), article: try context.path("id"))
        return .row(.object(Row.article(article).json), version: article.version)
    }

    /// Immutable under its name, but the right to read it may end: a cache asks again each time.
    @Sendable func text(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let access = try await access(context, .read)
        let name = try context.path("sha256")
        guard let sha256 = SHA256Digest(hex: name) else { throw Problem.notFound("there is no text “\(name)”") }
        let text = try await services.articles.text(access, sha256: sha256)
        let headers: HTTPFields = [
            .eTag: "\"\(sha256.hex)\"", .cacheControl: "private, no-cache", .contentType: "text/plain; charset=utf-8",
        ]
        guard request.headers[.ifNoneMatch] != "\"\(sha256.hex)\"" else {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private func access(_ context: AppRequestContext, _ need: ProjectNeed) async throws -> ProjectAccess {
        try await services.projects.rights(try context.path("p"), try context.authenticated(), need)
    }
}
