import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport

struct MemberAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a user to a project.",
        discussion: "Example: manicule member add karabagh bob --role annotator")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The project's name or id.") var project: String
    @Argument(help: "The user's name or id.") var user: String
    @Option(help: "manager, reviewer, annotator or viewer.") var role: String

    func run() async throws {
        let role: Role = try ArgumentReading.oneOf(role, "--role")
        try await Instance.with(database) { instance in
            let member = try await instance.services.members.add(
                user, role: role, project: project, by: instance.principal)
            try member.print(database.output, "\(member.name) is \(member.role.rawValue) in \(project)")
        }
    }
}
