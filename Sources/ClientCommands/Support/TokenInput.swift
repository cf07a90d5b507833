import CommandSupport
import Glibc

/// Reads a token without letting it into the process list or onto the screen.
package enum TokenInput {
    /// The first line of standard input, or what is typed at the prompt of a terminal.
    static func read(fromStandardInput: Bool) throws -> String {
        let line: String?
        if fromStandardInput {
            line = readLine()
        } else {
            guard isatty(STDIN_FILENO) == 1 else {
                throw CommandFailure.usage("a token is needed; give it on standard input with --token-stdin")
            }
            Console.current.writeError("Token: ")
            line = withoutEcho { readLine() }
            Console.current.writeError("\n")
        }
        return try checked(line ?? "")
    }

    /// The token without the white space around it; the rest must be one printable word.
    package static func checked(_ line: String) throws -> String {
        let token = line.drop(while: \.isWhitespace)
        let end = token.lastIndex { !$0.isWhitespace }.map { token.index(after: $0) } ?? token.startIndex
        let word = String(token[..<end])
        guard !word.isEmpty else { throw CommandFailure.usage("standard input holds no token in its first line") }
        guard word.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CommandFailure.usage("the first line of standard input is no token")
        }
        return word
    }

    private static func withoutEcho<Value>(_ body: () -> Value) -> Value {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return body() }
        var silent = before
        // Without the signal keys, so that Ctrl-C cannot leave the terminal silent: it ends the line as no token.
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) }
        return body()
    }
}
