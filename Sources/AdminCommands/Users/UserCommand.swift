import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import JSONText

struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Make, list and close accounts.",
        discussion: "Example: manicule user add bob",
        subcommands: [
            UserAddCommand.self, UserListCommand.self, UserDisableCommand.self, UserEnableCommand.self,
            UserPasswordCommand.self,
        ])
}

extension User {
    /// Prints the user for people or as JSON.
    func print(_ options: OutputOptions, _ sentence: String) throws {
        if options.json { return try Output.json(.object(json)) }
        try Output.line(sentence)
    }
}
