import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport
import JSONText

struct ArticleListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a project's articles.",
        discussion: "Example: manicule article list karabagh")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The project's name or id.") var project: String

    func run() async throws {
        try await Instance.with(database) { instance in
            let access = try await instance.services.projects.rights(project, instance.principal, .read)
            let articles = try await allPages { after in
                try await instance.services.articles.list(access, after: after, limit: 1000)
            }
            if database.output.json { return try Output.json(.array(articles.map { .object(Row.article($0).json) })) }
            var table = Table([
                .init("external id"), .init("length", .right), .init("metadata", flexible: true), .init("id"),
            ])
            for article in articles {
                let metadata = article.metadata.isEmpty ? "" : JSONValue.object(article.metadata).canonicalText
                table.add(article.externalID, String(article.length), metadata, article.id.text)
            }
            try Output.table(
                table, empty: "\(project) has no articles yet; bring some with “manicule import \(project) FILE…”")
        }
    }
}
