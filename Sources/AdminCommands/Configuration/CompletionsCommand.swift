import ArgumentParser
import CommandSupport

struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print the completions for a shell: bash, zsh or fish.",
        discussion: """
            Example: manicule completions bash > ~/.local/share/bash-completion/completions/manicule
            """)

    @Argument(help: "bash, zsh or fish.")
    var shell: String

    func run() throws {
        guard let shell = CompletionShell(rawValue: shell) else {
            throw CommandFailure.usage("completions are there for bash, zsh and fish, not for “\(shell)”")
        }
        try Output.line(AdminCommand.completionScript(for: shell))
    }
}
