import AdminCommands
import ArgumentParser

/// All commands of the administrator's program.
enum CommandTree {
    struct Node {
        let type: any ParsableCommand.Type
        let isRoot: Bool

        var name: String { type.configuration.commandName ?? "\(type)" }
        var abstractText: String { type.configuration.abstract }
        var hasExample: Bool { type.configuration.discussion.contains("Example: manicule ") }
    }

    static func all() -> [Node] {
        func below(_ type: any ParsableCommand.Type, isRoot: Bool) -> [Node] {
            let children =
                type.configuration.ungroupedSubcommands + type.configuration.groupedSubcommands.flatMap(\.subcommands)
            return [Node(type: type, isRoot: isRoot)] + children.flatMap { below($0, isRoot: false) }
        }
        return below(AdminCommand.self, isRoot: true)
    }
}
