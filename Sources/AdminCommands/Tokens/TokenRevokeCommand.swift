import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import JSONText

struct TokenRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a token at once.",
        discussion: "Example: manicule token revoke 0199aaaa-0000-7000-8000-000000000000")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The token's id.") var id: String

    func run() async throws {
        try await Instance.with(database) { instance in
            let token = try await instance.services.tokens.revoke(id, user: nil, by: instance.principal)
            if database.output.json { return try Output.json(.object(token.json())) }
            try Output.line("revoked \(token.name)")
        }
    }
}
