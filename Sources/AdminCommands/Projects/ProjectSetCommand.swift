import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport

struct ProjectSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a project's settings, or add labels to it.",
        discussion: "Example: manicule project set karabagh --visibility all")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The project's name or id.") var project: String
    @Option(help: "What people call it.") var title: String?
    @Option(help: "The language of its texts; empty for none.") var language: String?
    @Option(help: ArgumentHelp("Labels to add, in YAML; those that are there stay.", valueName: "file")) var labels:
        String?
    @Option(help: "own or shared; only while the project has no annotations.") var layers: String?
    @Option(help: "own, after_done or all.") var visibility: String?
    @Option(help: "all or assigned.") var access: String?

    func run() async throws {
        var patch = ProjectPatch()
        patch.title = title
        if let language { patch.language = .some(language.isEmpty ? nil : language) }
        patch.layers = try layers.map { try ArgumentReading.oneOf($0, "--layers") }
        patch.visibility = try visibility.map { try ArgumentReading.oneOf($0, "--visibility") }
        patch.access = try access.map { try ArgumentReading.oneOf($0, "--access") }
        guard [title, language, labels, layers, visibility, access].contains(where: { $0 != nil }) else {
            throw CommandFailure.usage("there is nothing to set; see 'manicule project set --help'")
        }
        let labels = try labels.map(LabelFile.read) ?? []
        try await Instance.with(database) { instance in
            let record = try await instance.services.projects.set(project, patch, by: instance.principal)
            let known = try await instance.services.labels.list(project: project, by: instance.principal)
            let new = labels.filter { label in !known.contains { ExactString.equal($0.key, label.key) } }
            if !new.isEmpty {
                _ = try await instance.services.labels.add(new, project: project, by: instance.principal)
            }
            try record.print(database.output)
        }
    }
}
