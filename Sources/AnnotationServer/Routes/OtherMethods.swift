import HTTPTypes
import Hummingbird
import SyncProtocol

/// Answers for paths that are served by other methods: 405 that says which, and OPTIONS.
struct OtherMethods: RouterMiddleware {
    private let served: [(segments: [Substring], methods: [HTTPRequest.Method])]

    init(_ routes: [Route]) {
        var served: [(segments: [Substring], methods: [HTTPRequest.Method])] = []
        for route in routes {
            let segments = route.path.split(separator: "/")
            if let index = served.firstIndex(where: { $0.segments == segments }) {
                served[index].methods.append(route.method)
            } else {
                served.append((segments, [route.method]))
            }
        }
        self.served = served
    }

    func handle(
        _ request: Request, context: AppRequestContext,
        next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let methods = methods(at: request.uri.path)
            guard !methods.isEmpty else { throw error }
            return answer(request, methods)
        }
    }

    /// Of several that fit, the path that is spelt out counts: `…/bulk` before `…/{annotation}`.
    private func methods(at path: String) -> [HTTPRequest.Method] {
        let wanted = path.split(separator: "/")
        let fitting = served.filter { entry in
            entry.segments.count == wanted.count
                && zip(entry.segments, wanted).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        return fitting.min { Self.holes($0.segments) < Self.holes($1.segments) }?.methods ?? []
    }

    private static func holes(_ segments: [Substring]) -> Int { segments.count { $0.hasPrefix("{") } }

    private func answer(_ request: Request, _ methods: [HTTPRequest.Method]) -> Response {
        let allowed = methods + (methods.contains(.get) ? [.head] : []) + [.options]
        let allow = allowed.map(\.rawValue).joined(separator: ", ")
        guard request.method != .options else { return Response(status: .noContent, headers: [.allow: allow]) }
        var response = Problem(
            status: 405, code: "method_not_allowed", title: "Method not allowed",
            detail: "\(request.method) is not served at \(request.uri.path); \(allow) are"
        ).response()
        response.headers[.allow] = allow
        return response
    }
}
