import AnnotationModel
import AnnotationServices
import AnnotationStore
import CommandSupport
import JSONText

/// What `verify` and `replay --check` have in common: they look, tell what they find, and fail when it is something.
enum CheckRun {
    /// More than these are counted, and not told one by one.
    private static let mostTold = 1000

    static func run(
        _ options: DatabaseOptions, _ project: String?, _ doing: String,
        _ check: (InvariantCheck, EntityID?, CheckObserver) async throws -> Int
    ) async throws {
        let count = try await Instance.with(options) { instance in
            var id: EntityID?
            if let project {
                id = try await instance.services.projects.rights(project, instance.principal, .read).project.id
            }
            let progress = Progress(doing, unit: "rows")
            defer { progress.finish() }
            var findings: [Finding] = []
            let observer = CheckObserver(
                progress: { step in progress.update(done: step.done) },
                found: { finding in if findings.count < mostTold { findings.append(finding) } })
            let count = try await check(InvariantCheck(instance.services.database), id, observer)
            progress.finish()
            try tell(findings, count: count, options.output)
            return count
        }
        if count > 0 { throw QuietExit(.someFailed) }
    }

    private static func tell(_ findings: [Finding], count: Int, _ options: OutputOptions) throws {
        if options.json {
            return try Output.json([
                "count": JSONValue(count),
                "findings": .array(
                    findings.map { finding in
                        [
                            "check": .string(finding.check), "project": .string(finding.project.text),
                            "id": .string(finding.id), "message": .string(finding.message),
                        ]
                    }),
            ])
        }
        guard count > 0 else { return try Output.line("everything is as it should be") }
        var table = Table([.init("check"), .init("id"), .init("what is wrong", flexible: true), .init("project")])
        for finding in findings { table.add(finding.check, finding.id, finding.message, finding.project.text) }
        try Output.table(table)
        try Output.line("\(count) \(count == 1 ? "finding" : "findings")")
    }
}
