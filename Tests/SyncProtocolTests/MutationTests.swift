import AnnotationModel
import AnnotationModelTestSupport
import Digest
import JSONText
import SyncProtocol
import Testing

@Suite struct `Mutations as bytes` {
    @Test func `Any mutation is read as it was written, and written alike again`() throws {
        var random = RandomProtocol(seed: 21)
        for n in 1...1500 {
            let mutation = random.mutation(n: Int64(n))
            let bytes = mutation.encode()
            let again = try Mutation(reading: bytes)
            for (read, written) in zip(again.operations, mutation.operations) { #expect(read == written) }
            #expect(again == mutation)
            #expect(again.encode() == bytes)
            #expect(try JSONValue(parsing: bytes).canonicalBytes() == bytes, "the outbox holds canonical bytes")
        }
    }

    @Test func `A void mutation is as short as the protocol writes it`() throws {
        #expect(Mutation.void(n: 41).encode() == bytes(#"{"n":41,"void":true}"#))
        let read = try #require(ReceivedMutation(reading: bytes(#"{"n": 41, "void": true, "ops": []}"#)))
        #expect(read.isVoid && read.n == 41)
        #expect(try read.content.get().isEmpty)
    }

    @Test func `The example of the protocol is understood`() throws {
        let id = "0199aaaa-0000-7000-8000-000000000001"
        let digest = SHA256.hash("x").hex
        let text = """
            {"n": 41, "made_at": "2026-11-07T18:03:11Z", "ops": [
              {"op": "create", "entity": "annotation", "id": "\(id)", "row": {"label": "PER"}},
              {"op": "update", "entity": "annotation", "id": "\(id)", "was": {"label": "PER"}, "set": {"label": "ORG"}},
              {"op": "update", "entity": "annotation", "id": "\(id)", "revive": true},
              {"op": "delete", "entity": "annotation", "id": "\(id)", "was": "\(digest)"},
              {"op": "resolve", "entity": "conflict", "id": "\(id)", "choice": "value", "value": null, "was": "\(digest)"}]}
            """
        let mutation = try Mutation(reading: bytes(text))
        let entity = try #require(EntityID(id))
        #expect(mutation.n == 41 && !mutation.atomic && mutation.madeAt == Timestamp("2026-11-07T18:03:11Z"))
        #expect(
            mutation.operations == [
                .create(.annotation, id: entity, row: ["label": "PER"]),
                .update(
                    .annotation, id: entity, edits: [FieldEdit(field: "label", was: .value("PER"), value: "ORG")],
                    revive: false),
                .update(.annotation, id: entity, edits: [], revive: true),
                .delete(.annotation, id: entity, was: SHA256.hash("x")),
                .resolve(conflict: entity, choice: .value, value: .some(.null), was: .digest(SHA256.hash("x"))),
            ])
    }

    @Test func `The bytes that came are kept and hashed, not those that we would write`() throws {
        let text = #"{ "void" : true , "n" : 7 }"#
        let received = try #require(ReceivedMutation(reading: bytes(text)))
        #expect(received.bytes == bytes(text))
        #expect(received.digest == SHA256.hash(text))
    }

    // MARK: What was seen

    @Test func `A seen value over 64 bytes of canonical JSON is a digest, up to 64 it is itself`() {
        let short = JSONValue.string(String(repeating: "a", count: 62))
        let long = JSONValue.string(String(repeating: "a", count: 63))
        #expect(SeenValue(short) == .value(short))
        #expect(SeenValue(long) == .digest(SHA256.hash(long.canonicalBytes())))
        #expect(SeenValue(json: SeenValue(long).json) == SeenValue(long))
        #expect(SeenValue(json: long) == SeenValue(long), "a long value given itself is held for its digest")
        #expect(SeenValue(short).matches(short) && SeenValue(long).matches(long))
    }

    @Test func `A string that looks like a digest can only be one`() {
        let hex = SHA256.hash("x").hex
        #expect(SeenValue(json: .string(hex)) == .digest(SHA256.hash("x")))
        // The value of a field that happens to be 64 hex digits is seen as the digest of its own JSON.
        #expect(SeenValue(json: SeenValue(.string(hex)).json).matches(.string(hex)))
        #expect(!SeenValue(json: .string(hex)).matches(.string(hex)))
        let almost = JSONValue.string(String(hex.dropLast()))
        #expect(SeenValue(json: SeenValue(almost).json).matches(almost))
    }

