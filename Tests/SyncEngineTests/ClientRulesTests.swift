import AnnotationModel
import Digest
import JSONText
import SyncEngine
import SyncProtocol
import Testing

/// A client refuses at once what the server would refuse later.
struct ClientRulesTests {
    private let bob = EntityID(high: 1, low: 1)
    private let carol = EntityID(high: 1, low: 2)
    private let text = ArticleText("Ada e\u{301} 👩🏽‍✈️ says: light")
    private let labels: [Label] = [
        Label(key: "PER", kind: .span), Label(key: "OLD", kind: .span, retired: true),
        Label(
            key: "QUOTE", kind: .span,
            attributes: [
                LabelAttribute(key: "stance", type: .choice(["pro", "contra"])),
                LabelAttribute(key: "certain", type: .boolean),
            ]),
        Label(key: "topic", kind: .document), Label(key: "said_by", kind: .relation, from: ["QUOTE"], to: ["PER"]),
    ]

    private func rules(_ role: Role = .annotator, layers: LayerMode = .own) -> ClientRules {
        ClientRules(
            project: Project(id: EntityID(high: 9, low: 9), name: "tour", layers: layers), user: bob, role: role,
            labels: Dictionary(uniqueKeysWithValues: labels.map { ($0.key, $0) }))
    }

    private func annotation(
        _ label: String, _ spans: [(Int, Int, String)] = [(0, 3, "Ada")], author: EntityID? = nil, layer: Layer = .own,
        attributes: Attributes = [:]
    ) -> Annotation {
        Annotation(
            id: EntityID(high: 3, low: UInt64(spans.first?.0 ?? 99)), articleID: EntityID(high: 2, low: 1),
            author: author ?? bob, layer: layer, label: label, attributes: attributes,
            anchor: Anchor(
                articleVersion: SHA256.hash(text.text),
                spans: spans.map { Span(start: $0.0, end: $0.1, quote: Quote(covering: $0.2)) }),
            createdAt: Timestamp(microseconds: 0))
    }

    private func code(_ body: () throws(Refusal) -> Void) -> OperationCode? {
        do throws(Refusal) {
            try body()
            return nil
        } catch {
            return error.code
        }
    }

    @Test("what fits passes: composed letters, emoji, several pieces, attributes")
    func passes() throws {
        let rules = rules()
        try rules.check(annotation("PER"), in: text)
        try rules.check(annotation("PER", [(0, 3, "Ada"), (4, 6, "e\u{301}")]), in: text)
        try rules.check(
            annotation("QUOTE", [(7, 12, "👩🏽‍✈️")], attributes: ["stance": "pro", "certain": .bool(false)]),
            in: text)
        try rules.check(annotation("topic", []), in: text)
    }

    @Test("what does not fit is refused with the code that the server would give")
    func refused() {
        let rules = rules()
        #expect(code { () throws(Refusal) in try rules.check(annotation("NONE"), in: text) } == .unknownLabel)
        #expect(code { () throws(Refusal) in try rules.check(annotation("OLD"), in: text) } == .labelRetired)
        #expect(code { () throws(Refusal) in try rules.check(annotation("topic"), in: text) } == .labelKind)
        #expect(code { () throws(Refusal) in try rules.check(annotation("PER", []), in: text) } == .labelKind)
        #expect(code { () throws(Refusal) in try rules.check(annotation("said_by", []), in: text) } == .labelKind)
        #expect(
            code { () throws(Refusal) in try rules.check(annotation("PER", [(0, 99, "Ada")]), in: text) }
                == .offsetOutOfRange)
        // The same letter, composed: other bytes.
        #expect(
            code { () throws(Refusal) in try rules.check(annotation("PER", [(4, 6, "\u{e9}")]), in: text) }
                == .quoteMismatch)
        #expect(
            code { () throws(Refusal) in try rules.check(annotation("PER", [(0, 0, "")]), in: text) } == .spanInvalid)
        #expect(
            code { () throws(Refusal) in
                try rules.check(annotation("PER", [(0, 3, "Ada"), (2, 3, "a")]), in: text)
            } == .spanInvalid)
        #expect(
            code { () throws(Refusal) in try rules.check(annotation("PER", attributes: ["stance": "pro"]), in: text) }
                == .unknownAttribute)
        #expect(
            code { () throws(Refusal) in
                try rules.check(annotation("QUOTE", attributes: ["stance": "maybe"]), in: text)
            } == .attributeInvalid)
    }

    @Test("what was there may stay when something else changes: a retired label, an old attribute")
    func oldStays() throws {
        let rules = rules()
        let before = annotation("OLD", attributes: [:])
        var after = before
        after.state = .final
        try rules.check(after, before: before, in: text)
        #expect(
            code { () throws(Refusal) in
                var relabelled = annotation("QUOTE", attributes: ["stance": "pro"])
                let old = relabelled
                relabelled.label = "PER"
                try rules.check(relabelled, before: old, in: text)
            } == .unknownAttribute)
    }

    @Test("nobody edits another's own layer, whatever the role; gold is for reviewers; viewers only read")
    func rights() {
        for role in Role.allCases {
            #expect(
                code { () throws(Refusal) in
                    try rules(role).checkMayEdit(.annotation(annotation("PER", author: carol)))
                } == .notAllowed, "\(role)")
            let gold = code { () throws(Refusal) in try rules(role).checkMayWrite(layer: .gold) }
            #expect(gold == (role == .reviewer || role == .manager ? nil : .notAllowed), "\(role)")
        }
        #expect(code { () throws(Refusal) in try rules(.viewer).checkMayWrite(layer: .own) } == .notAllowed)
        #expect(code { () throws(Refusal) in try rules().checkMayWrite(layer: .shared) } == .notAllowed)
        #expect(code { () throws(Refusal) in try rules(layers: .shared).checkMayWrite(layer: .own) } == .notAllowed)
        #expect(
            code { () throws(Refusal) in
                try rules(layers: .shared).checkMayEdit(.annotation(annotation("PER", author: carol, layer: .shared)))
            } == nil)
    }

    @Test("a relation joins two annotations of one layer, with the labels that it declares at its ends")
    func relations() throws {
        let quote = annotation("QUOTE", [(7, 12, "👩🏽‍✈️")])
        let person = annotation("PER")
        let relation = Relation(
            id: EntityID(high: 5, low: 1), articleID: quote.articleID, author: bob, layer: .own, label: "said_by",
            from: quote.id, to: person.id, createdAt: Timestamp(microseconds: 0))
        try rules().check(relation, from: quote, to: person)
        #expect(
            code { () throws(Refusal) in try rules().check(relation, from: person, to: quote) } == .relationInvalid)
        var theirs = person
        theirs.author = carol
        #expect(
            code { () throws(Refusal) in try rules().check(relation, from: quote, to: theirs) } == .relationInvalid)
        var wrong = relation
        wrong.label = "PER"
        #expect(code { () throws(Refusal) in try rules().check(wrong, from: quote, to: person) } == .labelKind)
    }

    @Test("an attribute that a person typed means what its label declares")
    func typing() {
        #expect(AttributeType.boolean.value(of: "true") == .bool(true))
        #expect(AttributeType.boolean.value(of: "yes") == .none)
        #expect(AttributeType.number.value(of: "3.5") == .number(3.5))
        #expect(AttributeType.number.value(of: "3,5") == .none)
        #expect(AttributeType.string.value(of: "true") == .string("true"))
        #expect(AttributeType.choice(["pro"]).value(of: "pro") == .string("pro"))
        #expect(AttributeType.choice(["pro"]).value(of: "Pro") == .none)
    }
}
