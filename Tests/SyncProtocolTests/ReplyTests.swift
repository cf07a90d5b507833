import AnnotationModel
import AnnotationModelTestSupport
import JSONText
import SyncProtocol
import Testing

@Suite struct `The answer to an exchange` {
    @Test func `Any answer is read as it was written`() throws {
        var random = RandomProtocol(seed: 41)
        for _ in 0..<400 {
            let reply = ExchangeReply(
                epoch: random.rows.id(), lastMutation: Int64(random.rows.random.int(0...1 << 53)),
                results: (0..<random.rows.random.int(0...3)).map { random.mutationResult(n: Int64($0) + 1) },
                changes: random.page())
            let bytes = reply.encode()
            #expect(throws: Never.self) { try JSONValue(parsing: bytes) }
            let again = try ExchangeReply(reading: bytes)
            #expect(again.epoch == reply.epoch && again.lastMutation == reply.lastMutation)
            #expect(again.results == reply.results)
            #expect(again.changes.summary == reply.changes.summary)
            #expect(again.changes.views == reply.changes.views)
            #expect(again.encode() == bytes)
        }
    }

    @Test func `Any answer to a pull is read as it was written, whole and by lines`() throws {
        var random = RandomProtocol(seed: 42)
        for _ in 0..<400 {
            let reply = ChangesReply(epoch: random.rows.id(), changes: random.page())
            let whole = try ChangesReply(reading: reply.encode())
            let lined = try ChangesReply(lines: lines(reply.encodeLines()))
            for again in [whole, lined] {
                #expect(again.epoch == reply.epoch)
                #expect(again.changes.summary == reply.changes.summary)
                #expect(again.changes.views == reply.changes.views)
            }
        }
    }

