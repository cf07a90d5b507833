import AnnotationModel
import AnnotationServices
import Digest
import Foundation
import Interchange
import JSONText
import SyncProtocol
import Synchronization
import Testing

/// One offline client, as little of one as the protocol allows: it keeps its cursor and numbers its mutations.
struct WireClient {
    let server: TestServer
    let token: String
    let project: String
    let id: EntityID
    var epoch: String
    var since = 0
    var at: JSONValue = .null
    var article: JSONObject = JSONObject()

    static let text = "Ada Lindqvist runs the harbour 🏖️ of Valbruck."

    /// Registers a client of the user and takes the head of a snapshot.
    static func register(_ server: TestServer, user: String, project: String = "p") async throws -> WireClient {
        let token = try await server.token(user)
        let id = IDSource.system.id()
        let registered = try await server.send(
            .put, "/v1/sync/clients/\(id)", token: token, json: ["device": "laptop", "schema_version": 1])
        #expect(registered.status == 200)
        #expect(try registered.json["client_id"]?.stringValue == id.text)
        let lines = try await snapshot(server, token, project, client: id)
        let header = lines[0]
        var client = WireClient(
            server: server, token: token, project: project, id: id,
            epoch: try #require(header["epoch"]?.stringValue), since: header["as_of"]?.intValue ?? 0,
            at: header["at"] ?? .null)
        for line in lines where line["entity"]?.stringValue == "article" {
            client.article = line["row"]?.objectValue ?? JSONObject()
        }
        return client
    }

    static func snapshot(
        _ server: TestServer, _ token: String, _ project: String, client: EntityID, query: String = ""
    ) async throws -> [JSONValue] {
        let reply = try await server.send(
            .get, "/v1/projects/\(project)/sync/snapshot?client_id=\(client)\(query)", token: token)
        #expect(reply.status == 200)
        return try reply.bytes.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: $0) }
    }

    func body(_ mutations: [String], epoch: String? = nil, since: Int? = nil, at: JSONValue? = nil) -> [UInt8] {
        Array(
            """
            {"protocol":1,"client_id":"\(id)","schema_version":1,"epoch":"\(epoch ?? self.epoch)","since":\(since ?? self.since),\
            "at":\((at ?? self.at).canonicalText),"limit":1000,"mutations":[\(mutations.joined(separator: ","))]}
            """.utf8)
    }

    func exchange(_ mutations: [String]) async throws -> TestServer.Reply {
        try await server.send(.post, "/v1/projects/\(project)/sync", token: token, body: body(mutations))
    }

    /// A mutation that marks a piece of the article.
    func create(_ n: Int, _ annotation: EntityID, start: Int = 0, end: Int = 13, quote: String = "Ada Lindqvist")
        -> String
    {
        """
        {"n":\(n),"ops":[{"op":"create","entity":"annotation","id":"\(annotation)","row":{"article_id":"\(article["id"]?.stringValue ?? "")",\
        "layer":"own","label":"PER","attributes":{},"anchor":{"article_version":"\(article["article_version"]?.stringValue ?? "")",\
        "spans":[{"start":\(start),"end":\(end),"quote":\(JSONValue.string(quote).canonicalText)}]}}}]}
        """
    }
}

extension TestServer {
    /// Imports one article into the project.
    func importArticle(_ project: Project, text: String = WireClient.text) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("manicule-http-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("harbour.txt")
        try Data(text.utf8).write(to: file)
        let summary = try await services.imports.run(
            ImportService.Run(by: .nobody, actor: "cli:tester", options: ImportOptions(), report: { _ in }),
            project: project.id, sources: [try ImportSource(path: file.path)])
        #expect(summary.inserted == 1)
    }
}

@Suite("Sync over HTTP")
struct SyncTests {
    private func stage(_ body: (TestServer, WireClient) async throws -> Void) async throws {
        try await TestServer.with { server in
            let project = try await server.project()
            try await server.importArticle(project)
            try await body(server, try await WireClient.register(server, user: "bob"))
        }
    }

