import AnnotationServices
import AnnotationStore
import HTTPTypes
package import JSONText

/// A request and its real reply, shown with the operation.
package struct OpenAPIExample: Sendable {
    package var status: Int
    package var request: JSONValue?
    package var reply: JSONValue?

    package init(status: Int, request: JSONValue?, reply: JSONValue?) {
        self.status = status
        self.request = request
        self.reply = reply
    }
}

extension OpenAPIDocument {
    /// Makes the description of all routes.
    ///
    /// - Parameters:
    ///   - components: `{info, tags, schemas, parameters}`, written by hand; `parameters` are those of paths.
    ///   - examples: by the operation's name.
    package static func make(
        _ routes: [Route], components: JSONObject, examples: [String: OpenAPIExample]
    ) -> JSONValue {
        var paths: [(String, JSONObject)] = []
        for route in routes {
            let operation = JSONValue.object(operation(route, examples[route.name]))
            let method = route.method.rawValue.lowercased()
            if let index = paths.firstIndex(where: { $0.0 == route.path }) {
                paths[index].1[method] = operation
            } else {
                var item = JSONObject()
                let names = pathParameters(route.path)
                if !names.isEmpty {
                    item["parameters"] = .array(names.map { reference("parameters", $0) })
                }
                item[method] = operation
                paths.append((route.path, item))
            }
        }
        return [
            "openapi": "3.1.0", "info": components["info"] ?? .null, "tags": components["tags"] ?? .null,
            "servers": [["url": "/"]],
            "paths": .object(JSONObject(paths.map { ($0.0, .object($0.1)) })),
            "components": [
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer", "description": "A token, or a session's text."],
                    "session": ["type": "apiKey", "in": "cookie", "name": "manicule_session"],
                ],
                "parameters": components["parameters"] ?? .null,
                "schemas": components["schemas"] ?? .null,
            ],
        ]
    }

    /// The names in braces, in order.
    package static func pathParameters(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    private static func operation(_ route: Route, _ example: OpenAPIExample?) -> JSONObject {
        var operation: JSONObject = [
            "operationId": .string(route.name), "tags": [.string(route.tag)], "summary": .string(route.summary),
            "description": .string(needs(route)),
            "security": route.need == .nothing ? [] : [["bearer": []], ["session": []]],
        ]
        var parameters = route.query.map { query($0) }
        if route.isGuarded {
            parameters.append([
                "name": "If-Match", "in": "header", "required": true,
                "description": "The ETag of the row as it was seen.",
                "schema": ["type": "string", "pattern": #"^("[0-9]{1,16}"|[0-9]{1,16})$"#], "example": #""1215""#,
            ])
        }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body = route.body {
            var content: JSONObject = ["schema": reference("schemas", body.schema)]
            if let request = example?.request { content["example"] = request }
            operation["requestBody"] = ["required": true, "content": ["application/json": .object(content)]]
        }
        operation["responses"] = .object(responses(route, example))
        return operation
    }

    private static func query(_ parameter: QueryParameter) -> JSONValue {
        var object: JSONObject = [
            "name": .string(parameter.name), "in": "query", "description": .string(parameter.summary),
            "schema": parameter.schema,
        ]
        if parameter.isRequired { object["required"] = true }
        return .object(object)
    }

    private static func needs(_ route: Route) -> String {
        switch route.need {
        case .nothing: "Open to everybody."
        case .account(let scope): "Needs a token of the scope `\(scope.rawValue)` or a session."
        case .administrator(let scope):
            "Needs an administrator's token of the scope `\(scope.rawValue)`, bound to no project, or session."
        case .project(.read): "Needs a member of the project, and a token of the scope `read`."
        case .project(.annotate):
            "Needs an annotator, reviewer or manager of the project, and a token of the scope `write`."
        case .project(.review): "Needs a reviewer or manager of the project, and a token of the scope `write`."
        case .project(.manage): "Needs a manager of the project, and a token of the scope `write`."
        }
    }

    // MARK: Replies

    private static func responses(_ route: Route, _ example: OpenAPIExample?) -> JSONObject {
        var responses = JSONObject()
        for reply in route.replies {
            var response: JSONObject = ["description": .string(description(of: reply))]
            if reply.hasETag {
                response["headers"] = [
                    "ETag": ["description": "The version of the row.", "schema": ["type": "string"]]
                ]
            }
            if let content = content(of: reply) {
                var content = content
                if example?.status == reply.status, let body = example?.reply { content["example"] = body }
                response["content"] = .object([reply.type: .object(content)])
            }
            responses[String(reply.status)] = .object(response)
        }
        for (status, text) in failures(of: route) {
            responses[String(status)] = [
                "description": .string(text),
                "content": ["application/problem+json": ["schema": reference("schemas", "Problem")]],
            ]
        }
        return responses
    }

    private static func content(of reply: Route.Reply) -> JSONObject? {
        guard reply.status < 300, reply.status != 204 else { return nil }
        guard let schema = reply.schema else { return ["schema": ["type": "string"]] }
        let item = reference("schemas", schema)
        guard reply.isList else { return ["schema": item] }
        return [
            "schema": [
                "type": "object", "required": ["items", "next"],
                "properties": [
                    "items": ["type": "array", "items": item],
                    "next": [
                        "type": ["string", "integer", "null"],
                        "description": "What `after` takes for the next page; null on the last.",
                    ],
                    "complete": [
                        "type": "boolean",
                        "description": "False where a search may have missed what came a moment ago.",
                    ],
                ],
            ]
        ]
    }

    private static func description(of reply: Route.Reply) -> String {
        switch reply.status {
        case 200: reply.isList ? "One page." : "Done."
        case 201: "Made; `Location` says where."
        case 204: "Done."
        case 304: "The caller has it already."
        default: "Answered."
        }
    }

    /// The problems that a route can answer with.
    private static func failures(of route: Route) -> [(Int, String)] {
        var failures = [(400, "Malformed: the detail says what and where.")]
        if route.need != .nothing {
            failures.append((401, "No token, or one that does not hold: log in again."))
            failures.append((403, "The role or the token's scope does not suffice."))
        } else if route.name == "logIn" {
            failures.append((401, "The name or the password is wrong."))
        }
        if route.path.contains("{") || route.tag == "Account" && route.need == .account(.admin) {
            failures.append((404, "Not there, or not for you."))
        }
        if route.method != .get {
            failures.append((409, "Contradicts what is there."))
            failures.append((422, "Well formed, and not acceptable."))
        } else if route.path.contains("/sync/") || route.path.contains("{article}") {
            failures.append((409, "Ambiguous, or of another history."))
        }
        if route.name == "listChanges" { failures.append((410, "The log begins later: take a snapshot.")) }
        if route.query.contains(where: { $0.name == "author" }) { failures.append((422, "Names nobody.")) }
        if route.isGuarded {
            failures.append((412, "Changed since it was seen; `details.current` is the row now."))
            failures.append((428, "`If-Match` is missing."))
        }
        if route.body != nil {
            failures.append((413, "Larger than allowed."))
            failures.append((415, "The body is not JSON, or not encoded as said."))
        }
        if route.tag == "Sync" { failures.append((426, "The client is too old.")) }
        failures.append((429, "Too many requests; `Retry-After` says when to come again."))
        failures.append((503, "Not now; `Retry-After` says when to come again."))
        var seen: Set<Int> = []
        return failures.filter { seen.insert($0.0).inserted }.sorted { $0.0 < $1.0 }
    }

    private static func reference(_ kind: String, _ name: String) -> JSONValue {
        ["$ref": .string("#/components/\(kind)/\(name)")]
    }
}
