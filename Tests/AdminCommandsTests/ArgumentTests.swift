import AnnotationModel
import CommandSupport
import Testing

@testable import AdminCommands

@Suite("Arguments of the administrator's commands")
struct ArgumentTests {
    private static let now = Timestamp("2026-11-25T12:00:00Z") ?? Timestamp(microseconds: 0)

    @Test(
        "an expiry is a span from now, a date or a time",
        arguments: [
            ("90d", "2027-02-23T12:00:00Z"), ("12h", "2026-11-26T00:00:00Z"), ("30m", "2026-11-25T12:30:00Z"),
            ("1s", "2026-11-25T12:00:01Z"), ("2027-01-31", "2027-01-31T00:00:00Z"),
            ("2027-01-31T10:00:00+02:00", "2027-01-31T08:00:00Z"),
        ])
    func expiry(text: String, expected: String) throws {
        #expect(try ArgumentReading.expiry(text, now: Self.now).text == expected)
    }

    @Test(
        "anything else is wrong usage",
        arguments: ["", "soon", "-3d", "0d", "3y", "2020-01-01", "99999999999999999999d"])
    func noExpiry(text: String) {
        let failure = #expect(throws: CommandFailure.self) { try ArgumentReading.expiry(text, now: Self.now) }
        #expect(failure?.code == .usage)
    }

    @Test("an author map is a JSON object or lines with a tab")
    func authorMap() throws {
        #expect(try AuthorMap.parse(#"{"Bob B.": "bob"}"#, file: "m") == ["Bob B.": "bob"])
        #expect(try AuthorMap.parse("Bob B.\tbob\nCarol\tcarol\n", file: "m") == ["Bob B.": "bob", "Carol": "carol"])
        for text in [#"{"a": 1}"#, #"{"a": "#, "one word", "a\tb\tc"] {
            #expect(throws: CommandFailure.self) { try AuthorMap.parse(text, file: "m") }
        }
    }

    @Test("each command tells what it does, with an example")
    func help() {
        for command in CommandTree.all() where !command.isRoot {
            #expect(!command.abstractText.isEmpty, "\(command.name)")
            #expect(command.hasExample, "\(command.name)")
        }
        #expect(CommandTree.all().count > 30)
    }
}
