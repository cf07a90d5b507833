import AnnotationModel
import AnnotationModelTestSupport
import Digest
import JSONText
import SyncProtocol
import Testing

@Suite struct `The request of an exchange` {
    static let client = "0199aaaa-0000-7000-8000-00000000000c"
    static let epoch = "0199aaaa-0000-7000-8000-00000000000e"

    static func envelope(_ mutations: String, more: String = "") -> String {
        """
        {"protocol":1,"client_id":"\(client)","schema_version":1,"epoch":"\(epoch)","since":1201,
         "at":"9f3c000000000001","limit":1000,"mutations":[\(mutations)]\(more)}
        """
    }

    @Test func `A request is read as a client writes it, mutations byte for byte`() throws {
        var random = RandomProtocol(seed: 31)
        for round in 0..<60 {
            let mutations = (0..<random.rows.random.int(0...8)).map { random.mutation(n: Int64($0) + 5).encode() }
            let cursor = Cursor(
                epoch: random.rows.id(), since: Int64(random.rows.random.int(0...1 << 53)),
                at: random.maybe { $0.tag() })
            let client = random.rows.id()
            let limit = round % 2 == 0 ? nil : 77
            let request = try ExchangeRequest(
                reading: ExchangeRequest.encode(
                    clientID: client, schemaVersion: 3, cursor: cursor, limit: limit, mutations: mutations))
            #expect(request.protocolVersion == 1 && request.schemaVersion == 3 && request.limit == limit)
            #expect(request.clientID == client && request.cursor == cursor)
            #expect(request.mutations.map(\.bytes) == mutations)
            #expect(request.mutations.map(\.n) == mutations.indices.map { Int64($0) + 5 })
        }
    }

