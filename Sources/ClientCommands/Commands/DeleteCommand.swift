import AnnotationClient
import ArgumentParser
import CommandSupport
import JSONText

struct DeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete an annotation, a relation or a comment, and print it as it was.",
        discussion: """
            If somebody else edited it in the meantime it stays, and the conflict asks which it shall be.

            Example:
              manicule-client delete 0199c0de
            """)

    @Argument(help: ArgumentHelp("The id of an annotation, relation or comment, or its beginning.", valueName: "id"))
    var entity: String

    @OptionGroup var clone: CloneOptions

    func run() async throws {
        try await clone.withClone { client in
            let item = try client.delete(entity)
            if clone.output.json { return try Output.json(item.json) }
            try Output.line(Shown.line(item))
        }
    }
}