    @Test("a push is applied once: the same bytes again repeat the result, other bytes under the number are refused")
    func exactlyOnce() async throws {
        try await stage { server, client in
            let annotation = IDSource.system.id()
            let mutation = client.create(1, annotation)
            let first = try await client.exchange([mutation])
            #expect(first.status == 200)
            #expect(try first.json["results"]?.arrayValue?.first?["status"]?.stringValue == "applied")
            let again = try await client.exchange([mutation])
            #expect(try again.json["results"] == first.json["results"])
            #expect(try again.json["changes"]?["head"] == first.json["changes"]?["head"])
            let other = try await client.exchange([client.create(1, IDSource.system.id())])
            #expect(other.status == 422)
            #expect(other.code == "mutation_reused")
            let gap = try await client.exchange([client.create(3, IDSource.system.id())])
            #expect(gap.status == 409)
            #expect(gap.code == "mutation_gap")
            #expect(try gap.json["details"]?["expected"]?.intValue == 2)
        }
    }

    @Test("a page proves that it is whole, and carries what the client itself did with its origin")
    func contiguity() async throws {
        try await stage { server, client in
            let mutations = (1...5).map {
                client.create(
                    $0, IDSource.system.id(), start: $0, end: $0 + 1, quote: String(Array(WireClient.text)[$0]))
            }
            let reply = try await client.exchange(mutations)
            let page = try #require(try reply.json["changes"])
            let from = page["from"]?.intValue ?? 0
            let to = page["to"]?.intValue ?? 0
            #expect(from == client.since)
            #expect((page["count"]?.intValue ?? 0) + (page["hidden"]?.intValue ?? 0) == to - from)
            let entries = page["entries"]?.arrayValue ?? []
            #expect(entries.reduce(0) { $0 + ($1["n"]?.intValue ?? 0) } == page["count"]?.intValue)
            #expect(entries.allSatisfy { $0["origin"]?.arrayValue?.first?.stringValue == client.id.text })
            #expect(page["complete"]?.boolValue == true)
            #expect(page["head"]?.intValue == to)
        }
    }

    @Test("a poisoned mutation is refused with its bytes kept, and never blocks the next")
    func poison() async throws {
        try await stage { server, client in
            let good = IDSource.system.id()
            let poisons = [
                #"{"n":1,"ops":[{"op":"create","entity":"annotation","id":"\u0000","row":{}}]}"#,
                #"{"n":2,"n":2,"ops":[]}"#,
                #"{"n":3,"ops":[{"op":"fly","entity":"annotation","id":"0199aaaa-0000-7000-8000-000000000000"}]}"#,
                client.create(4, IDSource.system.id(), quote: "Ada Lindquist"),
                client.create(5, IDSource.system.id(), start: 5, end: 5000),
                client.create(6, good),
            ]
            let reply = try await client.exchange(poisons)
            // A duplicate `n` makes the number unreadable: the error names the mutation, and the client voids it.
            if reply.status == 400 {
                #expect(try reply.json["details"]?["n"]?.intValue == 2)
            }
            var sent = poisons
            sent[1] = #"{"n":2,"void":true}"#
            let second = try await client.exchange(sent)
            #expect(second.status == 200)
            let results = try #require(try second.json["results"]?.arrayValue)
            #expect(results.map { $0["n"]?.intValue } == [1, 2, 3, 4, 5, 6])
            #expect(results[5]["status"]?.stringValue == "applied")
            for index in [0, 2, 3, 4] { #expect(results[index]["status"]?.stringValue == "rejected", "\(index + 1)") }
            #expect(results[3]["ops"]?.arrayValue?.first?["code"]?.stringValue == "quote_mismatch")
            #expect(results[4]["ops"]?.arrayValue?.first?["code"]?.stringValue == "offset_out_of_range")
            let journal = try await server.send(
                .get, "/v1/projects/p/sync/rejections?client_id=\(client.id)", token: client.token)
            let items = try #require(try journal.json["items"]?.arrayValue)
            let numbers = Set(items.compactMap { $0["n"]?.intValue })
            #expect(numbers.isSuperset(of: [1, 3, 4, 5]))
            #expect(
                items.contains { $0["code"]?.stringValue == "quote_mismatch" && $0["mutation"]?["n"]?.intValue == 4 })
        }
    }

