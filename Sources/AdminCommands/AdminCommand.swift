package import ArgumentParser
import CommandSupport

/// The administrator's program.
package struct AdminCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "manicule",
        abstract: "☞ Text annotation for teams that work offline.",
        discussion: """
            Start with “manicule serve”. All other commands work beside a running server or without one, on the same data \
            directory or database.

            Exit codes: 0 fine, 1 some rows failed, 2 wrong usage, 3 no database, no server or no disk, 4 refused.

            “manicule help TOPIC” tells more of: \(HelpTopics.all.map(\.name).joined(separator: ", ")).
            """,
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(name: "Server:", subcommands: [ServeCommand.self, StatusCommand.self, ConfigCommand.self]),
            CommandGroup(
                name: "People and projects:",
                subcommands: [UserCommand.self, TokenCommand.self, ProjectCommand.self, MemberCommand.self]),
            CommandGroup(
                name: "Texts and annotations:",
                subcommands: [ImportCommand.self, ArticleCommand.self, ExportCommand.self]),
            CommandGroup(
                name: "Care of the database:",
                subcommands: [
                    BackupCommand.self, RestoreCommand.self, MigrateCommand.self, VerifyCommand.self,
                    ReplayCommand.self, AdminGroupCommand.self,
                ]),
            CommandGroup(name: "Shells:", subcommands: [CompletionsCommand.self]),
        ])

    package init() {}

    /// Runs the process's command line and ends the process.
    package static func main() async {
        await CommandRunner.main(AdminCommand.self, topics: HelpTopics.all, translate: FailureTranslation.translate)
    }
}
