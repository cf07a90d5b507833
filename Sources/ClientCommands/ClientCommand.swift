package import ArgumentParser
package import CommandSupport
import Glibc

/// `manicule-client`: annotating offline, and syncing when there is a connection.
package struct ClientCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "manicule-client",
        abstract: "Annotate articles together, with or without a connection.",
        discussion: """
            A clone is a full copy of a project in a directory of yours. Clone it once, while the server can be reached; \
            the token is read from standard input:

              manicule-client clone http://127.0.0.1:8080 karabagh tour --token-stdin
              cd tour

            From then on nothing needs the server. Read and annotate; every change is kept in the clone at once:

              manicule-client articles
              manicule-client annotate 2020-11 --label PER --quote "Vladimir Poutine"
              manicule-client show 2020-11

            When there is a connection, one command sends what you did and fetches what the others did, as often as you \
            like and in any order:

              manicule-client sync

            Nothing is lost on the way. Where two people set one field to different values both are kept, until \
            somebody chooses (conflicts, resolve); what the server had to refuse stays with you (rejected). What waits \
            to be sent is told by status.

            Exit codes: 0 fine, 1 some of it failed or is in conflict, 2 wrong usage, 3 no server or no disk, 4 refused.
            """,
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(name: "Read", subcommands: [ArticlesCommand.self, ShowCommand.self, AnnotationsCommand.self]),
            CommandGroup(
                name: "Annotate",
                subcommands: [
                    AnnotateCommand.self, EditCommand.self, CommentCommand.self, RelateCommand.self, DeleteCommand.self,
                ]),
            CommandGroup(
                name: "Work together",
                subcommands: [
                    CloneCommand.self, SyncCommand.self, StatusCommand.self, LogCommand.self, ConflictsCommand.self,
                    ResolveCommand.self, RejectedCommand.self,
                ]),
            CommandGroup(name: "Shells", subcommands: [CompletionsCommand.self]),
        ])

    package init() {}

    /// Runs the process's arguments and ends the process.
    package static func runProcess() async -> Never {
        Glibc.exit(await execute(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    /// Runs arguments as the program would, and says how it ended.
    package static func execute(_ arguments: [String]) async -> CommandSupport.ExitCode {
        await CommandRunner.execute(
            ClientCommand.self, arguments: LeadingOptions.moved(behindCommandOf: arguments),
            translate: Failures.translate)
    }
}
