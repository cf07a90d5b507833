import ArgumentParser

struct AdminGroupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin", abstract: "What is seldom needed.",
        discussion: "Example: manicule admin rotate-epoch", subcommands: [RotateEpochCommand.self])
}
