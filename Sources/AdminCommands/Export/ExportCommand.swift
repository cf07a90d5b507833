import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport
import JSONText

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a project as canonical JSONL.",
        discussion: """
            Everything that is live, as of one moment: settings, labels, articles with their texts, annotations with \
            their authors. The same state gives the same bytes, and importing it into an empty project gives the same \
            annotations under the same ids.

            Example: manicule export karabagh -o karabagh.jsonl
            """)

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The project's name or id.")
    var project: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write; standard output otherwise.", valueName: "file"))
    var output: String?

    func run() async throws {
        let target = output == "-" ? nil : output
        let spool = try target.map { try SpoolFile(becoming: $0) } ?? SpoolFile()
        let progress = Progress("exporting", unit: "articles")
        let summary = try await Instance.with(database) { instance in
            defer { progress.finish() }
            let project = try await instance.services.projects.rights(project, instance.principal, .manage).project.id
            return try await instance.services.exports.export(project: project, into: spool) { done, total in
                progress.update(done: Int64(done), total: Int64(total))
            }
        }
        guard let target else {
            try spool.read { try Console.current.write($0) }
            return tell(summary, "standard output")
        }
        try spool.keep()
        if database.output.json {
            return try Output.json([
                "file": .string(target), "articles": JSONValue(summary.articles),
                "annotations": JSONValue(summary.annotations), "relations": JSONValue(summary.relations),
                "reviews": JSONValue(summary.reviews), "comments": JSONValue(summary.comments),
                "bytes": .number(Double(summary.bytes)), "head": .number(Double(summary.head)),
            ])
        }
        tell(summary, target)
    }

    /// On standard error: standard output may be the export itself.
    private func tell(_ summary: ExportService.Summary, _ target: String) {
        Output.note(
            "exported \(summary.articles) articles and \(summary.annotations) annotations to \(target) (head \(summary.head))"
        )
    }
}