    @Test("a cursor of another history is told so, whatever else is in the request")
    func history() async throws {
        try await stage { server, client in
            let annotation = client.create(1, IDSource.system.id())
            func send(_ body: [UInt8]) async throws -> TestServer.Reply {
                try await server.send(.post, "/v1/projects/p/sync", token: client.token, body: body)
            }
            let epoch = try await send(client.body([annotation], epoch: IDSource.system.id().text))
            #expect(epoch.status == 409)
            #expect(epoch.code == "epoch_changed")
            let tag = try await send(client.body([annotation], at: "0000000000000000"))
            #expect(tag.status == 409)
            #expect(tag.code == "history_changed")
            let future = try await send(client.body([annotation], since: client.since + 100))
            #expect(future.code == "history_changed")
            #expect(try await client.exchange([annotation]).status == 200, "nothing was applied before")
        }
    }

    @Test("another user's client is unknown, and a viewer's work is refused and kept")
    func others() async throws {
        try await stage { server, client in
            let carol = try await server.token("carol")
            let stolen = try await server.send(
                .post, "/v1/projects/p/sync", token: carol, body: client.body([]))
            #expect(stolen.status == 404)
            #expect(stolen.code == "unknown_client")
            _ = try await server.services.members.setRole("bob", .viewer, project: "p", by: server.admin)
            let reply = try await client.exchange([client.create(1, IDSource.system.id())])
            #expect(reply.status == 200)
            let result = try reply.json["results"]?.arrayValue?.first
            #expect(result?["ops"]?.arrayValue?.first?["code"]?.stringValue == "not_allowed")
        }
    }

    @Test("a snapshot that is cut at any page goes on from its resume line and gives the same rows")
    func snapshotResumes() async throws {
        try await stage { server, client in
            let mutations = (1...200).map { n in client.create(n, IDSource.system.id(), start: 0, end: 13) }
            // Equal annotations by one client are no twins: all of them are there.
            for chunk in stride(from: 0, to: mutations.count, by: 100) {
                #expect(try await client.exchange(Array(mutations[chunk..<(chunk + 100)])).status == 200)
            }
            let whole = try await WireClient.snapshot(server, client.token, "p", client: client.id)
            let rows = whole.filter { $0["entity"] != nil }
            #expect(rows.filter { $0["entity"]?.stringValue == "annotation" }.count == 200)
            #expect(whole.last?["end"]?.boolValue == true)
            #expect(whole.last?["rows"]?.intValue == rows.count)
            for line in whole {
                guard let token = line["resume"]?.stringValue else { continue }
                let rest = try await WireClient.snapshot(
                    server, client.token, "p", client: client.id, query: "&resume=\(token)")
                #expect(rest[0] == whole[0])
                let before = whole.prefix { $0 != line }.filter { $0["entity"] != nil }
                #expect(before.count + rest.filter { $0["entity"] != nil }.count == rows.count)
            }
            let texts = rows.compactMap { $0["row"]?["text"]?.stringValue }
            #expect(texts.count == 1)
            #expect(texts[0].utf8.elementsEqual(WireClient.text.utf8))
        }
    }

    @Test("pushes of many clients at once leave a log without gaps, and each mutation in it once")
    func together() async throws {
        try await TestServer.with { server in
            let project = try await server.project()
            try await server.importArticle(project)
            var clients: [WireClient] = []
            for index in 0..<6 {
                clients.append(try await WireClient.register(server, user: index % 2 == 0 ? "bob" : "carol"))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, client) in clients.enumerated() {
                    group.addTask {
                        // Each client marks pieces of a length of its own: equal ones of one author would be merged.
                        for n in 1...8 {
                            let reply = try await client.exchange([
                                client.create(
                                    n, IDSource.system.id(), start: n, end: n + 1 + index,
                                    quote: String(Array(WireClient.text)[n..<(n + 1 + index)]))
                            ])
                            #expect(reply.status == 200)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let reply = try await clients[0].exchange([])
            let page = try #require(try reply.json["changes"])
            #expect(page["complete"]?.boolValue == true)
            let origins = (page["entries"]?.arrayValue ?? []).compactMap { $0["origin"]?.canonicalText }
            #expect(Set(origins).count == origins.count)
            #expect(origins.count == 48)
        }
    }
}
