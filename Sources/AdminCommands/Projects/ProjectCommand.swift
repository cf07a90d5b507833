import AnnotationModel
import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import JSONText

struct ProjectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project",
        abstract: "Make projects and change their settings.",
        discussion: "Example: manicule project create karabagh --title “Haut-Karabagh” --labels labels.yaml",
        subcommands: [
            ProjectCreateCommand.self, ProjectSetCommand.self, ProjectShowCommand.self, ProjectListCommand.self,
        ])
}

extension ProjectRecord {
    /// Prints the project for people or as JSON.
    func print(_ options: OutputOptions) throws {
        if options.json { return try Output.json(.object(json)) }
        var table = Table("setting", "value")
        table.add("name", project.name)
        table.add("title", project.title)
        table.add("language", project.language ?? "")
        table.add("layers", project.layers.rawValue)
        table.add("visibility", project.visibility.rawValue)
        table.add("access", project.access.rawValue)
        table.add("head", String(head))
        table.add("epoch", epoch.text)
        table.add("id", project.id.text)
        try Output.table(table)
    }
}
