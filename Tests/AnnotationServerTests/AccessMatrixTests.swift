import AnnotationModel
import AnnotationServer
import AnnotationServices
import AnnotationStore
import Digest
import HTTPTypes
import JSONText
import Postgres
import SyncProtocol
import Testing

/// Every route × everybody, made from the table that the server itself is made from: a new route is tested when it is
/// added.
@Suite("Who may do what: every route by every caller")
struct AccessMatrixTests {
    /// Somebody who calls.
    struct Caller: CustomTestStringConvertible {
        var name: String
        var token: String?
        var isValid = true
        var isAdmin = false
        /// In the project `p`.
        var role: Role?
        var scope: TokenScope = .admin
        /// The only project that the token opens.
        var bound: String?

        var testDescription: String { name }
    }

    enum Expectation: Equatable {
        case passed, unauthenticated, forbidden, hidden

        init(_ need: Route.Need, _ caller: Caller) {
            guard need != .nothing else {
                self = .passed
                return
            }
            guard caller.isValid else {
                self = .unauthenticated
                return
            }
            switch need {
            case .nothing: self = .passed
            case .account(let scope):
                self = caller.scope >= scope && (scope < .admin || caller.bound == nil) ? .passed : .forbidden
            case .administrator(let scope):
                self = caller.isAdmin && caller.bound == nil && caller.scope >= scope ? .passed : .forbidden
            case .project(let need):
                guard caller.role != nil || caller.isAdmin else {
                    self = .hidden
                    return
                }
                let isSufficient: Bool =
                    switch (need, caller.role ?? .manager) {
                    case (.read, _): true
                    case (.annotate, let role): role != .viewer
                    case (.review, let role): role == .reviewer || role == .manager
                    case (.manage, let role): role == .manager
                    }
                let hasScope = caller.scope >= (need == .read ? .read : .write)
                self = caller.bound == nil && hasScope && isSufficient ? .passed : .forbidden
            }
        }
    }

    @Test("what a route needs is what it asks: no token, a bad one, each role, each scope, a bound token")
    func everybody() async throws {
        try await TestServer.with { server in
            _ = try await server.project()
            _ = try await server.project("other")
            let callers = try await Self.callers(server)
            let routes = RouteTable(services: server.services).routes
            #expect(routes.count > 50)
            for route in routes {
                for caller in callers {
                    let expected = Expectation(route.need, caller)
                    let reply = try await Self.ask(server, route, caller.token, project: "p")
                    Self.check(reply, expected, route, caller)
                }
            }
        }
    }

    private static func check(
        _ reply: TestServer.Reply, _ expected: Expectation, _ route: Route, _ caller: Caller
    ) {
        let place = "\(route.method) \(route.path) by \(caller.name): \(reply.status)"
        #expect(reply.status < 500, "\(place)")
        switch expected {
        case .unauthenticated:
            #expect(reply.status == 401, "\(place)")
            #expect(reply.code == "auth_expired", "\(place)")
        case .forbidden:
            #expect(reply.status == 403, "\(place)")
            #expect(reply.code == "not_allowed", "\(place)")
        case .hidden:
            #expect(reply.status == 404, "\(place)")
            #expect(reply.code == "not_found", "\(place)")
        case .passed:
            // A login with what is no password is no question of rights; annotations belong to members.
            guard route.name != "logIn", caller.role != nil || !caller.isAdmin || !Self.writesRows(route) else {
                return
            }
            #expect(reply.status != 401 && reply.status != 403, "\(place)")
            #expect(!String(decoding: reply.bytes, as: UTF8.self).contains("there is no project"), "\(place)")
        }
    }

    private static func writesRows(_ route: Route) -> Bool {
        route.need == .project(.annotate) || route.need == .project(.review)
    }

    @Test("a foreign project answers as a missing one does, word for word, in every route")
    func foreignProjects() async throws {
        try await TestServer.with { server in
            let project = try await server.project("secret")
            let stranger = try await server.token("mallory", scope: .admin)
            for route in RouteTable(services: server.services).routes {
                guard case .project = route.need else { continue }
                let absent = IDSource.system.id().text
                for (there, missing) in [("secret", "absent"), (project.id.text, absent)] {
                    let first = try await Self.ask(server, route, stranger, project: there)
                    let second = try await Self.ask(server, route, stranger, project: missing)
                    #expect(first.status == 404, "\(route.method) \(route.path)")
                    #expect(first.status == second.status)
                    let text = String(decoding: first.bytes, as: UTF8.self).replacing(there, with: missing)
                    #expect(text == String(decoding: second.bytes, as: UTF8.self), "\(route.method) \(route.path)")
                }
            }
        }
    }