    @Test func `Equal numbers and other member orders are the same seen value`() throws {
        let left = try JSONValue(parsing: #"{"b": 1.0, "a": -0}"#)
        let right = try JSONValue(parsing: #"{"a": 0, "b": 1}"#)
        #expect(SeenValue(left).matches(right))
        #expect(!SeenValue("\u{e9}").matches("e\u{301}"))
    }

    // MARK: Refusals of one operation

    static let id = "0199aaaa-0000-7000-8000-000000000001"

    static let refused: [(String, OperationCode, String)] = [
        ("7", .malformed, "must be an object"),
        ("{}", .malformed, "“op” is missing"),
        (#"{"op":"merge"}"#, .malformed, "“merge” is no operation"),
        (#"{"op":5}"#, .malformed, "“op” must be a string"),
        (#"{"op":"create","entity":"annotation","id":"ID"}"#, .malformed, "“row” is missing"),
        (#"{"op":"create","entity":"annotation","id":"ID","row":[]}"#, .malformed, "“row” must be an object"),
        (#"{"op":"create","entity":"annotation","row":{}}"#, .malformed, "“id” is missing"),
        (#"{"op":"create","entity":"annotation","id":"x","row":{}}"#, .malformed, "“id” must be a UUID"),
        (#"{"op":"create","entity":"thing","id":"ID","row":{}}"#, .malformed, "“thing” is no entity"),
        (#"{"op":"create","entity":"annotation","id":"ID","row":{},"colour":1}"#, .malformed, "“colour” is unknown"),
        (#"{"op":"create","entity":"annotation","id":"ID","row":{},"was":{}}"#, .malformed, "“was” is unknown"),
        (#"{"op":"create","entity":"article","id":"ID","row":{}}"#, .notAllowed, "article"),
        (#"{"op":"update","entity":"label","id":"PER","was":{"name":"a"},"set":{"name":"b"}}"#, .notAllowed, "label"),
        (#"{"op":"delete","entity":"member","id":"ID","was":"x"}"#, .notAllowed, "member"),
        (#"{"op":"update","entity":"annotation","id":"ID"}"#, .malformed, "at least one field"),
        (#"{"op":"update","entity":"annotation","id":"ID","set":{},"was":{}}"#, .malformed, "at least one field"),
        (#"{"op":"update","entity":"annotation","id":"ID","set":{"label":"a"}}"#, .malformed, "“label”"),
        (
            #"{"op":"update","entity":"annotation","id":"ID","set":{"label":"a"},"was":{"label":"b","state":"final"}}"#,
            .malformed, "“state”"
        ),
        (#"{"op":"update","entity":"annotation","id":"ID","set":[],"was":{}}"#, .malformed, "“set” must be an object"),
        (#"{"op":"update","entity":"annotation","id":"ID","revive":1}"#, .malformed, "“revive” must be true or false"),
        (#"{"op":"delete","entity":"annotation","id":"ID"}"#, .malformed, "“was” is missing"),
        (#"{"op":"delete","entity":"annotation","id":"ID","was":{"label":"a"}}"#, .malformed, "“was” must be a string"),
        (#"{"op":"delete","entity":"annotation","id":"ID","was":"ABC"}"#, .malformed, "SHA-256"),
        (#"{"op":"resolve","entity":"annotation","id":"ID","choice":"kept","was":1}"#, .malformed, "only a conflict"),
        (
            #"{"op":"resolve","entity":"conflict","id":"ID","choice":"mine","was":1}"#, .malformed,
            "kept, other or value"
        ),
        (#"{"op":"resolve","entity":"conflict","id":"ID","choice":"value","was":1}"#, .malformed, "needs the member"),
        (
            #"{"op":"resolve","entity":"conflict","id":"ID","choice":"kept","value":2,"was":1}"#, .malformed,
            "only the choice"
        ),
        (#"{"op":"resolve","entity":"conflict","id":"ID","choice":"kept"}"#, .malformed, "“was” is missing"),
    ]

    @Test(arguments: refused) func `A bad operation is refused alone, and its neighbours are read`(
        operation: String, code: OperationCode, says: String
    ) throws {
        let good = #"{"op":"delete","entity":"comment","id":"ID","was":"\#(SHA256.hash("a").hex)"}"#
        let text = "{\"n\":3,\"ops\":[\(good),\(operation),\(good)]}".replacing("ID", with: Self.id)
        let mutation = try #require(ReceivedMutation(reading: bytes(text)))
        let operations = try mutation.content.get()
        #expect(operations.count == 3)
        #expect(throws: Never.self) { try operations[0].get() }
        #expect(throws: Never.self) { try operations[2].get() }
        let refusal = try #require(throws: Refusal.self) { try operations[1].get() }
        #expect(refusal.code == code)
        #expect(refusal.message.contains(says), "\(refusal.message)")
    }

    // MARK: Refusals of the whole mutation

    static let unreadable: [(String, OperationCode, String)] = [
        (#"{"n":3}"#, .malformed, "“ops” must be an array"),
        (#"{"n":3,"ops":{}}"#, .malformed, "“ops” must be an array"),
        (#"{"n":3,"ops":[]}"#, .malformed, "at least one operation"),
        (#"{"n":3,"void":true,"ops":[{}]}"#, .malformed, "no operations"),
        (#"{"n":3,"void":1,"ops":[{}]}"#, .malformed, "“void” must be true or false"),
        (#"{"n":3,"ops":[{}],"atomic":"yes"}"#, .malformed, "“atomic” must be true or false"),
        (#"{"n":3,"ops":[{}],"made_at":"yesterday"}"#, .malformed, "RFC 3339"),
        (#"{"n":3,"ops":[{}],"mood":"good"}"#, .malformed, "“mood” is unknown"),
        (#"{"n":3,"ops":[{"a":1,"a":2}]}"#, .malformed, "twice"),
        (#"{"n":3,"ops":[{"a":"\u0000"}]}"#, .malformed, "U+0000"),
        (#"{"n":3,"ops":[{"a":"\q"}]}"#, .malformed, "escape"),
        (#"{"n":3,"ops":[{"a":"\ud800"}]}"#, .malformed, "surrogate"),
        (#"{"n":3,"ops":[{"a":9007199254740993}]}"#, .malformed, "2^53"),
        (#"{"n":3,"ops":[{"a":1e400}]}"#, .malformed, "too large"),
        (#"{"n":3,"ops":[{"a":1e-400}]}"#, .malformed, "too small"),
        (
            "{\"n\":3,\"ops\":[" + String(repeating: "[", count: 31) + String(repeating: "]", count: 31) + "]}",
            .malformed, "deeper"
        ),
        ("{\"n\":3,\"ops\":[" + String(repeating: "{},", count: 256) + "{}]}", .tooLarge, "257 operations"),
    ]

    @Test(arguments: unreadable) func `A mutation that cannot be read keeps its number and bytes and says why`(
        text: String, code: OperationCode, says: String
    ) throws {
        let mutation = try #require(ReceivedMutation(reading: bytes(text)))
        #expect(mutation.n == 3)
        #expect(mutation.bytes == bytes(text))
        let refusal = try #require(throws: Refusal.self) { try mutation.content.get() }
        #expect(refusal.code == code)
        #expect(refusal.message.contains(says), "\(refusal.message)")
        #expect(throws: Refusal.self) { try Mutation(reading: bytes(text)) }
    }

    @Test func `Nesting up to the limit, and 256 operations, are read`() throws {
        let deep = String(repeating: "[", count: 29) + String(repeating: "]", count: 29)
        let row = #"{"op":"create","entity":"comment","id":"\#(Self.id)","row":\#(deep)}"#
        let content = try #require(ReceivedMutation(reading: bytes("{\"n\":1,\"ops\":[\(row)]}"))).content
        #expect(try content.get().count == 1)
        let many = "{\"n\":1,\"ops\":[" + String(repeating: "{},", count: 255) + "{}]}"
        #expect(try #require(ReceivedMutation(reading: bytes(many))).content.get().count == 256)
    }

    @Test(arguments: [
        "7", "null", "[]", "{}", #"{"n":"3"}"#, #"{"n":0}"#, #"{"n":-1}"#, #"{"n":1.5}"#, #"{"n":null}"#,
        #"{"n":3,"n":4,"void":true}"#, #"{"n":9007199254740993,"void":true}"#, #"{"N":3,"void":true}"#,
    ]) func `A mutation without a readable number is none`(text: String) {
        #expect(ReceivedMutation(reading: bytes(text)) == nil)
    }
}
