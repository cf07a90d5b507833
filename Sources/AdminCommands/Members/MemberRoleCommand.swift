import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport

struct MemberRoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "Change what a member may do.",
        discussion: "Example: manicule member role karabagh bob reviewer")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The project's name or id.") var project: String
    @Argument(help: "The user's name or id.") var user: String
    @Argument(help: "manager, reviewer, annotator or viewer.") var role: String

    func run() async throws {
        let role: Role = try ArgumentReading.oneOf(role, "ROLE")
        try await Instance.with(database) { instance in
            let member = try await instance.services.members.setRole(
                user, role, project: project, by: instance.principal)
            try member.print(database.output, "\(member.name) is \(member.role.rawValue) in \(project)")
        }
    }
}