    @Test("a row of another project, and one in another's layer, answer as a missing one does, word for word")
    func foreignRows() async throws {
        try await AnnotationWritingTests.with(visibility: .own) { fixture in
            let server = fixture.server
            _ = try await server.project("other")
            let manager = try await server.token("mia", scope: .admin)
            let foreign = try await Self.rows(server, "other", author: "bob")
            let hidden = try await Self.rows(server, "p", author: "bob")
            let annotator = fixture.carol
            for route in RouteTable(services: server.services).routes {
                guard case .project = route.need else { continue }
                guard let name = OpenAPIDocument.pathParameters(route.path).last, let row = foreign[name] else {
                    continue
                }
                try await Self.compare(server, route, manager, name, row)
                // Articles are shown to every annotator here; what hangs on bob's annotations only to bob.
                if let row = hidden[name], name != "article" {
                    try await Self.compare(server, route, annotator, name, row)
                }
            }
        }
    }

    /// What each route that names a row would take.
    private static let bodies: [String: JSONValue] = [
        "changeArticle": ["metadata": ["a": 1]], "changeAnnotation": ["state": "final"],
        "changeRelation": ["label": "PER"], "changeComment": ["text": "y"], "changeReview": ["decision": "reject"],
        "resolveConflict": ["choice": "kept"],
    ]

    private static func compare(
        _ server: TestServer, _ route: Route, _ token: String, _ name: String, _ id: EntityID
    ) async throws {
        let absent = IDSource.system.id().text
        let body = bodies[route.name]
        #expect(body != nil || route.body == nil, "a body for \(route.name) is missing in this test")
        let first = try await ask(server, route, token, project: "p", ids: [name: id.text], body: body)
        let second = try await ask(server, route, token, project: "p", ids: [name: absent], body: body)
        let place = "\(route.method) \(route.path)"
        #expect(first.status == second.status, "\(place)")
        #expect([403, 404].contains(first.status), "\(place): \(first.status)")
        let text = String(decoding: first.bytes, as: UTF8.self).replacing(id.text, with: absent)
        #expect(text == String(decoding: second.bytes, as: UTF8.self), "\(place)")
    }

    // MARK: Asking

