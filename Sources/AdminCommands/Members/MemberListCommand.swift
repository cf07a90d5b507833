import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport
import JSONText

struct MemberListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a project's members.", discussion: "Example: manicule member list karabagh"
    )

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The project's name or id.") var project: String

    func run() async throws {
        try await Instance.with(database) { instance in
            let members = try await instance.services.members.list(project: project, by: instance.principal)
            if database.output.json { return try Output.json(.array(members.map { .object(Row.member($0).json) })) }
            var table = Table("name", "role", "id")
            for member in members { table.add(member.name, member.role.rawValue, member.id.text) }
            try Output.table(table, empty: "\(project) has no members")
        }
    }
}
