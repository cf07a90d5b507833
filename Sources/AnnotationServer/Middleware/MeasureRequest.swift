import HTTPTypes
import Hummingbird

/// Counts and times each request under its route's pattern.
struct MeasureRequest: RouterMiddleware {
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    let metrics: Metrics

    private static func statusClass(_ status: Int) -> String {
        switch status {
        case 200..<300: "2xx"
        case 400..<500: "4xx"
        default: "\(status / 100)xx"
        }
    }

    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        metrics.begin()
        let method = request.method.rawValue
        func end(_ status: Int) {
            let (seconds, attoseconds) = (clock.now - start).components
            metrics.end(
                Metrics.Key(
                    // What a client can make up must not become a label.
                    method: Self.methods.contains(method) ? method : "other",
                    route: context.endpointPath ?? "none", status: Self.statusClass(status)),
                seconds: Double(seconds) + Double(attoseconds) / 1e18)
        }
        do {
            let response = try await next(request, context)
            end(response.status.code)
            return response
        } catch {
            end(500)
            throw error
        }
    }
}
