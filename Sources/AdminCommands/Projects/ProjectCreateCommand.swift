import AnnotationModel
import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import JSONText

struct ProjectCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a project.",
        discussion:
            "Example: manicule project create karabagh --title “Haut-Karabagh” --language fr --labels labels.yaml")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The name: lower-case letters, digits, dot, hyphen and underscore.") var name: String
    @Option(help: "What people call it.") var title: String = ""
    @Option(help: "The language of its texts, such as fr.") var language: String?
    @Option(help: ArgumentHelp("The label set, in YAML.", valueName: "file")) var labels: String?
    @Option(help: "own: each author a layer of their own; shared: one layer for all.") var layers: String = "own"
    @Option(help: "Which layers of others annotators see: own, after_done or all.") var visibility: String = "own"
    @Option(help: "Which articles annotators see: all or assigned.") var access: String = "all"

    func run() async throws {
        let draft = ProjectDraft(
            name: name, title: title, language: language, layers: try ArgumentReading.oneOf(layers, "--layers"),
            visibility: try ArgumentReading.oneOf(visibility, "--visibility"),
            access: try ArgumentReading.oneOf(access, "--access"))
        let labels = try labels.map(LabelFile.read) ?? []
        try await Instance.with(database) { instance in
            let record = try await instance.services.projects.create(draft, labels: labels, by: instance.principal)
            if database.output.json { return try Output.json(.object(record.json)) }
            try Output.line("made \(record.project.name) with \(labels.count) labels")
        }
    }
}
