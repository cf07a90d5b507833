import AnnotationModel
import AnnotationServer
import AnnotationServices
import AnnotationStore
import Foundation
import HTTPTypes
import JSONText
import Testing

@Suite("The description of the API")
struct OpenAPITests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/AnnotationServer/OpenAPI")

    private static func components() throws -> JSONObject {
        let bytes = try Data(contentsOf: folder.appending(path: "components.json"))
        return try #require(try JSONValue(parsing: Array(bytes)).objectValue)
    }

    /// Record it anew with MANICULE_RECORD_OPENAPI=1 after a route, a schema or a reply has changed.
    @Test("what is served and checked in is what the route table, the schemas and real replies make of it")
    func current() async throws {
        try await TestServer.with(ids: ExampleSession.ids()) { server in
            let routes = RouteTable(services: server.services).routes
            let examples = try await ExampleSession(server: server, routes: routes).run()
            for route in routes where route.replies.contains(where: { $0.schema != nil }) && route.name != "describe" {
                #expect(examples[route.name] != nil, "\(route.name) has no example")
            }
            let made = OpenAPIDocument.make(routes, components: try Self.components(), examples: examples)
            if ProcessInfo.processInfo.environment["MANICULE_RECORD_OPENAPI"] != nil {
                try Data((made.prettyText + "\n").utf8).write(to: Self.folder.appending(path: "openapi.json"))
                try Data(OpenAPIDocument.source(of: made).utf8)
                    .write(to: Self.folder.appending(path: "OpenAPIDocument+Text.swift"))
                return
            }
            let checkedIn = try Data(contentsOf: Self.folder.appending(path: "openapi.json"))
            #expect(
                String(decoding: checkedIn, as: UTF8.self) == made.prettyText + "\n",
                "record it anew: MANICULE_RECORD_OPENAPI=1 make test FILTER=OpenAPITests")
            let served = try await server.send(.get, "/v1/openapi.json")
            #expect(served.status == 200)
            #expect(served.bytes == made.canonicalBytes(), "built from an older description")
            let tag = try #require(served.header("ETag"))
            #expect(
                try await server.send(.get, "/v1/openapi.json", headers: ["If-None-Match": tag]).status == 304)
        }
    }

    @Test("every schema, parameter and member that a route names is described, and nothing else is")
    func complete() async throws {
        try await TestServer.with { server in
            let components = try Self.components()
            let schemas = try #require(components["schemas"]?.objectValue)
            let parameters = try #require(components["parameters"]?.objectValue)
            var used: Set<String> = ["Problem"]
            var names: Set<String> = []
            for route in RouteTable(services: server.services).routes {
                #expect(names.insert(route.name).inserted, "\(route.name) is there twice")
                #expect(route.summary.hasSuffix("."), "\(route.name)")
                for name in OpenAPIDocument.pathParameters(route.path) {
                    #expect(parameters[name] != nil, "\(route.path)")
                }
                used.formUnion(route.replies.compactMap(\.schema))
                guard let body = route.body else { continue }
                used.insert(body.schema)
                guard let members = body.members else { continue }
                let described = schemas[body.schema]?["properties"]?.objectValue
                #expect(Set(members) == Set(described?.keys ?? []), "\(route.name): \(body.schema)")
            }
            func follow(_ value: JSONValue) {
                switch value {
                case .object(let object):
                    if let reference = object["$ref"]?.stringValue, let name = reference.split(separator: "/").last,
                        used.insert(String(name)).inserted, let schema = schemas[String(name)]
                    {
                        follow(schema)
                    }
                    for member in object.members { follow(member.value) }
                case .array(let elements): for element in elements { follow(element) }
                default: break
                }
            }
            for name in used { follow(schemas[name] ?? .null) }
            #expect(used == Set(schemas.keys))
        }
    }

    @Test("a path that is served by other methods says which; an unknown parameter or member is refused by name")
    func strict() async throws {
        try await TestServer.with { server in
            let admin = try await server.token("alice", admin: true, scope: .admin)
            let wrong = try await server.send(.put, "/v1/projects", token: admin)
            #expect(wrong.status == 405)
            #expect(wrong.header("Allow") == "GET, POST, HEAD, OPTIONS")
            let bulk = try await server.send(.put, "/v1/projects/p/annotations/bulk", token: admin)
            #expect(bulk.status == 405)
            #expect(bulk.header("Allow") == "POST, OPTIONS")
            let zero = try await server.send(.get, "/v1/projects?after=a%00b", token: admin)
            #expect(zero.status == 400)
            #expect(try await server.send(.get, "/v1/users/a%00b", token: admin).status == 404)
            let misspelt = try await server.send(.get, "/v1/projects?limt=3", token: admin)
            #expect(misspelt.status == 400)
            #expect(try misspelt.json["detail"]?.stringValue?.contains("limt") == true)
            let member = try await server.send(
                .post, "/v1/projects", token: admin, json: ["name": "p", "titel": "x"])
            #expect(member.status == 400)
            #expect(try member.json["detail"]?.stringValue?.contains("titel") == true)
            let page = try await server.send(.get, "/")
            #expect(page.status == 200)
            #expect(page.header("Content-Type")?.hasPrefix("text/html") == true)
            #expect(String(decoding: page.bytes, as: UTF8.self).contains("/v1/openapi.json"))
        }
    }
}
