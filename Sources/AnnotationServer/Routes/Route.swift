package import AnnotationServices
package import AnnotationStore
package import HTTPTypes
import Hummingbird
import JSONText

/// One route: its place, who may use it, what goes in and what comes out, and what it does.
///
/// Routing, the OpenAPI description and the tests of rights are all made from the same table of these.
package struct Route: Sendable {
    typealias Handler = @Sendable (Call) async throws -> Response

    /// What is asked of whoever calls, before the handler runs.
    package enum Need: Sendable, Hashable {
        /// No token.
        case nothing
        /// A valid token or session of at least this scope; the scope `admin` is also bound to no project.
        case account(TokenScope)
        /// One of an administrator, of at least this scope, bound to no project.
        case administrator(TokenScope)
        /// A member of the project `{p}` with this right; the token has the scope that goes with it.
        case project(ProjectNeed)
    }

    /// A JSON object that the request brings.
    package struct Body: Sendable, Hashable {
        /// The name of its schema.
        package var schema: String
        /// The members it may have; nil where they are checked elsewhere.
        package var members: [String]?
        package var limit = Request.bodyLimit
    }

    /// What a good request is answered with.
    package struct Reply: Sendable, Hashable {
        package var status: Int
        /// The name of the schema of the body, or of one item of a list; nil: no body.
        package var schema: String?
        package var isList = false
        package var type = "application/json"
        package var hasETag = false
    }

    package var method: HTTPRequest.Method
    /// With parameters in braces: `/v1/projects/{p}`.
    package var path: String
    /// The operation's name, for generated clients: unique, in camel case.
    package var name: String
    /// The group under which it is described.
    package var tag: String
    /// One sentence.
    package var summary: String
    package var need: Need
    package var query: [QueryParameter] = []
    /// `If-Match` is asked for.
    package var isGuarded = false
    package var body: Body?
    /// The first is the usual one.
    package var replies: [Reply]
    var handler: Handler
}

extension Route.Reply {
    static func object(_ schema: String, status: Int = 200) -> Self { Self(status: status, schema: schema) }
    /// One row with its version as ETag.
    static func row(_ schema: String, status: Int = 200) -> Self {
        Self(status: status, schema: schema, hasETag: true)
    }
    static func list(_ schema: String) -> Self { Self(status: 200, schema: schema, isList: true) }
    static let nothing = Self(status: 204)
    static let notModified = Self(status: 304)
}
