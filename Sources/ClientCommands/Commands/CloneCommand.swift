import AnnotationClient
import ArgumentParser
import CommandSupport
import JSONText

struct CloneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone",
        abstract: "Copy a project into a directory, to work in it offline.",
        discussion: """
            The token comes from the administrator (manicule token create); it is read from standard input, or asked \
            for at a terminal, and kept in the clone. A clone that was cut off goes on when the command is run again; \
            run on a finished clone the command takes a new token in place of one that expired.

            Example:
              manicule-client clone http://127.0.0.1:8080 karabagh karabagh --token-stdin < token
            """)

    @Argument(help: ArgumentHelp("The server's address, as in http://127.0.0.1:8080.", valueName: "server"))
    var server: String

    @Argument(help: "The project's name.")
    var project: String

    @Argument(help: ArgumentHelp("The directory of the clone; made when missing.", valueName: "dir"))
    var directory: String

    @Flag(name: .customLong("token-stdin"), help: "Read the token from the first line of standard input.")
    var tokenFromStandardInput = false

    @Option(help: "What this device is called in lists; its host name if not given.")
    var device: String?

    @OptionGroup var clone: CloneOptions

    func validate() throws {
        guard server.hasPrefix("http://") || server.hasPrefix("https://") else {
            throw ValidationError("the server “\(server)” is no address; it begins with http:// or https://")
        }
        if directory.isEmpty { throw ValidationError("the directory of the clone is empty") }
        if project.isEmpty { throw ValidationError("the project's name is empty") }
    }

    func run() async throws {
        let setup = Clone.Setup(
            server: server, project: project, token: try TokenInput.read(fromStandardInput: tokenFromStandardInput),
            device: device)
        let progress = SyncProgressLine()
        defer { progress.finish() }
        let taken = try await Failures.naming(server) {
            try await Clone.take(setup, into: target, progress: progress.handler)
        }
        progress.finish()
        let status = try taken.status()
        let place = taken.directory
        try taken.close()
        if clone.output.json { return try Output.json(status.json) }
        try Output.line(
            "Cloned \(status.project.printable()) for \(status.user.printable()) into \(place.printable()): "
                + "\(status.articles) articles, \(status.annotations) annotations")
    }

    /// `-C` is where a relative directory begins, as for git.
    private var target: String {
        guard let base = clone.givenDirectory, !directory.hasPrefix("/") else { return directory }
        return base + "/" + directory
    }
}
