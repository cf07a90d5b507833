import JSONText
import Testing

@Suite struct `Objects and values in memory` {
    @Test(arguments: [3, 12, 13, 40]) func `Members keep their order, small or large`(count: Int) {
        var object = JSONObject(reservingCapacity: count)
        for index in 0..<count { object["k\(index)"] = JSONValue(index) }
        #expect(object.keys == (0..<count).map { "k\($0)" })
        for index in 0..<count { #expect(object["k\(index)"] == JSONValue(index)) }
        object["k1"] = "again"
        #expect(object.keys == (0..<count).map { "k\($0)" }, "a known key keeps its place")
        #expect(object.removeValue(forKey: "k0") == 0)
        #expect(object["k0"] == nil && !object.contains("k0") && object.count == count - 1)
        for index in 2..<count { #expect(object["k\(index)"] == JSONValue(index)) }
        object["k0"] = 5
        #expect(object.keys.last == "k0")
        #expect(object["none", default: "x"] == "x")
    }

    @Test func `Keys and strings are told apart by their bytes, where Swift holds them for equal`() {
        #expect("\u{e9}" == "e\u{301}")
        var object: JSONObject = ["\u{e9}": 1, "e\u{301}": 2]
        #expect(object.count == 2 && object["\u{e9}"] == 1 && object["e\u{301}"] == 2)
        for index in 0..<20 { object["filler \(index)"] = .some(.null) }
        #expect(object["\u{e9}"] == 1 && object["e\u{301}"] == 2)
        #expect(JSONValue.string("\u{e9}") != .string("e\u{301}"))
        #expect(Set<JSONValue>(["\u{e9}", "e\u{301}", "\u{e9}"]).count == 2)
    }

    @Test func `Nothing and null are two things`() {
        var object: JSONObject = ["a": nil]
        #expect(object["a"] == .some(.null) && object.contains("a"))
        object["a"] = nil
        #expect(!object.contains("a"))
        #expect(JSONObject([("a", JSONValue.null)]) != JSONObject())
    }

    @Test func `Of several members with one key the last value stands at the first one's place`() {
        let object = JSONObject([("a", 1), ("b", 2), ("a", 3)])
        #expect(object.keys == ["a", "b"] && object["a"] == 3)
    }

    @Test func `A value gives what it is and nothing else`() {
        let values: [JSONValue] = [nil, true, 1.5, "x", [1], ["a": 1]]
        #expect(values.map(\.kind) == [.null, .bool, .number, .string, .array, .object])
        #expect(values.map(\.isNull) == [true, false, false, false, false, false])
        #expect(values.compactMap(\.boolValue) == [true])
        #expect(values.compactMap(\.doubleValue) == [1.5])
        #expect(values.compactMap(\.stringValue) == ["x"])
        #expect(values.compactMap(\.arrayValue) == [[1]])
        #expect(values.compactMap(\.objectValue) == [["a": 1]])
        #expect(values[5]["a"] == 1 && values[5]["b"] == nil && values[0]["a"] == nil)
        #expect(values[4][0] == 1 && values[4][1] == nil && values[4][-1] == nil && values[3][0] == nil)
        #expect(JSONValue(3).intValue == 3 && JSONValue(true) == true && JSONValue("a") == "a")
    }

    @Test func `Minus zero is zero, and equal values have equal hashes`() {
        #expect(
            JSONValue.number(-0.0) == .number(0) && JSONValue.number(-0.0).hashValue == JSONValue.number(0).hashValue)
        #expect(Set<JSONValue>([["a": 1, "b": [2]], ["b": [2], "a": 1]]).count == 1)
    }
}
