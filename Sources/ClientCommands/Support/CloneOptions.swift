import ArgumentParser
import CommandSupport
import Glibc

/// Where the clone is, for every command of the client.
struct CloneOptions: ParsableArguments {
    @Option(
        name: .customShort("C"),
        help: ArgumentHelp(
            "The clone to work in; else MANICULE_CLIENT_DIR, else the current directory or one above it.",
            valueName: "dir"))
    var givenDirectory: String?

    @OptionGroup var output: OutputOptions

    /// The directory to begin with: what was said, else the environment's, else the current one.
    var directory: String {
        if let givenDirectory { return givenDirectory }
        let environment = getenv("MANICULE_CLIENT_DIR").map { String(cString: $0) } ?? ""
        return environment.isEmpty ? "." : environment
    }

    mutating func validate() throws {
        if let givenDirectory, givenDirectory.isEmpty { throw ValidationError("-C needs a directory") }
    }
}
