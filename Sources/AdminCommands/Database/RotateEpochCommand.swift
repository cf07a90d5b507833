import AnnotationModel
import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import JSONText

struct RotateEpochCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-epoch",
        abstract: "Begin a new history: clients take a fresh snapshot and push again what it lacks.",
        discussion: """
            For a database that was brought back by other means than “manicule restore”.

            Example: manicule admin rotate-epoch karabagh
            """)

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "One project's name or id; all of them otherwise.") var project: String?

    func run() async throws {
        try await Instance.with(database) { instance in
            var id: EntityID?
            if let project {
                id = try await instance.services.projects.rights(project, instance.principal, .manage).project.id
            }
            let rotated = try await instance.services.log.rotateEpoch(project: id)
            try await AuditLog(instance.services.database).append(
                actor: instance.principal.auditName, action: "epoch.rotate", project: id, subject: project)
            if database.output.json {
                return try Output.json(
                    .array(rotated.map { ["project": .string($0.project.text), "epoch": .string($0.epoch.text)] }))
            }
            try Output.line("\(rotated.count) \(rotated.count == 1 ? "project has" : "projects have") a new epoch")
        }
    }
}
