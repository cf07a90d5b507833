import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import NIOCore
import SyncProtocol

/// What operators ask for: metrics, and on a port of their own health and readiness too.
struct OperationsRoutes {
    let edge: Edge

    func addHealth(to router: Router<AppRequestContext>) {
        router.get("healthz") { _, _ in Response.json(["status": "ok"]) }
        router.get("readyz") { _, _ in
            try await Readiness.check(edge.services.database.client)
            return Response.json(["status": "ready"])
        }
    }

    /// - Parameter isOpen: without a token, for a port that only this machine can reach.
    func addMetrics(to router: Router<AppRequestContext>, isOpen: Bool) {
        router.get("metrics") { request, _ in
            if !isOpen { try await requireAdmin(request) }
            return Response(
                status: .ok, headers: [.contentType: Exposition.contentType, .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(string: edge.exposition())))
        }
    }

    private func requireAdmin(_ request: Request) async throws {
        guard let token = request.bearerToken else {
            throw Problem.authExpired(
                "metrics need a token of an administrator, or the port of --admin-port on the server's own machine")
        }
        try await edge.services.logins.authenticate(bearer: token).requireAdmin(scope: .read)
    }
}
