import AnnotationModel
import AnnotationServices
import HTTPTypes
import Hummingbird
import JSONText
import SyncProtocol

/// One request on its way through its route, with what has been found out about who asks.
struct Call: Sendable {
    let request: Request
    let context: AppRequestContext
    let route: Route
    private let entered: ProjectAccess?

    init(_ request: Request, _ context: AppRequestContext, route: Route, access: ProjectAccess? = nil) {
        self.request = request
        self.context = context
        self.route = route
        entered = access
    }

    /// Who asks; there unless the route needs nothing.
    var principal: Principal {
        get throws { try context.authenticated() }
    }

    /// The project of the path, and what the caller may do there; there where the route needs a project.
    var access: ProjectAccess {
        get throws(Problem) {
            guard let entered else { throw .internalError("the route \(route.name) has not entered its project") }
            return entered
        }
    }

    func path(_ name: String) throws -> String { try context.path(name) }

    func pathID(_ name: String) throws -> EntityID { try context.pathID(name) }

    /// The request's body, of which every member is known.
    func object() async throws -> RowReader {
        guard let body = route.body else { throw Problem.internalError("the route \(route.name) takes no body") }
        let reader = try await request.object(upTo: body.limit)
        if let members = body.members,
            let stranger = reader.object.keys.first(where: { key in
                !members.contains { ExactString.equal($0, key) }
            })
        {
            throw Problem.malformed(
                "the member “\(stranger.prefix(60))” is unknown here; \(members.joined(separator: ", ")) are known")
        }
        return reader
    }

    var limit: Int {
        get throws { try request.pageLimit() }
    }

    /// Where the page begins; nil at the start.
    var after: String? { request.query("after").flatMap { $0.isEmpty ? nil : $0 } }

    /// The same where rows are listed by their ids.
    var afterID: EntityID? {
        get throws(Problem) {
            guard let after else { return nil }
            guard let id = EntityID(after) else { throw .malformed("after must be what a page gave as next") }
            return id
        }
    }

    /// What the caller counts in.
    var unit: OffsetUnit {
        get throws {
            let words = OffsetUnit.allCases.map(\.rawValue)
            return try request.query("unit", among: words).flatMap { OffsetUnit(rawValue: $0) } ?? .codepoint
        }
    }

    /// The version that `If-Match` names: 428 without one.
    var expectedVersion: Int64 {
        get throws { try request.expectedVersion() }
    }

    /// One row with its version as ETag; 304 without it where the caller has it already.
    func row(_ value: JSONObject, version: Int64) -> Response {
        guard !request.isSatisfied(byETag: "\"\(version)\"") else {
            return Response(
                status: .notModified, headers: [.eTag: "\"\(version)\"", .cacheControl: "private, no-cache"])
        }
        return .json(.object(value), headers: [.eTag: "\"\(version)\"", .cacheControl: "private, no-cache"])
    }
}

extension Request {
    /// Whether `If-None-Match` names this ETag.
    func isSatisfied(byETag tag: String) -> Bool {
        guard let header = headers[.ifNoneMatch] else { return false }
        return header.split(separator: ",").contains { part in
            let part = part.trimmingSpaces
            return part == "*" || part == tag || part == "W/\(tag)"
        }
    }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmingSpaces: Substring {
        var rest = drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
