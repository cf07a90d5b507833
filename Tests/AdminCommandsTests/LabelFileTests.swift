import AnnotationModel
import CommandSupport
import Testing

@testable import AdminCommands

@Suite("Label files")
struct LabelFileTests {
    @Test("a YAML list gives labels with kinds, typed attributes and ends")
    func reads() throws {
        let labels = try LabelFile.parse(
            """
            - {key: PER, name: Personne, kind: span, color: "#d2691e", shortcut: p}
            - {key: QUOTE, name: Citation, kind: span, attributes: [{key: stance, type: choice, values: [pro, contra]}, {key: certain, type: boolean}]}
            - {key: topic, name: Thème, kind: document}
            - {key: said_by, name: Dit par, kind: relation, from: [QUOTE], to: [PER, ORG]}
            - {key: 1984, name: "true", kind: span}
            """, file: "labels.yaml")
        #expect(labels.map(\.key) == ["PER", "QUOTE", "topic", "said_by", "1984"])
        #expect(labels[0].color == "#d2691e")
        #expect(labels[1].attributes.map(\.type) == [.choice(["pro", "contra"]), .boolean])
        #expect(labels[3].from == ["QUOTE"])
        #expect(labels[3].to == ["PER", "ORG"])
        #expect(labels[4].name == "true")
    }

    @Test(
        "what is wrong is said with file, line and label",
        arguments: [
            ("- {key: PER, name: x", "no valid YAML"),
            ("key: PER", "must be a list of labels"),
            ("- {key: A, kind: span}\n- {name: no key, kind: span}", "f.yaml:2, label 2: key is missing"),
            ("- {key: A, kind: blob}", "kind must be one of span, document, relation"),
            ("- {key: A, kind: span}\n- {key: A, kind: span}", "key stands twice: A"),
            ("- {key: A, kind: span, attributes: [{key: Bad Key, type: string}]}", "must be 1 to 64 of a-z"),
            ("- A", "{key: …, name: …, kind: …} is expected"),
        ])
    func refuses(text: String, message: String) {
        let failure = #expect(throws: CommandFailure.self) { try LabelFile.parse(text, file: "f.yaml") }
        #expect(failure?.code == .usage)
        #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
    }
}
