import AnnotationClient
import ArgumentParser
import CommandSupport
import JSONText

struct RelateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relate",
        abstract: "Link two annotations of one article.",
        discussion: """
            Example:
              manicule-client relate 0199c0de-1 0199c0de-2 --label said_by
            """)

    @Argument(help: "The annotation where the link begins: its id, or its beginning.")
    var from: String

    @Argument(help: "The annotation where the link ends: its id, or its beginning.")
    var to: String

    @Option(help: "What links them: the key of a relation label.")
    var label: String

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("An attribute, typed by the label; may be repeated.", valueName: "key=value"),
        transform: AttributeArgument.parse)
    var attribute: [AttributeArgument] = []

    @OptionGroup var clone: CloneOptions

    func run() async throws {
        let attributes = try attribute.inputs(mayRemove: false)
        try await clone.withClone { client in
            let item = try client.relate(from: from, to: to, label: label, attributes: attributes)
            if clone.output.json { return try Output.json(item.json) }
            try Output.line(Shown.line(item))
        }
    }
}
