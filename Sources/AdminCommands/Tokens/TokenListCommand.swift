import AnnotationModel
import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import JSONText

struct TokenListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a user's tokens, without the tokens themselves.",
        discussion: "Example: manicule token list bob")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The user's name or id.") var user: String

    func run() async throws {
        try await Instance.with(database) { instance in
            let tokens = try await instance.services.tokens.list(user: user, by: instance.principal)
            if database.output.json { return try Output.json(.array(tokens.map { .object($0.json()) })) }
            var table = Table("name", "scope", "expires", "last used", "state", "id")
            let now = Timestamp.now()
            for token in tokens {
                let isExpired = token.expiresAt.map { $0 <= now } ?? false
                table.add(
                    token.name, token.scope.rawValue, token.expiresAt?.text ?? "never",
                    token.lastUsedAt?.text ?? "never",
                    token.revokedAt != nil ? "revoked" : isExpired ? "expired" : "", token.id.text)
            }
            try Output.table(table, empty: "\(user) has no tokens")
        }
    }
}
