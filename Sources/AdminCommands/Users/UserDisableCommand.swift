import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport

struct UserDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Close an account; its tokens and sessions end at once.",
        discussion: "Example: manicule user disable bob")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The user's name or id.") var user: String

    func run() async throws {
        try await Instance.with(database) { instance in
            let user = try await instance.services.accounts.setDisabled(user, true, by: instance.principal)
            try user.print(database.output, "disabled \(user.name)")
        }
    }
}