    @Test func `Names and shapes are those of the protocol`() throws {
        let id = try #require(EntityID("0199aaaa-0000-7000-8000-000000000001"))
        let reply = ExchangeReply(
            epoch: id, lastMutation: 41,
            results: [
                MutationResult(
                    n: 41, status: .partial,
                    operations: [
                        OperationResult(status: .applied, version: 1215),
                        OperationResult(
                            status: .conflict, code: .editedSince,
                            conflicts: [FieldConflict(field: "label", conflictID: id, applied: true)], conflictID: id,
                            current: ["a": 1]),
                        OperationResult(status: .duplicate, aliasOf: id),
                    ])
            ],
            changes: ChangePage(
                from: 1201, to: 1260, at: Tag(bits: 0x77ab), head: 1260, complete: true, count: 58, hidden: 1,
                entries: [
                    ChangeEntry(
                        seq: 1202, n: 2, tag: Tag(bits: 1), kind: .put, entity: .annotation, id: id.text,
                        row: bytes(#"{"x":1}"#), by: id, origin: (id, 41)),
                    ChangeEntry(
                        seq: 1203, n: 1, tag: Tag(bits: 1), kind: .del, entity: .label, id: "PER", row: nil, by: nil,
                        origin: nil),
                ], views: .articles([(id, .none)])))
        let expected = """
            {"epoch":"ID","last_mutation":41,"results":[{"n":41,"status":"partial","ops":[
            {"status":"applied","version":1215},
            {"status":"conflict","code":"edited_since","conflict_id":"ID","conflicts":[
            {"field":"label","conflict_id":"ID","applied":true}],"current":{"a":1}},
            {"status":"duplicate","alias_of":"ID"}]}],"changes":{"from":1201,"to":1260,"at":"00000000000077ab",
            "head":1260,"complete":true,"count":58,"hidden":1,"views":[{"article":"ID","view":"none"}],"entries":[
            {"seq":1202,"n":2,"tag":"0000000000000001","kind":"put","entity":"annotation","id":"ID","row":{"x":1},
            "by":"ID","origin":["ID",41]},
            {"seq":1203,"n":1,"tag":"0000000000000001","kind":"del","entity":"label","id":"PER","by":null,"origin":null}
            ]}}
            """.replacing("ID", with: id.text)
        #expect(try JSONValue(parsing: reply.encode()) == JSONValue(parsing: expected))
        var moved = reply.changes
        moved.views = .changed
        let text = String(decoding: ChangesReply(epoch: id, changes: moved).encode(), as: UTF8.self)
        #expect(text.contains(#""views":"changed""#))
    }

    @Test func `Members that a newer server adds are ignored everywhere`() throws {
        let id = "0199aaaa-0000-7000-8000-000000000001"
        let text = """
            {"epoch":"\(id)","news":[{}],"last_mutation":1,"results":[{"n":1,"status":"applied","took":1.5,"ops":[
            {"status":"applied","version":3,"why":{"a":[]}}]}],"changes":{"from":1,"to":3,"at":null,"head":3,
            "complete":true,"count":1,"hidden":1,"next":"x","entries":[{"seq":3,"n":1,"tag":"0000000000000001",
            "kind":"put","entity":"member","id":"\(id)","row":{"id":"\(id)","name":"bob","role":"annotator","age":7,
            "version":3},"by":null,"origin":null,"device":"d"}]}}
            """
        let reply = try ExchangeReply(reading: bytes(text))
        #expect(reply.results.first?.operations.first?.version == 3)
        let row = try reply.changes.entries.first?.decodedRow()
        #expect(
            row
                == .member(
                    Member(id: EntityID(id) ?? EntityID(high: 0, low: 0), name: "bob", role: .annotator, version: 3)))
    }

    @Test(arguments: [
        ("\"seq\":3", "\"seq\":\"3\"", "number was expected"), ("\"kind\":\"put\"", "\"kind\":\"move\"", "put, del"),
        ("\"entity\":\"member\"", "\"entity\":\"thing\"", "annotation"), ("\"row\":{},", "", "put without a row"),
        ("\"kind\":\"put\"", "\"kind\":\"del\"", "del with a row"), ("\"tag\":\"0000000000000001\",", "", "“tag”"),
        ("\"head\":3,", "", "“head”"), ("\"last_mutation\":1,", "", "“last_mutation”"), ("]}}", "]}", "ends"),
        ("\"origin\":null", "\"origin\":[]", "origin[0]"),
        ("\"status\":\"applied\"", "\"status\":\"fine\"", "applied, partial"),
        ("\"ops\":[]", "\"ops\":[{}]", "“status”"), ("\"complete\":true", "\"complete\":1", "bool was expected"),
    ]) func `An answer that is not one is refused and nothing of it is believed`(from: String, to: String, says: String)
        throws
    {
        let good = """
            {"epoch":"0199aaaa-0000-7000-8000-000000000001","last_mutation":1,"results":[{"n":1,"status":"applied","ops":[]}],\
            "changes":{"from":1,"to":3,"at":null,"head":3,"complete":true,"count":1,"hidden":1,"entries":[{"seq":3,"n":1,\
            "tag":"0000000000000001","kind":"put","entity":"member","id":"x","row":{},"by":null,"origin":null}]}}
            """
        #expect(throws: Never.self) { try ExchangeReply(reading: bytes(good)) }
        let bad = good.replacing(from, with: to)
        #expect(bad != good)
        let error = try #require(throws: JSONError.self) { try ExchangeReply(reading: bytes(bad)) }
        #expect("\(error)".contains(says), "\(error)")
    }

    @Test func `A row that cannot be read says which member is wrong`() throws {
        let entry = ChangeEntry(
            seq: 1, n: 1, tag: Tag(bits: 1), kind: .put, entity: .member, id: "x", row: bytes(#"{"id":"x"}"#), by: nil,
            origin: nil)
        let error = try #require(throws: JSONError.self) { try entry.decodedRow() }
        #expect(error.path == ["id"])
        var del = entry
        (del.kind, del.row) = (.del, nil)
        #expect(try del.decodedRow() == nil)
    }

    // MARK: By lines

    @Test func `Lines that are cut off anywhere are no page`() throws {
        var random = RandomProtocol(seed: 43)
        var page = random.page()
        while page.entries.count < 3 { page = random.page() }
        let whole = ChangesReply(epoch: random.rows.id(), changes: page).encodeLines()
        for length in 0..<(whole.count - 1) {
            #expect(throws: JSONError.self) { try ChangesReply(lines: lines(Array(whole[..<length]))) }
        }
        var all = lines(whole)
        all.remove(at: 1)
        #expect(throws: JSONError.self, "an entry is missing") { try ChangesReply(lines: all) }
        all = lines(whole)
        all.append(all[1])
        #expect(throws: JSONError.self, "a line after the last") { try ChangesReply(lines: all) }
    }

    @Test func `A page of lines ends with the number of its entries`() throws {
        var random = RandomProtocol(seed: 44)
        let reply = ChangesReply(epoch: random.rows.id(), changes: random.page())
        let last = try #require(lines(reply.encodeLines()).last)
        #expect(last == bytes("{\"end\":true,\"entries\":\(reply.changes.entries.count)}"))
    }

    private func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) }
    }
}

@Suite struct `Results as they are stored` {
    @Test func `A stored result is the result without today's rows`() throws {
        var random = RandomProtocol(seed: 51)
        for n in 1...300 {
            var result = random.mutationResult(n: Int64(n))
            let again = try MutationResult(stored: result.storedBytes)
            for index in result.operations.indices { result.operations[index].current = nil }
            #expect(again == result)
        }
    }

    @Test func `Versions become those of the log, also of rows that were left as they were`() {
        let result = MutationResult(
            n: 1, status: .applied,
            operations: [
                OperationResult(status: .applied, version: 1), OperationResult(status: .merged, version: 3),
                OperationResult(status: .duplicate, version: -812), OperationResult(status: .rejected),
            ])
        #expect(result.shifted(by: 1000).operations.map(\.version) == [1001, 1003, 812, nil])
    }
}
