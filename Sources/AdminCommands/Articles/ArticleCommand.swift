import ArgumentParser

struct ArticleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "article",
        abstract: "List, show, delete and restore articles.",
        discussion: "Example: manicule article list karabagh",
        subcommands: [
            ArticleListCommand.self, ArticleShowCommand.self, ArticleDeleteCommand.self, ArticleRestoreCommand.self,
        ])
}
