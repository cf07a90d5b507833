import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport
import JSONText

struct ProjectShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a project's settings and labels.",
        discussion: "Example: manicule project show karabagh")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The project's name or id.") var project: String

    func run() async throws {
        try await Instance.with(database) { instance in
            let access = try await instance.services.projects.rights(project, instance.principal, .read)
            let labels = try await instance.services.labels.list(project: project, by: instance.principal)
            if database.output.json {
                var object = access.record.json
                object["labels"] = .array(labels.map { .object($0.shown) })
                return try Output.json(.object(object))
            }
            try access.record.print(database.output)
            guard !labels.isEmpty else { return }
            try Output.line()
            var table = Table("label", "name", "kind", "attributes", "state")
            for label in labels {
                table.add(
                    label.key, label.name, label.kind.rawValue,
                    label.attributes.map { "\($0.key) (\($0.type.name))" }.joined(separator: ", "),
                    label.retired ? "retired" : "")
            }
            try Output.table(table)
        }
    }
}
