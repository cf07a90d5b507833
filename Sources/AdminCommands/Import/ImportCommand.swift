import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport
import Interchange
import JSONText

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring texts and annotations into a project.",
        discussion: """
            Reads text files (one article each), canonical JSONL and rows of plain corpora; a folder stands for the files \
            in it, “-” for standard input. A bad row is reported and passed over; the rest is imported. The same import \
            again writes nothing.

            Example: manicule import karabagh articles/ corpus.jsonl --report report.jsonl
            """)

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The project's name or id.")
    var project: String

    @Argument(help: "Files and folders.")
    var paths: [String]

    @Flag(name: .customLong("dry-run"), help: "Do everything but the writing.")
    var isDryRun = false

    @Option(
        help: ArgumentHelp(
            "Write a line of JSON for each refused row, and the summary as the last line.", valueName: "file"))
    var report: String?

    @Option(name: .customLong("as"), help: ArgumentHelp("The author of annotations that name none.", valueName: "user"))
    var asUser: String?

    @Flag(
        name: .customLong("add-members"),
        help: "Make authors who are no members annotators; who has no account gets one without a password.")
    var addsMembers = false

    @Option(
        name: .customLong("map-authors"),
        help: ArgumentHelp(
            "A JSON object or lines “name<TAB>user”: which users the file's names stand for.", valueName: "file"))
    var authorMap: String?

    @Flag(name: .customLong("create-labels"), help: "Make the labels that the project lacks.")
    var createsLabels = false

    @Option(
        name: .customLong("offset-unit"),
        help: "The unit of offsets in formats that declare none: codepoint, utf16 or utf8.")
    var unit: String = OffsetUnit.codepoint.rawValue

    func run() async throws {
        guard let unit = OffsetUnit(rawValue: unit) else {
            throw CommandFailure.usage("--offset-unit must be codepoint, utf16 or utf8, not “\(unit)”")
        }
        let sources = try ImportPaths.sources(paths)
        let options = ImportOptions(
            asUser: asUser, authorMap: try authorMap.map(AuthorMap.read) ?? [:], addsMembers: addsMembers,
            createsLabels: createsLabels, isDryRun: isDryRun, unit: unit)
        let reporter = try ImportReporter(path: report, isJSON: database.output.json)
        let total = sources.reduce(Int64?(0)) { sum, source in sum.flatMap { sum in source.size.map { sum + $0 } } }
        let progress = Progress("importing", unit: "bytes", total: total)
        let summary = try await Instance.with(database) { instance in
            let project = try await instance.services.projects.rights(project, instance.principal, .manage).project.id
            defer { progress.finish() }
            return try await instance.services.imports.run(
                ImportService.Run(
                    by: .nobody, actor: instance.principal.auditName, options: options,
                    report: { diagnostic in try reporter.add(diagnostic) },
                    progress: { _, bytes in progress.update(done: bytes) }),
                project: project, sources: sources)
        }
        try reporter.finish(summary)
        try print(summary)
        if summary.articlesRead > 0, summary.failed == summary.articlesRead { throw QuietExit(.usage) }
        if summary.failed > 0 { throw QuietExit(.someFailed) }
        if summary.articlesRead == 0 {
            throw CommandFailure.usage("there was nothing to import in \(paths.joined(separator: ", "))")
        }
    }

    private func print(_ summary: ImportSummary) throws {
        guard !database.output.json else { return try Output.json(.object(summary.json)) }
        var line = "\(isDryRun ? "would import" : "imported") \(summary.inserted) of \(summary.articlesRead) articles"
        let others = [
            (summary.updated, "updated"), (summary.unchanged, "unchanged"), (summary.skipped, "skipped"),
            (summary.failed, "failed"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        if !others.isEmpty { line += " (\(others.joined(separator: ", ")))" }
        line += ", \(summary.annotations) annotations, \(summary.relations) relations"
        try Output.line(line)
        if summary.quotesUnverified > 0 {
            try Output.line("\(summary.quotesUnverified) spans came without their text, which could not be verified")
        }
        if summary.failed > 0, report == nil {
            try Output.line("--report FILE writes each refused row with its place")
        }
    }
}
