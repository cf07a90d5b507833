package import ArgumentParser
import Glibc

/// Runs a command line and turns whatever happens into output, one line on standard error, and an exit code.
package enum CommandRunner {
    /// Parses and runs the process's arguments, then ends the process.
    package static func main(
        _ root: any ParsableCommand.Type, topics: [HelpTopic] = [],
        translate: @Sendable (any Error) -> CommandFailure? = { _ in nil }
    ) async -> Never {
        let code = await execute(
            root, arguments: Array(CommandLine.arguments.dropFirst()), topics: topics, translate: translate)
        exit(code.rawValue)
    }

    /// Parses and runs `arguments`. `translate` says what errors of other modules mean; those that are
    /// `CommandFailureConvertible` speak for themselves. `help NAME` prints the topic of that name.
    package static func execute(
        _ root: any ParsableCommand.Type, arguments: [String], topics: [HelpTopic] = [],
        translate: @Sendable (any Error) -> CommandFailure? = { _ in nil }
    ) async -> ExitCode {
        let isVerbose = arguments.contains("--verbose")
        let program = root._commandName
        do {
            if arguments.count == 2, arguments[0] == "help",
                let topic = topics.first(where: { $0.name == arguments[1] })
            {
                try Output.line(topic.text)
                return .fine
            }
            var command = try root.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .fine
        } catch let exit as QuietExit {
            return exit.code
        } catch {
            if let failure = (error as? any CommandFailureConvertible)?.commandFailure ?? translate(error) {
                report(failure, program: program, isVerbose: isVerbose)
                return failure.code
            }
            return report(error, of: root, program: program, isVerbose: isVerbose)
        }
    }

    private static func report(_ failure: CommandFailure, program: String, isVerbose: Bool) {
        Console.current.writeError("\(program): \(failure.message.printable())\n")
        if isVerbose, let detail = failure.detail {
            Console.current.writeError(detail.printable(keepingLines: true) + "\n")
        }
    }

    /// What the parser throws: help and versions are no failures, wrong usage is, and all else is a defect of ours.
    private static func report(
        _ error: any Error, of root: any ParsableCommand.Type, program: String, isVerbose: Bool
    ) -> ExitCode {
        let code = root.exitCode(for: error)
        if code.isSuccess {
            // Help goes to standard output, so that it can be piped.
            do { try Output.line(root.fullMessage(for: error)) } catch { return .environment }
            return .fine
        }
        if code == .validationFailure {
            let all = root.fullMessage(for: error)
            report(
                CommandFailure(.usage, usageLine(root.message(for: error), all: all), detail: all), program: program,
                isVerbose: isVerbose)
            return .usage
        }
        let message = "\(error)".split(separator: "\n").first.map(String.init) ?? "an unknown error"
        report(
            CommandFailure(.environment, message, detail: "\(type(of: error)): \(error)"), program: program,
            isVerbose: isVerbose)
        return .environment
    }

    /// The parser's first sentence, with where help is to be had.
    private static func usageLine(_ message: String, all: String) -> String {
        var line = message.split(separator: "\n").first.map(String.init) ?? "wrong usage"
        while line.last == "." || line.last == " " { line.removeLast() }
        // `  See 'manicule-client annotate --help' for more information.`
        if let help = all.split(separator: "\n").first(where: { $0.contains("See '") }) {
            let pieces = help.split(separator: "'")
            if pieces.count > 1 { line += "; see '\(pieces[1])'" }
        }
        return line
    }
}