    @Test func `Members of an envelope that are not known are ignored, in any order`() throws {
        let text = Self.envelope(#"{"n":1,"void":true}"#, more: #","trace":{"deep":[[1]]},"hint":null"#)
        #expect(try ExchangeRequest(reading: bytes(text)).mutations.count == 1)
        let early = text.replacing(#"{"protocol":1"#, with: #"{"mutations_hint":[{"n":9}],"protocol":1"#)
        #expect(try ExchangeRequest(reading: bytes(early)).mutations.map(\.n) == [1])
    }

    @Test func `A request may have no mutations, no limit and no tag`() throws {
        let text =
            #"{"protocol":1,"client_id":"\#(Self.client)","schema_version":1,"epoch":"\#(Self.epoch)","since":0,"at":null}"#
        let request = try ExchangeRequest(reading: bytes(text))
        #expect(request.mutations.isEmpty && request.limit == nil && request.cursor.at == nil)
    }

    @Test(arguments: [
        ("", "ends"), ("[]", "object was expected"), ("{}", "“protocol” is missing"),
        (envelope("") + "x", "after the end"), (envelope("1,"), "comma"),
        ("\u{feff}" + envelope(""), "byte order mark"),
        (envelope("").replacing("1201", with: "-1"), "negative"),
        (envelope("").replacing("1201", with: "12.5"), "whole number"),
        (envelope("").replacing("1201", with: "9007199254740993"), "2^53"),
        (envelope("").replacing("9f3c000000000001", with: "+f3c000000000001"), "tag"),
        (envelope("").replacing("9f3c000000000001", with: "9F3C000000000001"), "tag"),
        (envelope("").replacing("9f3c000000000001", with: "9f3c"), "tag"),
        (envelope("").replacing("\"limit\":1000", with: "\"limit\":0"), "at least 1"),
        (envelope("").replacing(client, with: "me"), "UUID"),
        (envelope("").replacing("\"protocol\":1", with: "\"protocol\":2"), "protocol 2"),
        (envelope("").replacing("\"mutations\":[]", with: "\"mutations\":{}"), "array was expected"),
        (envelope("", more: #","since":5"#), "twice"),
        (envelope("", more: ",\"x\":\"\n\""), "control character"),
    ]) func `A request that cannot be read is malformed as a whole and says where`(text: String, says: String) throws {
        let problem = try #require(throws: Problem.self) { try ExchangeRequest(reading: bytes(text)) }
        #expect(problem.status == 400 && problem.code == "malformed" && !problem.retryable)
        #expect(problem.detail.contains(says), "\(problem.detail)")
        #expect(problem.details.isEmpty, "nobody's mutation is at fault")
    }

    @Test func `Bytes that are no UTF-8 are malformed outside of mutations`() throws {
        var text = bytes(Self.envelope("", more: #","x":"?""#))
        text[try #require(text.lastIndex(of: UInt8(ascii: "?")))] = 0xff
        let problem = try #require(throws: Problem.self) { try ExchangeRequest(reading: text) }
        #expect(problem.detail.contains("0xFF"))
    }

    @Test(arguments: [UInt8(0xff), 0x0a, 0x00, 0xc3]) func `Forbidden bytes in a string spoil their own mutation only`(
        byte: UInt8
    ) throws {
        let poisoned = #"{"n":2,"ops":[{"op":"é,]}?"}]}"#
        var text = bytes(Self.envelope("{\"n\":1,\"void\":true},\n\(poisoned),\t{\"n\":3,\"void\":true}"))
        text[try #require(text.lastIndex(of: UInt8(ascii: "?")))] = byte
        let request = try ExchangeRequest(reading: text)
        #expect(request.mutations.map(\.n) == [1, 2, 3])
        #expect(try request.mutations[0].content.get().isEmpty)
        #expect(try request.mutations[2].content.get().isEmpty)
        let refusal = try #require(throws: Refusal.self) { try request.mutations[1].content.get() }
        #expect(refusal.code == .malformed)
        #expect(request.mutations[1].bytes.contains(byte), "the journal gets the bytes that came")
    }

    // MARK: A mutation that spoils the request

    @Test(arguments: [
        "7", #"{"void":true}"#, #"{"n":"x","ops":[{"op":"create"}]}"#, #"{"n":2,"n":2}"#, #"{"n":null}"#, "null",
        "[[]]",
    ]) func `Where a mutation's number cannot be read, the number expected there is named`(bad: String) throws {
        let good = #"{"n":41,"void":true}"#
        let problem = try #require(throws: Problem.self) {
            try ExchangeRequest(reading: bytes(Self.envelope("\(good),\(bad),\(good)")))
        }
        #expect(problem.code == "malformed" && problem.faultyN == 42)
        #expect(problem.details["index"] == 1)
    }

    @Test func `For the first mutation the server says which number it expected`() throws {
        let problem = try #require(throws: Problem.self) {
            try ExchangeRequest(reading: bytes(Self.envelope(#"{"void":true}"#)))
        }
        #expect(problem.faultyN == nil && problem.details["index"] == 0)
        #expect(problem.expecting(firstN: 12).faultyN == 12)
        #expect(ExchangeRequest.clientID(in: bytes(Self.envelope(#"{"void":tru}"#))) == EntityID(Self.client))
        #expect(Problem.malformed("x").expecting(firstN: 12).faultyN == nil)
    }

    @Test(arguments: [
        (#"{"n":7,"ops":[{"op":]}"#, 7), (#"{"n":7,"ops":[tru]}"#, 7), (#"{"ops":[nul],"n":7}"#, 42),
        (#"{"n":7 "ops":[]}"#, 7), (#"{"n":7,"ops":[01]}"#, 7), (#"{n:7}"#, 42), (#"{"n":7,"ops":[}]}"#, 7),
    ]) func `A mutation that is no JSON is named by its number, else by the one expected`(bad: String, n: Int) throws {
        let problem = try #require(throws: Problem.self) {
            try ExchangeRequest(reading: bytes(Self.envelope("{\"n\":41,\"void\":true},\(bad)")))
        }
        #expect(problem.code == "malformed" && problem.faultyN == Int64(n), "\(problem.detail)")
    }

    @Test func `A request cut off anywhere blames no mutation`() throws {
        let whole = bytes(Self.envelope(#"{"n":1,"void":true},{"n":2,"ops":[{"op":"create","entity":"é"}]}"#))
        for length in 0..<whole.count {
            let problem = try #require(throws: Problem.self) { try ExchangeRequest(reading: Array(whole[..<length])) }
            #expect(problem.code == "malformed" && problem.faultyN == nil)
        }
    }

    @Test func `Any one byte changed is read, or refused without a crash`() {
        let whole = bytes(Self.envelope(#"{"n":1,"void":true},{"n":2,"ops":[{"op":"create","entity":"é","a":[1e5]}]}"#))
        var random = SeededGenerator(seed: 32)
        var readable = 0
        for index in whole.indices {
            for _ in 0..<6 {
                var text = whole
                text[index] = random.one(in: 3) ? random.pick(bytes("{}[]\",:\\0e-tn")) : UInt8(random.int(0...255))
                do throws(Problem) {
                    let request = try ExchangeRequest(reading: text)
                    readable += 1
                    #expect(request.mutations.count <= 2)
                } catch {
                    #expect(error.status == 400)
                }
            }
        }
        #expect(readable > 50)
    }

    // MARK: Limits

    @Test func `256 mutations are read, 257 are too large, with the limits told`() throws {
        func push(_ count: Int) -> [UInt8] {
            bytes(Self.envelope((1...count).map { "{\"n\":\($0),\"void\":true}" }.joined(separator: ",")))
        }
        #expect(try ExchangeRequest(reading: push(256)).mutations.count == 256)
        let problem = try #require(throws: Problem.self) { try ExchangeRequest(reading: push(257)) }
        #expect(problem.status == 413 && problem.code == "too_large")
        #expect(problem.details["mutations_per_push"] == 256)
        #expect(problem.details["push_bytes"] == 4_194_304)
        #expect(problem.details["operations_per_mutation"] == 256)
    }

    @Test func `A push of 4 MiB is read, one byte more is too large`() throws {
        let frame = bytes(Self.envelope(#"{"n":1,"ops":["?"]}"#))
        let place = try #require(frame.lastIndex(of: UInt8(ascii: "?")))
        func push(_ size: Int) -> [UInt8] {
            var text = frame
            text.replaceSubrange(
                place...place, with: repeatElement(UInt8(ascii: "a"), count: size - frame.count + 1))
            return text
        }
        #expect(try ExchangeRequest(reading: push(Limits.pushBytes)).mutations.count == 1)
        let problem = try #require(throws: Problem.self) { try ExchangeRequest(reading: push(Limits.pushBytes + 1)) }
        #expect(problem.status == 413)
    }
}
