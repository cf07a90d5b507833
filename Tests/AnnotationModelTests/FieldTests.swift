import AnnotationModel
import AnnotationModelTestSupport
import JSONText
import Testing

@Suite struct `Fields that merge separately` {
    @Test(arguments: Fixtures.all) func `Each field is read, set and seen in the content`(row: Row) throws {
        for name in row.fieldNames {
            let value = try #require(row.field(name))
            var copy = row
            try copy.setField(name, value)
            #expect(copy == row)
        }
        let names = Set(row.fieldNames.map { String($0.split(separator: "/")[0]) })
        #expect(names.isSubset(of: Set(row.content.keys)))
    }

    @Test func `Null removes an attribute, another value replaces it`() throws {
        var row = Fixtures.annotation
        try row.setField("attributes/stance", "contra")
        #expect(row.field("attributes/stance") == "contra")
        try row.setField("attributes/stance", nil)
        #expect(row.field("attributes/stance") == .null)
        #expect(!row.fieldNames.contains("attributes/stance"))
        try row.setField("state", "final")
        #expect(row.field("state") == "final")
    }

    @Test(
        arguments: [
            ("attributes/", "x"), ("attributes/É", "x"), ("attributes/a/b", "x"), ("id", "x"), ("author", "x"),
            ("version", 7), ("deleted", true), ("label", 1), ("label", nil), ("state", "done"), ("anchor", "x"),
            ("anchor", nil), ("attributes/a", []), ("attributes/a", [:]), ("attributes", [:]), ("", "x"),
        ] as [(String, JSONValue)])
    func `What is no field, or no value of one, is refused and changes nothing`(name: String, value: JSONValue) {
        var row = Fixtures.annotation
        #expect(throws: RowError.self) { try row.setField(name, value) }
        #expect(row == Fixtures.annotation)
    }

    @Test func `An attribute's value has the label's type`() {
        #expect(AttributeType.number.accepts(1.5) && !AttributeType.number.accepts("1.5"))
        #expect(AttributeType.boolean.accepts(false) && !AttributeType.boolean.accepts(0))
        #expect(AttributeType.string.accepts("") && !AttributeType.string.accepts(nil))
        #expect(AttributeType.choice(["pro"]).accepts("pro") && !AttributeType.choice(["pro"]).accepts("contra"))
        #expect(!AttributeType.choice(["\u{e9}"]).accepts("e\u{301}"))
        #expect(LabelAttribute.isValidKey("a_1") && !LabelAttribute.isValidKey("A") && !LabelAttribute.isValidKey(""))
        #expect(!LabelAttribute.isValidKey(String(repeating: "a", count: 65)))
    }

    @Test(
        arguments: [
            ["key": "A"], ["kind": "span"], ["key": "", "kind": "span"], ["key": "A", "kind": "thing"],
            ["key": "A", "kind": "span", "attributes": [["key": "Bad", "type": "string"]]],
            ["key": "A", "kind": "span", "attributes": [["key": "a", "type": "date"]]],
            ["key": "A", "kind": "span", "attributes": [["key": "a", "type": "choice"]]],
            ["key": "A", "kind": "span", "attributes": [["key": "a"], ["key": "a", "type": "number"]]],
            ["key": "A", "kind": "span", "attributes": ["a"]], ["key": "A", "kind": "span", "zero_width": "yes"],
        ] as [JSONObject])
    func `A label that says nothing sensible is refused`(json: JSONObject) {
        #expect(throws: RowError.self) { try Label(RowReader(object: json)) }
    }
}
