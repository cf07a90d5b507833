import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport

struct UserPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd",
        abstract: "Set a user's password.",
        discussion: "Example: manicule user passwd bob --password-stdin < password.txt")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The user's name or id.") var user: String
    @Flag(name: .customLong("password-stdin"), help: "Read the password from the first line of standard input.")
    var passwordFromInput = false

    func run() async throws {
        guard let password = try PasswordInput.read(fromStandardInput: passwordFromInput, for: user) else {
            throw CommandFailure.usage("no password was given; use a terminal or --password-stdin")
        }
        try await Instance.with(database) { instance in
            let user = try await instance.services.accounts.setPassword(user, to: password, by: instance.principal)
            try user.print(database.output, "set the password of \(user.name)")
        }
    }
}
