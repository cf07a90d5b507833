import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport
import JSONText

struct MemberRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a user out of a project; what they wrote stays.",
        discussion: "Example: manicule member remove karabagh bob")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The project's name or id.") var project: String
    @Argument(help: "The user's name or id.") var user: String

    func run() async throws {
        try await Instance.with(database) { instance in
            try await instance.services.members.remove(
                user, project: project, by: instance.principal)
            if database.output.json { return try Output.json(["project": .string(project), "removed": .string(user)]) }
            try Output.line("\(user) is no member of \(project) any more")
        }
    }
}
