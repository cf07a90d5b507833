import CommandSupport
import Glibc

/// Where a password comes from: a terminal without echo, or the first line of standard input.
enum PasswordInput {
    /// - Returns: nil where there is no terminal and nobody asked for standard input: an account without a password.
    static func read(fromStandardInput: Bool, for name: String) throws -> String? {
        if fromStandardInput {
            guard let line = readLine(strippingNewline: true), !line.isEmpty else {
                throw CommandFailure.usage("standard input holds no password; its first line is the password")
            }
            return line
        }
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
        let first = try ask("Password for \(name) (empty for none, tokens only): ")
        guard !first.isEmpty else { return nil }
        guard try ask("Again: ") == first else { throw CommandFailure.usage("the two passwords differ") }
        return first
    }

    private static func ask(_ prompt: String) throws -> String {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else {
            throw CommandFailure.usage("the terminal cannot be switched to silent; use --password-stdin")
        }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            Console.current.writeError("\n")
        }
        Console.current.writeError(prompt)
        guard let line = readLine(strippingNewline: true) else { throw CommandFailure.usage("no password was given") }
        return line
    }
}
