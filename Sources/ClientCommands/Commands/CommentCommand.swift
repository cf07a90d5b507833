import AnnotationClient
import ArgumentParser
import CommandSupport
import JSONText

struct CommentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "comment",
        abstract: "Write a remark on an annotation, also on somebody else's.",
        discussion: """
            A text that begins with a hyphen goes behind --.

            Example:
              manicule-client comment 0199c0de "is this not the elder one?"
            """)

    @Argument(help: "The annotation's id, or its beginning.")
    var annotation: String

    @Argument(help: "The remark.")
    var text: String

    @OptionGroup var clone: CloneOptions

    func validate() throws {
        if text.isEmpty { throw ValidationError("the remark is empty") }
    }

    func run() async throws {
        try await clone.withClone { client in
            let item = try client.comment(annotation, text: text)
            if clone.output.json { return try Output.json(item.json) }
            try Output.line(Shown.line(item))
        }
    }
}
