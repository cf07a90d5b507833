import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport

struct UserEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Open a closed account again.",
        discussion: "Example: manicule user enable bob")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The user's name or id.") var user: String

    func run() async throws {
        try await Instance.with(database) { instance in
            let user = try await instance.services.accounts.setDisabled(user, false, by: instance.principal)
            try user.print(database.output, "enabled \(user.name)")
        }
    }
}
