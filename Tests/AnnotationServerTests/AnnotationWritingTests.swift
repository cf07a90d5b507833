import AnnotationModel
import AnnotationServices
import AnnotationStore
import Digest
import JSONText
import Postgres
import Testing

@Suite("Annotations written over HTTP")
struct AnnotationWritingTests {
    /// One code point each: a letter, an emoji of two UTF-16 units and four bytes, a letter, a combining mark.
    static let text = "a😀b\u{301} Marie Curie"

    struct Fixture {
        let server: TestServer
        let bob: String
        let carol: String
        let article: EntityID
        let sha256: String

        func anchor(_ start: Int, _ end: Int, _ quote: String) -> JSONValue {
            [
                "article_version": .string(sha256),
                "spans": [["start": .number(Double(start)), "end": .number(Double(end)), "quote": .string(quote)]],
            ]
        }

        func annotation(
            _ start: Int, _ end: Int, _ quote: String, id: EntityID? = nil, label: String = "PER"
        ) -> JSONValue {
            var object: JSONObject = [
                "article_id": .string(article.text), "layer": "own", "label": .string(label),
                "anchor": anchor(start, end, quote),
            ]
            if let id { object["id"] = .string(id.text) }
            return .object(object)
        }

        func create(_ json: JSONValue, token: String? = nil, query: String = "") async throws -> TestServer.Reply {
            try await server.send(.post, "/v1/projects/p/annotations\(query)", token: token ?? bob, json: json)
        }
    }

    static func with(
        visibility: Visibility = .all, layers: LayerMode = .own, _ body: (Fixture) async throws -> Void
    ) async throws {
        try await TestServer.with { server in
            _ = try await server.project(visibility: visibility, layers: layers)
            let manager = try await server.token("mia")
            _ = try await server.services.members.add("mia", role: .manager, project: "p", by: server.admin)
            let reply = try await server.send(
                .post, "/v1/projects/p/articles", token: manager, json: ["external_id": "one", "text": .string(text)])
            #expect(reply.status == 201)
            let article = try #require(try reply.json["id"]?.stringValue.flatMap { EntityID($0) })
            try await body(
                Fixture(
                    server: server, bob: try await server.token("bob"), carol: try await server.token("carol"),
                    article: article, sha256: SHA256.hash(text).hex))
        }
    }

    @Test("a create is 201 with its place; the same id and content again is 200 and the same row; other content is 409")
    func idempotent() async throws {
        try await Self.with { fixture in
            let id = IDSource.system.id()
            let made = try await fixture.create(fixture.annotation(5, 16, "Marie Curie", id: id))
            #expect(made.status == 201)
            let place = try #require(made.header("Location"))
            #expect(place.hasSuffix("/annotations/\(id)"))
            let etag = try #require(made.header("ETag"))
            let again = try await fixture.create(fixture.annotation(5, 16, "Marie Curie", id: id))
            #expect(again.status == 200)
            #expect(again.header("ETag") == etag)
            #expect(try again.json == made.json)
            let other = try await fixture.create(fixture.annotation(5, 10, "Marie", id: id))
            #expect(other.status == 409)
            #expect(other.code == "id_taken")
            let read = try await fixture.server.send(.get, place, token: fixture.bob)
            #expect(read.status == 200)
            #expect(try read.json == made.json)
            #expect(read.header("ETag") == etag)
        }
    }

