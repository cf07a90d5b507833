import AnnotationModel
import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import JSONText

struct ProjectListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all projects.", discussion: "Example: manicule project list")

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        try await Instance.with(database) { instance in
            let records = try await allPages { after in
                try await instance.services.projects.list(after: after, limit: 1000, by: instance.principal)
            }
            if database.output.json { return try Output.json(.array(records.map { .object($0.json) })) }
            var table = Table(
                [
                    .init("name"), .init("title", flexible: true), .init("language"), .init("layers"),
                    .init("visibility"), .init("head", .right),
                ])
            for record in records {
                let project = record.project
                table.add(
                    project.name, project.title, project.language ?? "", project.layers.rawValue,
                    project.visibility.rawValue, String(record.head))
            }
            try Output.table(table, empty: "no projects yet; make one with “manicule project create NAME”")
        }
    }
}
