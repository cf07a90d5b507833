import AnnotationClient
import AnnotationModel
import ArgumentParser
import CommandSupport
import JSONText

extension AnnotationState: ExpressibleByArgument {}

struct EditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Change an annotation, a relation, or the text of a comment.",
        discussion: """
            Only the fields you name change; an edit of somebody else to another field stands beside yours. \
            --attribute KEY= removes an attribute, and --span gives all pieces anew.

            Examples:
              manicule-client edit 0199c0de --label ORG --attribute certain=
              manicule-client edit 0199c0de --span 332:348 --state final
            """)

    @Argument(help: ArgumentHelp("The id of what changes, or its beginning.", valueName: "annotation"))
    var entity: String

    @Option(help: "The key of another label.")
    var label: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "An attribute, typed by the label; without a value it is removed; may be repeated.", valueName: "key=value"),
        transform: AttributeArgument.parse)
    var attribute: [AttributeArgument] = []

    @Option(
        help: ArgumentHelp("A piece in Unicode code points, from 0; may be repeated.", valueName: "start:end"),
        transform: SpanArgument.parse)
    var span: [SpanArgument] = []

    @Option(help: ArgumentHelp("Whether it is finished: draft or final.", valueName: "state"))
    var state: AnnotationState?

    @Option(parsing: .unconditional, help: "The new text of a comment.")
    var text: String?

    @OptionGroup var clone: CloneOptions

    func validate() throws {
        guard label != nil || !attribute.isEmpty || !span.isEmpty || state != nil || text != nil else {
            throw ValidationError("say what changes: --label, --attribute, --span, --state or --text")
        }
    }

    func run() async throws {
        var edit = EntityEdit()
        edit.label = label
        edit.attributes = try attribute.inputs(mayRemove: true)
        if !span.isEmpty { edit.place = .spans(span.map { $0.start..<$0.end }) }
        edit.state = state
        edit.text = text
        let finished = edit
        try await clone.withClone { client in
            let item = try client.edit(entity, finished)
            if clone.output.json { return try Output.json(item.json) }
            try Output.line(Shown.line(item))
        }
    }
}
