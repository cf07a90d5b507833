import AnnotationModel
import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import JSONText

struct UserListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all accounts.", discussion: "Example: manicule user list --json")

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        try await Instance.with(database) { instance in
            let users = try await allPages { after in
                try await instance.services.accounts.list(after: after, limit: 1000, by: instance.principal)
            }
            if database.output.json { return try Output.json(.array(users.map { .object($0.json) })) }
            var table = Table("name", "admin", "state", "since", "id")
            for user in users {
                table.add(
                    user.name, user.isAdmin ? "yes" : "", user.disabledAt == nil ? "" : "disabled",
                    String(user.createdAt.text.prefix(10)), user.id.text)
            }
            try Output.table(table, empty: "no accounts yet; make one with “manicule user add NAME”")
        }
    }
}
