import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport
import JSONText

struct ArticleRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring a deleted article back with its annotations.",
        discussion: "Example: manicule article restore karabagh article-2020-11")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The project's name or id.") var project: String
    @Argument(help: "The article: an id, an external id, or an unambiguous prefix of either.") var article: String

    func run() async throws {
        try await Instance.with(database) { instance in
            let access = try await instance.services.projects.rights(project, instance.principal, .manage)
            let article = try await instance.services.articles.restore(access, article: article)
            if database.output.json { return try Output.json(.object(Row.article(article).json)) }
            try Output.line("restored \(article.externalID)".printable())
        }
    }
}
