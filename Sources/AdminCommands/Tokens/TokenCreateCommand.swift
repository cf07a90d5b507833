import AnnotationModel
import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import JSONText

struct TokenCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a token. It is shown once and stored as a hash only.",
        discussion: "Example: manicule token create bob --name laptop --expires 90d --project karabagh")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The user's name or id.") var user: String
    @Option(help: "What the token is for, such as the device.") var name: String
    @Option(help: "When it ends: 90d, 12h, 30m, 1s or a date; never otherwise.") var expires: String?
    @Option(help: "What it may do: read, write or admin.") var scope: String = TokenScope.write.rawValue
    @Option(help: "Bind it to one project.") var project: String?

    func run() async throws {
        let expiresAt = try expires.map { try ArgumentReading.expiry($0, now: .now()) }
        guard let scope = TokenScope(rawValue: scope) else {
            throw CommandFailure.usage("--scope must be read, write or admin, not “\(scope)”")
        }
        try await Instance.with(database) { instance in
            let issued = try await instance.services.tokens.create(
                user: user, name: name, scope: scope, project: project, expiresAt: expiresAt, by: instance.principal)
            if database.output.json { return try Output.json(.object(issued.json)) }
            try Output.line(issued.text)
            Output.note(
                "shown once: keep it. \(issued.token.expiresAt.map { "It ends \($0.text)." } ?? "It does not expire.")")
        }
    }
}
