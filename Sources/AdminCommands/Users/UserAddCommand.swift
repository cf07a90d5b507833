import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport

struct UserAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Make an account.",
        discussion: """
            Asks for a password on a terminal. Without one the account works by tokens.

            Example: manicule user add alice --admin
            """)

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The name: letters, digits, dot, hyphen and underscore.") var name: String
    @Flag(help: "May do everything on this instance.") var admin = false
    @Flag(name: .customLong("password-stdin"), help: "Read the password from the first line of standard input.")
    var passwordFromInput = false

    func run() async throws {
        let password = try PasswordInput.read(fromStandardInput: passwordFromInput, for: name)
        try await Instance.with(database) { instance in
            let user = try await instance.services.accounts.add(
                name: name, password: password, isAdmin: admin, by: instance.principal)
            try user.print(
                database.output,
                "added \(user.name)\(admin ? ", an admin" : "")\(password == nil ? ", without a password: make a token with “manicule token create \(user.name) --name …”" : "")"
            )
        }
    }
}
