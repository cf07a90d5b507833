import Glibc
import Synchronization

/// Where a command's output goes, and what stands at the other end.
///
/// Commands write to `Console.current`, which is the process's own unless a test captures it.
package struct Console: Sendable {
    @TaskLocal package static var current = Console.standard

    /// Whether standard output, or standard error, is a terminal.
    package var outputIsTerminal: Bool
    package var errorIsTerminal: Bool
    /// Whether output may be coloured.
    package var usesColor: Bool
    /// Columns of the terminal; nil when lines are not to be cut.
    package var width: Int?
    private let writeOutput: @Sendable ([UInt8]) throws -> Void
    private let writeError: @Sendable ([UInt8]) -> Void

    package init(
        outputIsTerminal: Bool = false, errorIsTerminal: Bool = false, usesColor: Bool = false, width: Int? = nil,
        output: @escaping @Sendable ([UInt8]) throws -> Void, error: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.outputIsTerminal = outputIsTerminal
        self.errorIsTerminal = errorIsTerminal
        self.usesColor = usesColor
        self.width = width
        writeOutput = output
        writeError = error
    }

    /// The process's own streams. Colour follows the terminal, `NO_COLOR` and `CLICOLOR_FORCE`.
    package static let standard: Console = {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        return Console(
            outputIsTerminal: isTerminal, errorIsTerminal: isatty(STDERR_FILENO) == 1,
            usesColor: wantsColor(isTerminal: isTerminal), width: isTerminal ? columns() : nil,
            output: { bytes in
                guard let failure = write(bytes, to: STDOUT_FILENO) else { return }
                // Whoever read our output has seen enough: `… | head`.
                guard failure != EPIPE else { throw QuietExit(.environment) }
                throw CommandFailure.environment(
                    "standard output cannot be written: \(String(cString: strerror(failure)))")
            },
            error: { bytes in _ = write(bytes, to: STDERR_FILENO) })
    }()

    package func write(_ bytes: [UInt8]) throws {
        try writeOutput(bytes)
    }

    package func writeError(_ text: String) {
        writeError(Array(text.utf8))
    }

    private static func wantsColor(isTerminal: Bool) -> Bool {
        func isSet(_ name: String) -> Bool { getenv(name).map { String(cString: $0) }.map { !$0.isEmpty } ?? false }
        if isSet("NO_COLOR") { return false }
        if isSet("CLICOLOR_FORCE") { return true }
        return isTerminal && getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    private static func columns() -> Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes all of it; the errno of the failure, or nil.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return errno
            }
            written += count
        }
        return nil
    }
}

/// What a command printed while it was captured.
package struct CapturedOutput: Sendable {
    package var code: ExitCode
    package var output: String
    package var error: String
}

extension Console {
    /// Runs `body` with a console that keeps what is printed.
    package static func capture(
        usesColor: Bool = false, width: Int? = nil, _ body: @Sendable () async -> ExitCode
    ) async -> CapturedOutput {
        let captured = Captured()
        let console = Console(
            usesColor: usesColor, width: width, output: { bytes in captured.output.withLock { $0 += bytes } },
            error: { bytes in captured.error.withLock { $0 += bytes } })
        let code = await $current.withValue(console) { await body() }
        return CapturedOutput(
            code: code, output: captured.output.withLock { String(decoding: $0, as: UTF8.self) },
            error: captured.error.withLock { String(decoding: $0, as: UTF8.self) })
    }

    private final class Captured: Sendable {
        let output = Mutex<[UInt8]>([])
        let error = Mutex<[UInt8]>([])
    }
}
