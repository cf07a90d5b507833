import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport
import JSONText

struct ArticleDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Take an article out of sight; its annotations come back with it.",
        discussion: "Example: manicule article delete karabagh article-2020-11")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The project's name or id.") var project: String
    @Argument(help: "The article: an id, an external id, or an unambiguous prefix of either.") var article: String

    func run() async throws {
        try await Instance.with(database) { instance in
            let access = try await instance.services.projects.rights(project, instance.principal, .manage)
            let found = try await instance.services.articles.resolve(article, access)
            try await instance.services.articles.delete(access, article: found.id.text)
            if database.output.json { return try Output.json(.object(Row.article(found).json)) }
            try Output.line("deleted \(found.externalID)".printable())
        }
    }
}
