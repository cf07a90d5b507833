import AnnotationModel
import AnnotationServer
import AnnotationServices
import AnnotationStore
import Digest
import HTTPTypes
import JSONText
import Synchronization
import Testing

/// Uses every route once, against a real server, and keeps what was sent and answered. Ids and times are counted, so
/// that a second run gives the same bytes; secrets are struck out.
final class ExampleSession {
    /// Ids and times that come in the same order each time.
    static func ids() -> IDSource {
        let clock = Mutex(Int64(1_790_000_000_000_000))
        let counter = Mutex(UInt64(0))
        return IDSource(
            now: {
                clock.withLock { now in
                    now += 1_000_000
                    return Timestamp(microseconds: now)
                }
            },
            random: {
                counter.withLock { count in
                    count += 1
                    return count &* 0x9e37_79b9_7f4a_7c15
                }
            })
    }

    private static let text = "Marie Curie reçut le prix Nobel à Stockholm. « Rien n'est à craindre », disait-elle."

    private let server: TestServer
    private let routes: [String: Route]
    private var examples: [String: OpenAPIExample] = [:]
    private var etag = ""
    private var token = ""

    init(server: TestServer, routes: [Route]) {
        self.server = server
        self.routes = Dictionary(routes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The examples by the operation's name.
    func run() async throws -> [String: OpenAPIExample] {
        try await accounts()
        try await projects()
        try await articles()
        try await annotations()
        try await sync()
        try await endings()
        return examples
    }

    // MARK: Steps

    /// Sends one request and keeps it with its reply.
    @discardableResult
    private func step(
        _ name: String, _ path: [String: String] = [:], query: String = "", _ body: JSONValue? = nil,
        as other: String? = nil, expecting status: Int? = nil
    ) async throws -> JSONValue {
        let route = try #require(routes[name], "\(name) is no route")
        var address = route.path
        for parameter in OpenAPIDocument.pathParameters(address) {
            let value = parameter == "p" ? "presse" : try #require(path[parameter], "\(name): \(parameter)")
            address = address.replacing("{\(parameter)}", with: value)
        }
        let method = try #require(Method(rawValue: route.method.rawValue))
        let reply = try await server.send(
            method, address + query, token: route.need == .nothing ? nil : other ?? token,
            body: body?.canonicalBytes(), headers: route.isGuarded ? ["If-Match": etag] : [:])
        let expected = status ?? route.replies[0].status
        #expect(reply.status == expected, "\(name): \(String(decoding: reply.bytes, as: UTF8.self))")
        if let tag = reply.header("ETag") { etag = tag }
        let json = reply.bytes.isEmpty ? nil : try? reply.json
        if examples[name] == nil {
            examples[name] = OpenAPIExample(
                status: reply.status, request: body.map { Self.harmless($0) }, reply: json.map { Self.harmless($0) })
        }
        return json ?? .null
    }

    /// Without secrets.
    private static func harmless(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            JSONValue.object(
                JSONObject(
                    object.members.map { member in
                        let isSecret = ["token", "password", "current", "new"].contains(member.key)
                        return (member.key, isSecret && member.value.stringValue != nil ? "…" : harmless(member.value))
                    }))
        case .array(let elements): .array(elements.map { harmless($0) })
        default: value
        }
    }

    private func id(_ value: JSONValue) throws -> String { try #require(value["id"]?.stringValue) }

    private func accounts() async throws {
        _ = try await server.services.accounts.add(
            name: "alice", password: "correct horse battery", isAdmin: true, by: server.admin)
        try await step("isAlive")
        try await step("isReady")
        let session = try await step("logIn", ["": ""], ["name": "alice", "password": "correct horse battery"])
        token = try #require(session["token"]?.stringValue)
        try await step("getMe")
        for name in ["bob", "carol"] { try await step("createUser", [:], ["name": .string(name)]) }
        try await step("listUsers")
        try await step("getUser", ["user": "bob"])
        try await step("changeUser", ["user": "carol"], ["disabled": false])
        let made = try await step("createToken", [:], ["name": "laptop", "scope": "write", "user": "bob"])
        try await step("listTokens", query: "?user=bob")
        try await step("getToken", ["token": try id(made)])
        try await step("revokeToken", ["token": try id(made)])
    }

    private func projects() async throws {
        try await step(
            "createProject", [:],
            [
                "name": "presse", "title": "Presse", "language": "fr", "visibility": "all",
                "labels": [
                    ["key": "PER", "name": "Personne", "kind": "span", "color": "#d2691e", "shortcut": "p"],
                    ["key": "QUOTE", "name": "Citation", "kind": "span"],
                ],
            ])
        try await step("listProjects")
        try await step("getProject")
        try await step("changeProject", [:], ["title": "Presse française"])
        for (name, role) in [("bob", "annotator"), ("carol", "viewer")] {
            try await step("addMember", [:], ["name": .string(name), "role": .string(role)])
        }
        try await step("listMembers")
        try await step("getMember", ["user": "carol"])
        try await step("changeMember", ["user": "carol"], ["role": "reviewer"])
        try await step(
            "addLabel", [:],
            ["key": "said_by", "name": "Dit par", "kind": "relation", "from": ["QUOTE"], "to": ["PER"]])
        try await step("listLabels")
        try await step("getLabel", ["key": "PER"])
        try await step("changeLabel", ["key": "PER"], ["name": "Personne citée"])
    }

    private func articles() async throws {
        let article = try await step(
            "createArticle", [:],
            ["external_id": "1903-12", "metadata": ["title": "Le prix Nobel"], "text": .string(Self.text)])
        try await step("listArticles", query: "?q=prix")
        let path = ["article": try id(article)]
        try await step("getArticle", path, query: "?annotations=true")
        try await step("changeArticle", path, ["metadata": ["date": "1903-12-10"]])
        try await step("listArticleVersions", path)
    }

    private func annotations() async throws {
        let bob = try await server.token("bob")
        let carol = try await server.token("carol")
        let articles = try await step("listArticles")
        let article = try #require(articles["items"]?.arrayValue?.first?["id"])
        func content(_ label: String, _ start: Int, _ end: Int) -> JSONValue {
            let scalars = Self.text.unicodeScalars
            let from = scalars.index(scalars.startIndex, offsetBy: start)
            let quote = String(scalars[from..<scalars.index(from, offsetBy: end - start)])
            return [
                "article_id": article, "layer": "own", "label": .string(label),
                "anchor": [
                    "article_version": .string(SHA256.hash(Self.text).hex),
                    "spans": [
                        [
                            "start": .number(Double(start)), "end": .number(Double(end)), "quote": .string(quote),
                        ]
                    ],
                ],
            ]
        }
        let person = try await step("createAnnotation", [:], content("PER", 0, 11), as: bob)
        let path = ["annotation": try id(person)]
        try await step("changeAnnotation", path, ["state": "final"], as: bob)
        let made = try await step(
            "createAnnotations", [:], ["items": [content("QUOTE", 47, 69), content("NONE", 0, 5)]], as: bob)
        let quote = try #require(made["items"]?.arrayValue?.first?["id"])
        let comment = try await step(
            "createComment", [:], ["annotation_id": person["id"] ?? .null, "text": "Elle seule ?"], as: carol)
        try await step("getComment", ["comment": try id(comment)])
        try await step("changeComment", ["comment": try id(comment)], ["text": "Avec Pierre ?"], as: carol)
        let review = try await step(
            "createReview", [:], ["annotation_id": person["id"] ?? .null, "decision": "accept"], as: carol)
        try await step("getReview", ["review": try id(review)])
        try await step("changeReview", ["review": try id(review)], ["decision": "unsure"], as: carol)
        let relation = try await step(
            "createRelation", [:],
            ["article_id": article, "layer": "own", "label": "said_by", "from": quote, "to": person["id"] ?? .null],
            as: bob)
        try await step("getRelation", ["relation": try id(relation)])
        try await step("changeRelation", ["relation": try id(relation)], ["attributes": [:]], as: bob)
        try await step("getAnnotation", path)
        for name in ["listAnnotations", "listRelations", "listComments", "listReviews"] { try await step(name) }
        try await step("getStatistics")
        try await step("listProjectAudit", query: "?limit=2")
        try await step("listAudit", query: "?limit=2")
    }

    /// Two devices of bob's set another label while both are offline: a conflict.
    private func sync() async throws {
        let bob = try await server.token("bob")
        let project = try await step("getProject")
        let epoch = try #require(project["epoch"])
        let annotations = try await step("listAnnotations", query: "?label=PER")
        let annotation = try #require(annotations["items"]?.arrayValue?.first?["id"])
        for (client, label) in [("0199", "QUOTE"), ("019a", "PER")] {
            let id = "\(client)0000-0000-7000-8000-000000000001"
            try await step(
                "registerClient", ["client_id": id], ["device": "laptop", "schema_version": 1], as: bob)
            try await step(
                "exchange", [:],
                [
                    "protocol": 1, "client_id": .string(id), "schema_version": 1,
                    "epoch": epoch, "since": 0, "at": .null, "limit": 2,
                    "mutations": [
                        [
                            "n": 1,
                            "ops": [
                                [
                                    "op": "update", "entity": "annotation", "id": annotation,
                                    "was": ["label": label == "PER" ? "OTHER" : "PER"],
                                    "set": ["label": .string(label)],
                                ]
                            ],
                        ],
                        ["n": 2, "ops": [["op": "delete", "entity": "label", "id": annotation, "was": "x"]]],
                    ],
                ], as: bob)
        }
        try await step("listChanges", query: "?epoch=\(epoch.stringValue ?? "")&limit=2", as: bob)
        try await step(
            "listRejections", query: "?client_id=01990000-0000-7000-8000-000000000001", as: bob)
        let conflicts = try await step("listConflicts", query: "?state=open")
        let conflict = ["conflict": try id(try #require(conflicts["items"]?.arrayValue?.first))]
        try await step("getConflict", conflict)
        try await step("resolveConflict", conflict, ["choice": "other"], as: bob)
    }

    private func endings() async throws {
        let article = try await step("listArticles")
        let path = ["article": try id(try #require(article["items"]?.arrayValue?.first))]
        try await step("getArticle", path)
        try await step("deleteArticle", path)
        try await step("restoreArticle", path)
        try await step("getMember", ["user": "carol"])
        try await step("removeMember", ["user": "carol"])
        let session = try await step("logIn", [:], ["name": "alice", "password": "correct horse battery"])
        token = try #require(session["token"]?.stringValue)
        try await step("changeMyPassword", [:], ["current": "correct horse battery", "new": "another horse battery"])
    }
}