    @Test("a change needs the version that was seen: 428 without one, 412 with the current row after another change")
    func guarded() async throws {
        try await Self.with { fixture in
            let made = try await fixture.create(fixture.annotation(5, 16, "Marie Curie"))
            let place = try #require(made.header("Location"))
            let etag = try #require(made.header("ETag"))
            let patch: JSONValue = ["state": "final"]
            let server = fixture.server
            #expect(try await server.send(.patch, place, token: fixture.bob, json: patch).status == 428)
            let done = try await server.send(
                .patch, place, token: fixture.bob, json: patch, headers: ["If-Match": etag])
            #expect(done.status == 200)
            #expect(try done.json["state"]?.stringValue == "final")
            let newer = try #require(done.header("ETag"))
            #expect(newer != etag)
            let stale = try await server.send(
                .patch, place, token: fixture.bob, json: ["state": "draft"], headers: ["If-Match": etag])
            #expect(stale.status == 412)
            #expect(try stale.json["details"]?["current"]?["state"]?.stringValue == "final")
            #expect(
                try await server.send(.delete, place, token: fixture.bob, headers: ["If-Match": etag]).status == 412)
            #expect(try await server.send(.delete, place, token: fixture.bob).status == 428)
            let gone = try await server.send(.delete, place, token: fixture.bob, headers: ["If-Match": newer])
            #expect(gone.status == 204)
            #expect(try await server.send(.get, place, token: fixture.bob).status == 404)
            let late = try await server.send(.delete, place, token: fixture.bob, headers: ["If-Match": newer])
            #expect(late.status == 404)
        }
    }

    @Test("offsets go in and out in the unit that is asked for, and none is rounded")
    func units() async throws {
        try await Self.with { fixture in
            // Marie begins after a (1), 😀 (1, 2, 4), b (1), the mark (1, 1, 2) and a blank.
            for (unit, start) in [("codepoint", 5), ("utf16", 6), ("utf8", 9)] {
                let made = try await fixture.create(
                    fixture.annotation(start, start + 5, "Marie", label: "PER"), query: "?unit=\(unit)")
                #expect(made.status == 201, "\(unit)")
                let place = try #require(made.header("Location"))
                for (asked, expected) in [("codepoint", 5), ("utf16", 6), ("utf8", 9)] {
                    let read = try await fixture.server.send(.get, "\(place)?unit=\(asked)", token: fixture.bob)
                    let span = try read.json["anchor"]?["spans"]?.arrayValue?.first
                    #expect(span?["start"]?.intValue == expected, "\(unit) → \(asked)")
                    #expect(span?["quote"]?.stringValue == "Marie")
                }
                let etag = try #require(made.header("ETag"))
                let moved = try await fixture.server.send(
                    .patch, "\(place)?unit=\(unit)", token: fixture.bob,
                    json: ["anchor": fixture.anchor(start + 6, start + 11, "Curie")], headers: ["If-Match": etag])
                #expect(moved.status == 200)
                #expect(try moved.json["anchor"]?["spans"]?.arrayValue?.first?["start"]?.intValue == start + 6)
            }
            let split = try await fixture.create(fixture.annotation(2, 4, "b"), query: "?unit=utf16")
            #expect(split.status == 422)
            #expect(split.code == "offset_splits_scalar")
            let beyond = try await fixture.create(fixture.annotation(1, 400, "b"), query: "?unit=utf8")
            #expect(beyond.status == 422)
            #expect(beyond.code == "offset_out_of_range")
            let wrong = try await fixture.create(fixture.annotation(5, 10, "Pierre"))
            #expect(wrong.status == 422)
            #expect(wrong.code == "quote_mismatch")
            let list = try await fixture.server.send(
                .get, "/v1/projects/p/articles/one?annotations=true&unit=utf8", token: fixture.bob)
            let starts = try list.json["annotations"]?.arrayValue?.compactMap {
                $0["anchor"]?["spans"]?.arrayValue?.first?["start"]?.intValue
            }
            #expect(starts == [15, 15, 15])
        }
    }

    @Test("a bulk create answers for each row, and one that is refused takes no other with it")
    func bulk() async throws {
        try await Self.with { fixture in
            let id = IDSource.system.id()
            let items: [JSONValue] = [
                fixture.annotation(5, 10, "Marie", id: id), fixture.annotation(5, 10, "Pierre"),
                fixture.annotation(11, 16, "Curie", label: "NONE"), "no object", fixture.annotation(11, 16, "Curie"),
                fixture.annotation(5, 10, "Marie", id: id),
            ]
            let reply = try await fixture.server.send(
                .post, "/v1/projects/p/annotations/bulk", token: fixture.bob, json: ["items": .array(items)])
            #expect(reply.status == 200)
            let results = try #require(try reply.json["items"]?.arrayValue)
            #expect(
                results.map { $0["status"]?.stringValue } == [
                    "created", "rejected", "rejected", "rejected", "created", "exists",
                ])
            #expect(
                results.map { $0["code"]?.stringValue } == [
                    nil, "quote_mismatch", "unknown_label", "malformed", nil, nil,
                ])
            #expect(results[0]["version"]?.intValue == results[5]["version"]?.intValue)
            let list = try await fixture.server.send(.get, "/v1/projects/p/annotations?label=PER", token: fixture.bob)
            #expect(try list.json["items"]?.arrayValue?.count == 2)
            let many = (0..<1000).map { _ in fixture.annotation(5, 10, "Marie") }
            let large = try await fixture.server.send(
                .post, "/v1/projects/p/annotations/bulk", token: fixture.bob, json: ["items": .array(many)])
            let all = try #require(try large.json["items"]?.arrayValue)
            #expect(all.count == 1000)
            #expect(all.allSatisfy { $0["status"]?.stringValue == "created" })
            let tooMany = try await fixture.server.send(
                .post, "/v1/projects/p/annotations/bulk", token: fixture.bob,
                json: ["items": .array(many + [fixture.annotation(5, 10, "Marie")])])
            #expect(tooMany.status == 400)
        }
    }

    @Test("what a plain write did stands in the log, without a client, and in the check of the whole log")
    func logged() async throws {
        try await Self.with { fixture in
            let made = try await fixture.create(fixture.annotation(5, 10, "Marie"))
            let etag = try #require(made.header("ETag"))
            let place = try #require(made.header("Location"))
            _ = try await fixture.server.send(
                .patch, place, token: fixture.bob, json: ["attributes": JSONValue.object([:])],
                headers: ["If-Match": etag])
            _ = try await fixture.server.send(.delete, place, token: fixture.bob, headers: ["If-Match": etag])
            let log = try await fixture.server.services.database.client.query(
                "SELECT kind, origin_client FROM changes WHERE entity = 'annotation' ORDER BY seq"
            ).decode((String, EntityID?).self)
            #expect(log.map(\.0) == ["put", "del"])
            #expect(log.allSatisfy { $0.1 == nil })
        }
    }

    @Test("an annotation that is not shown to somebody is as good as missing, whatever is done to it")
    func hidden() async throws {
        try await Self.with(visibility: .own) { fixture in
            let server = fixture.server
            let made = try await fixture.create(fixture.annotation(5, 10, "Marie"))
            let place = try #require(made.header("Location"))
            let id = try #require(try made.json["id"]?.stringValue)
            let absent = IDSource.system.id().text
            let other = place.replacing(id, with: absent)
            for method in [Method.get, .patch, .delete] {
                let body: JSONValue? = method == .patch ? ["state": "final"] : nil
                var replies: [TestServer.Reply] = []
                for path in [place, other] {
                    replies.append(
                        try await server.send(
                            method, path, token: fixture.carol, body: body?.canonicalBytes(),
                            headers: ["If-Match": "\"1\""]))
                }
                #expect(replies.map(\.status) == [404, 404], "\(method)")
                let texts = replies.map { String(decoding: $0.bytes, as: UTF8.self) }
                #expect(texts[0].replacing(id, with: absent) == texts[1])
            }
            for (path, body) in [
                ("comments", ["text": "hm"] as JSONObject),
                ("relations", ["article_id": .string(fixture.article.text)]),
            ] {
                var texts: [String] = []
                for annotation in [id, absent] {
                    var body = body
                    if path == "comments" {
                        body["annotation_id"] = .string(annotation)
                    } else {
                        let own = try await fixture.create(fixture.annotation(11, 16, "Curie"), token: fixture.carol)
                        body["from"] = try own.json["id"]
                        body["to"] = .string(annotation)
                        body["label"] = "said_by"
                        body["layer"] = "own"
                    }
                    let reply = try await server.send(
                        .post, "/v1/projects/p/\(path)", token: fixture.carol, json: .object(body))
                    #expect(reply.status == 422, "\(path)")
                    #expect(reply.code == "unknown_entity")
                    texts.append(String(decoding: reply.bytes, as: UTF8.self).replacing(annotation, with: "ID"))
                }
                #expect(texts[0] == texts[1])
            }
        }
    }

    @Test("relations, comments and reviews are made, changed and deleted by those who may, and by no other")
    func others() async throws {
        try await Self.with { fixture in
            let server = fixture.server
            let reviewer = try await server.token("rita")
            _ = try await server.services.members.add("rita", role: .reviewer, project: "p", by: server.admin)
            let first = try await fixture.create(fixture.annotation(5, 10, "Marie"))
            let second = try await fixture.create(fixture.annotation(11, 16, "Curie"))
            let ids = try [first, second].map { try $0.json["id"] ?? .null }
            let relation = try await server.send(
                .post, "/v1/projects/p/relations", token: fixture.bob,
                json: [
                    "article_id": .string(fixture.article.text), "layer": "own", "label": "said_by", "from": ids[0],
                    "to": ids[1],
                ])
            #expect(relation.status == 201)
            let comment = try await server.send(
                .post, "/v1/projects/p/comments", token: fixture.carol,
                json: ["annotation_id": ids[0], "text": "sure?"])
            #expect(comment.status == 201)
            let review = try await server.send(
                .post, "/v1/projects/p/reviews", token: reviewer,
                json: ["annotation_id": ids[0], "decision": "accept"])
            #expect(review.status == 201)
            let twice = try await server.send(
                .post, "/v1/projects/p/reviews", token: reviewer,
                json: ["annotation_id": ids[0], "decision": "reject"])
            #expect(twice.status == 409)
            let denied = try await server.send(
                .post, "/v1/projects/p/reviews", token: fixture.bob,
                json: ["annotation_id": ids[0], "decision": "accept"])
            #expect(denied.status == 403)
            for (made, patch, owner, field) in [
                (relation, ["label": "said_by"] as JSONValue, fixture.bob, "label"),
                (comment, ["text": "quite"], fixture.carol, "text"),
                (review, ["decision": "unsure"], reviewer, "decision"),
            ] {
                let place = try #require(made.header("Location"))
                let etag = try #require(made.header("ETag"))
                let known = try await server.send(
                    .get, place, token: owner, headers: ["If-None-Match": etag])
                #expect(known.status == 304)
                let stranger = owner == fixture.bob ? fixture.carol : fixture.bob
                let refused = try await server.send(
                    .patch, place, token: stranger, json: patch, headers: ["If-Match": etag])
                #expect(refused.status == 403, "\(place)")
                let changed = try await server.send(
                    .patch, place, token: owner, json: patch, headers: ["If-Match": etag])
                #expect(changed.status == 200)
                #expect(try changed.json[field] == patch[field])
                let newer = try #require(changed.header("ETag"))
                #expect(
                    try await server.send(.delete, place, token: owner, headers: ["If-Match": newer]).status == 204)
                #expect(try await server.send(.get, place, token: owner).status == 404)
            }
            let shown = try await server.send(
                .get, try #require(first.header("Location")), token: fixture.bob)
            #expect(try shown.json["comments"]?.arrayValue?.isEmpty == true)
        }
    }
}
