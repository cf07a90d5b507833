import AnnotationClient
import ArgumentParser
import CommandSupport
import JSONText

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print an article with its spans marked.",
        discussion: """
            A span looks like ‹Ada Lindqvist›{1 PER}: its text in brackets, then its number in the legend below and its \
            label. {3 MISC 2/2} is the second of two pieces; ‹¹… begins a span that crosses the border of another one.

            Example:
              manicule-client show 2020-11
            """)

    @Argument(help: "The article: its id, its external id, or the beginning of either.")
    var article: String

    @OptionGroup var clone: CloneOptions

    func run() async throws {
        try await clone.withClone { client in
            let detail = try client.article(article)
            if clone.output.json { return try Output.json(detail.json) }
            let sheet = ArticleSheet(detail, labels: try client.labels())
            try Output.text(sheet.rendered(width: Console.current.width, color: Console.current.usesColor))
        }
    }
}
