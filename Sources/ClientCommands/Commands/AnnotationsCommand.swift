import AnnotationClient
import AnnotationModel
import ArgumentParser
import CommandSupport
import JSONText

struct AnnotationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotations",
        abstract: "List the annotations of an article, or of the whole clone.",
        discussion: """
            Example:
              manicule-client annotations 2020-11
            """)

    @Argument(help: "The article: its id, its external id, or the beginning of either.")
    var article: String?

    @OptionGroup var clone: CloneOptions

    func run() async throws {
        try await clone.withClone { client in
            let annotations = try client.annotations(article: article)
            if clone.output.json { return try Output.json(.array(annotations.map(\.json))) }
            let articles = try article == nil ? names(client) : [:]
            var columns = [
                Table.Column("id"), Table.Column("label"), Table.Column("place"), Table.Column("text", flexible: true),
                Table.Column("author"),
            ]
            if article == nil { columns.append(Table.Column("article", flexible: true)) }
            var table = Table(columns)
            for item in annotations {
                let row = item.annotation
                table.add(
                    row.id.text, row.label, row.anchor.spans.isEmpty ? "article" : Shown.spans(row.anchor),
                    Shown.quote(row.anchor), item.author, articles[row.articleID] ?? row.articleID.text)
            }
            try Output.table(table, empty: "There are no annotations.")
        }
    }

    private func names(_ client: Clone) throws -> [EntityID: String] {
        Dictionary(
            try client.articles().map { ($0.article.id, $0.article.externalID) },
            uniquingKeysWith: { first, _ in first })
    }
}
