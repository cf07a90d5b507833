import ArgumentParser
import CommandSupport
import JSONText
import Testing

private struct Root: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tool", abstract: "A tool.", version: Version.current, subcommands: [Greet.self, Fail.self])
}

private struct Greet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Greets.")
    @Argument var name: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if output.json { try Output.json(["name": .string(name)]) } else { try Output.line("Hello \(name)") }
    }
}

private struct Fail: AsyncParsableCommand {
    @Argument var code: Int32
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let code = CommandSupport.ExitCode(rawValue: code) else { throw Strange() }
        throw CommandFailure(code, "it failed", detail: "line one\nline two")
    }
}

private struct Strange: Error {}

@Suite struct CommandRunnerTests {
    private func run(_ arguments: String...) async -> CapturedOutput {
        await Console.capture { await CommandRunner.execute(Root.self, arguments: arguments) }
    }

    @Test func `a command prints its result and ends with 0`() async {
        let plain = await run("greet", "Ada")
        #expect(plain.code == .fine && plain.output == "Hello Ada\n" && plain.error.isEmpty)
        #expect(await run("greet", "Ada", "--json").output == "{\"name\":\"Ada\"}\n")
    }

    @Test func `wrong usage is one line on standard error and 2`() async {
        for arguments in [["greet"], ["greet", "a", "b"], ["nonsense"], ["greet", "a", "--what"]] {
            let result = await Console.capture { await CommandRunner.execute(Root.self, arguments: arguments) }
            #expect(result.code == .usage)
            #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
            #expect(result.error.hasPrefix("tool: "))
            #expect(result.output.isEmpty)
        }
    }

    @Test func `a failure is one line, and verbose gives the rest`() async {
        let short = await run("fail", "4")
        #expect(short.code == .refused && short.error == "tool: it failed\n")
        let long = await run("fail", "4", "--verbose")
        #expect(long.error == "tool: it failed\nline one\nline two\n")
    }

    @Test func `an error nobody foresaw is still one line`() async {
        let result = await run("fail", "77")
        #expect(result.code == .environment && result.error == "tool: Strange()\n")
    }

    @Test func `the version is one line on standard output`() async {
        let result = await run("--version")
        #expect(result.code == .fine && result.output == Version.current + "\n" && result.error.isEmpty)
    }

    @Test func `help goes to standard output and ends with 0`() async {
        let result = await run("greet", "--help")
        #expect(result.code == .fine && result.output.contains("USAGE: tool greet") && result.error.isEmpty)
    }
}