    /// A request that is well formed as far as rights go: its body is an object that no route takes for good.
    private static func ask(
        _ server: TestServer, _ route: Route, _ token: String?, project: String, ids: [String: String] = [:],
        body good: JSONValue? = nil
    ) async throws -> TestServer.Reply {
        var path = route.path
        for name in OpenAPIDocument.pathParameters(path) {
            let value = name == "p" ? project : ids[name] ?? stand(name)
            path = path.replacing("{\(name)}", with: value)
        }
        let query = route.query.filter(\.isRequired).map { "\($0.name)=\(IDSource.system.id())" }
        if !query.isEmpty { path += "?" + query.joined(separator: "&") }
        guard let method = Method(rawValue: route.method.rawValue) else { throw UnknownMethod() }
        let bad: [UInt8]? = route.body == nil ? nil : Array(#"{"no such member": 1}"#.utf8)
        return try await server.send(
            method, path, token: token, body: good?.canonicalBytes() ?? bad,
            headers: ids.isEmpty ? [:] : ["If-Match": "\"1\""])
    }

    /// A value that names nothing.
    private static func stand(_ parameter: String) -> String {
        switch parameter {
        case "sha256": String(repeating: "a", count: 64)
        case "key", "user": "nobody-here"
        default: "01900000-0000-7000-8000-000000000000"
        }
    }

    private struct UnknownMethod: Error {}

    // MARK: The world

    private static func callers(_ server: TestServer) async throws -> [Caller] {
        var callers = [
            Caller(name: "nobody", token: nil, isValid: false),
            Caller(name: "a guess", token: "mnc_" + String(repeating: "0", count: 64), isValid: false),
            Caller(name: "nonsense", token: "nonsense", isValid: false),
        ]
        for role in [Role.manager, .reviewer, .annotator, .viewer] {
            let user = "the-\(role.rawValue)"
            _ = try await server.token(user)
            _ = try await server.services.members.add(user, role: role, project: "p", by: server.admin)
            for scope in TokenScope.allCases {
                callers.append(
                    Caller(
                        name: "\(user) (\(scope.rawValue))", token: try await server.token(user, scope: scope),
                        role: role, scope: scope))
            }
        }
        _ = try await server.services.members.add("the-manager", role: .manager, project: "other", by: server.admin)
        let bound = try await server.token("the-manager", scope: .admin, project: "other")
        callers.append(Caller(name: "bound to another project", token: bound, role: .manager, bound: "other"))
        for scope in TokenScope.allCases {
            let token = try await server.token("root", admin: true, scope: scope)
            callers.append(
                Caller(name: "administrator (\(scope.rawValue))", token: token, isAdmin: true, scope: scope))
        }
        callers.append(Caller(name: "stranger", token: try await server.token("stranger", scope: .admin)))

        let removed = try await server.token("removed", scope: .admin)
        _ = try await server.services.members.add("removed", role: .manager, project: "p", by: server.admin)
        try await server.services.members.remove("removed", project: "p", by: server.admin)
        callers.append(Caller(name: "removed member", token: removed))
        return callers + (try await ended(server))
    }

    /// Managers whose tokens do not hold any more.
    private static func ended(_ server: TestServer) async throws -> [Caller] {
        var callers: [Caller] = []
        for name in ["expired", "revoked", "disabled"] {
            let token = try await server.token(
                name, scope: .admin, expiresAt: name == "expired" ? Timestamp.now().adding(seconds: 3600) : nil)
            _ = try await server.services.members.add(name, role: .manager, project: "p", by: server.admin)
            callers.append(Caller(name: name, token: token, isValid: false, role: .manager))
        }
        try await server.services.database.client.query(
            "UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL")
        for token in try await server.services.tokens.list(user: "revoked", by: server.admin) {
            _ = try await server.services.tokens.revoke(token.id.text, by: server.admin)
        }
        _ = try await server.services.accounts.setDisabled("disabled", true, by: server.admin)
        return callers
    }

    /// One row of each kind, by the name of the path parameter that would name it.
    private static func rows(
        _ server: TestServer, _ project: String, author: String
    ) async throws -> [String: EntityID] {
        let bob = try await server.token(author)
        let manager = try await server.token("mona")
        _ = try await server.services.members.add("mona", role: .manager, project: project, by: server.admin)
        let text = "Marie Curie"
        func make(_ path: String, _ token: String, _ json: JSONValue) async throws -> EntityID {
            let reply = try await server.send(.post, "/v1/projects/\(project)/\(path)", token: token, json: json)
            #expect(reply.status == 201)
            return try #require(try reply.json["id"]?.stringValue.flatMap { EntityID($0) })
        }
        func annotation(_ article: EntityID, _ start: Int, _ quote: String) async throws -> EntityID {
            try await make(
                "annotations", bob,
                [
                    "article_id": .string(article.text), "layer": "own", "label": "PER",
                    "anchor": [
                        "article_version": .string(SHA256.hash(text).hex),
                        "spans": [
                            [
                                "start": .number(Double(start)), "end": .number(Double(start + 5)),
                                "quote": .string(quote),
                            ]
                        ],
                    ],
                ])
        }
        var ids: [String: EntityID] = [:]
        let article = try await make("articles", manager, ["external_id": "rows", "text": .string(text)])
        ids["article"] = article
        let first = try await annotation(article, 0, "Marie")
        let second = try await annotation(article, 6, "Curie")
        ids["annotation"] = first
        ids["relation"] = try await make(
            "relations", bob,
            [
                "article_id": .string(article.text), "layer": "own", "label": "said_by", "from": .string(first.text),
                "to": .string(second.text),
            ])
        ids["comment"] = try await make("comments", bob, ["annotation_id": .string(first.text), "text": "x"])
        ids["review"] = try await make(
            "reviews", manager, ["annotation_id": .string(first.text), "decision": "accept"])
        return ids
    }
}
