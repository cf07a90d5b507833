import AnnotationStore
import ArgumentParser
import CommandSupport

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Compare the rows with what the change log says of them.",
        discussion: """
            Every row must equal its last image in the log, and every change must have its entry. It reads only, in memory \
            that does not grow.

            Example: manicule replay --check
            """)

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "One project's name or id; all of them otherwise.") var project: String?
    @Flag(help: "Compare, and change nothing.") var check = false

    func run() async throws {
        guard check else { throw CommandFailure.usage("say --check: replay compares and changes nothing") }
        try await CheckRun.run(database, project, "replaying") { check, project, observer in
            try await check.replayCheck(project: project, observer)
        }
    }
}
