import AnnotationClient
import AnnotationModel
import ArgumentParser
import CommandSupport
import JSONText

struct AnnotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate",
        abstract: "Say something of an article: a label on words, on pieces of it, or on the whole.",
        discussion: """
            Give the place in one of three ways: by --quote, the exact words, with --occurrence where they stand more \
            than once; by --span, once for each piece; or by --document for the article as a whole.

            Examples:
              manicule-client annotate 2020-11 --label PER --quote Paris --occurrence 2
              manicule-client annotate 2020-11 --label PER --span 332:336 --span 341:348
              manicule-client annotate 2020-11 --label QUOTE --quote "«…»" --attribute stance=pro
              manicule-client annotate 2020-11 --label topic --document --comment "the war"
            """)

    @Argument(help: "The article: its id, its external id, or the beginning of either.")
    var article: String

    @Option(help: "What is said: the key of a label.")
    var label: String

    @Option(parsing: .unconditional, help: ArgumentHelp("The words to mark, exactly as they stand.", valueName: "text"))
    var quote: String?

    @Option(help: ArgumentHelp("Which of the places where the words stand, from 1.", valueName: "n"))
    var occurrence: Int?

    @Option(
        help: ArgumentHelp("A piece in Unicode code points, from 0; may be repeated.", valueName: "start:end"),
        transform: SpanArgument.parse)
    var span: [SpanArgument] = []

    @Flag(help: "Annotate the article as a whole.")
    var document = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("An attribute, typed by the label; may be repeated.", valueName: "key=value"),
        transform: AttributeArgument.parse)
    var attribute: [AttributeArgument] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("A remark on the new annotation.", valueName: "text"))
    var comment: String?

    @OptionGroup var clone: CloneOptions

    func validate() throws {
        let ways = [quote != nil, !span.isEmpty, document].filter(\.self).count
        guard ways == 1 else {
            throw ValidationError(
                ways == 0
                    ? "say where: --quote TEXT, --span START:END or --document"
                    : "give one of --quote, --span and --document, not several")
        }
        if let occurrence {
            guard quote != nil else { throw ValidationError("--occurrence goes with --quote") }
            guard occurrence >= 1 else { throw ValidationError("--occurrence counts from 1") }
        }
    }

    func run() async throws {
        let attributes = try attribute.inputs(mayRemove: false)
        try await clone.withClone { client in
            let draft = AnnotationDraft(
                label: label, place: try place(client), attributes: attributes, comment: comment)
            let item = try client.annotate(article, draft)
            if clone.output.json { return try Output.json(item.json) }
            try Output.line(Shown.line(item))
        }
    }

    private func place(_ client: Clone) throws -> PlaceInput {
        if document { return .document }
        guard let quote else { return .spans(span.map { $0.start..<$0.end }) }
        let detail = try client.article(article)
        let text = ArticleText(detail.text)
        return .spans(
            [try Places.one(of: quote, occurrence: occurrence, in: text, article: detail.article.externalID)])
    }
}
