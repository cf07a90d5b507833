import AnnotationStore
import ArgumentParser
import CommandSupport

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the stored data against its invariants.",
        discussion: """
            Quotes against texts, the log's numbering, results of mutations, the ends of relations. It reads only, in memory \
            that does not grow.

            Example: manicule verify
            """)

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "One project's name or id; all of them otherwise.") var project: String?

    func run() async throws {
        try await CheckRun.run(database, project, "verifying") { check, project, observer in
            try await check.verify(project: project, observer)
        }
    }
}
