import AnnotationModel
import ArgumentParser
import CommandSupport
import JSONText

struct MemberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member",
        abstract: "Say who works in a project, and as what.",
        discussion: "Example: manicule member add karabagh bob --role annotator",
        subcommands: [
            MemberAddCommand.self, MemberListCommand.self, MemberRoleCommand.self, MemberRemoveCommand.self,
        ])
}

extension Member {
    /// Prints the member for people or as JSON.
    func print(_ options: OutputOptions, _ sentence: String) throws {
        if options.json { return try Output.json(.object(Row.member(self).json)) }
        try Output.line(sentence)
    }
}
