import AnnotationClient
import AnnotationModel
import ArgumentParser
import CommandSupport
import JSONText

struct ArticlesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "articles",
        abstract: "List the articles of the clone.",
        discussion: """
            Example:
              manicule-client articles --json
            """)

    @OptionGroup var clone: CloneOptions

    func run() async throws {
        try await clone.withClone { client in
            let articles = try client.articles()
            if clone.output.json { return try Output.json(.array(articles.map(\.json))) }
            var table = Table([
                Table.Column("external id", flexible: true), Table.Column("length", .right),
                Table.Column("annotations", .right), Table.Column("id"),
            ])
            for item in articles {
                table.add(
                    item.article.externalID, "\(item.article.length)", "\(item.annotationCount)", item.article.id.text)
            }
            try Output.table(table, empty: "This clone has no articles.")
        }
    }
}
