import AnnotationStore
import Hummingbird
import JSONText
import Logging
import SyncProtocol

/// Whether the process lives, and whether it can do its work.
struct HealthController {
    let database: Database

    func addRoutes(to router: Router<AppRequestContext>) {
        router.get("healthz") { _, _ in Response.json(["status": "ok"]) }
        router.get("readyz", use: ready)
    }

    @Sendable func ready(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        do {
            try await SchemaCheck().run(database.client)
            return .json(["status": "ready"])
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as StoreError {
            throw Problem.unavailable(retryAfter: 5, error.message)
        } catch {
            context.logger.warning("not ready", metadata: ["error": .string(String(describing: error))])
            throw Problem.unavailable(retryAfter: 5, "the database cannot be reached")
        }
    }
}
