import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import Logging
import NIOCore
import SyncProtocol

/// The instance itself: what it is, whether it lives, and how it is spoken to.
struct InstanceController {
    let services: Services

    var routes: [Route] {
        [
            Route(
                method: .get, path: "/", name: "welcome", tag: "Instance", summary: "A page that says what this is.",
                need: .nothing, replies: [.init(status: 200, type: "text/html")], handler: welcome),
            Route(
                method: .get, path: "/v1/openapi.json", name: "describe", tag: "Instance",
                summary: "This description, as OpenAPI 3.1.", need: .nothing,
                replies: [.init(status: 200, schema: "Description", hasETag: true), .notModified], handler: describe),
            Route(
                method: .get, path: "/healthz", name: "isAlive", tag: "Instance",
                summary: "Whether the process lives.", need: .nothing, replies: [.object("Health")]
            ) { _ in .json(["status": "ok"]) },
            Route(
                method: .get, path: "/readyz", name: "isReady", tag: "Instance",
                summary: "Whether the server can do its work; 503 tells what is wrong.", need: .nothing,
                replies: [.object("Health")], handler: ready),
        ]
    }

    @Sendable private func welcome(_ call: Call) async throws -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8",
                .contentSecurityPolicy: "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
                .cacheControl: "no-cache",
            ],
            body: .init(byteBuffer: ByteBuffer(string: WelcomePage.html)))
    }

    @Sendable private func describe(_ call: Call) async throws -> Response {
        let headers: HTTPFields = [
            .eTag: OpenAPIDocument.tag, .cacheControl: "public, no-cache", .contentType: "application/json",
        ]
        guard !call.request.isSatisfied(byETag: OpenAPIDocument.tag) else {
            return Response(status: .notModified, headers: headers)
        }
        return .json(bytes: OpenAPIDocument.bytes, headers: headers)
    }

    @Sendable private func ready(_ call: Call) async throws -> Response {
        try await Readiness.check(services.database.client)
        return .json(["status": "ready"])
    }
}
