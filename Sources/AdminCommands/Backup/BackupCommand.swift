import AnnotationModel
import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import FailPoints
import FoundationEssentials
import Glibc
import JSONText
import PrivatePostgres

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write a backup of everything into a new folder, while the server goes on.",
        discussion: """
            One consistent state of the whole database. The folder appears when it is complete, or not at all.

            Example: manicule backup backups/2026-11-25
            """)

    @OptionGroup var database: DatabaseOptions
    @Argument(help: ArgumentHelp("The folder to make.", valueName: "dir")) var directory: String

    func run() async throws {
        try await AdminSettings.load(database).requirePrivateCluster("backup")
        var folder = directory
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        guard access(folder, F_OK) != 0 || isEmptyFolder(folder) else {
            throw CommandFailure.usage("\(folder) is there already; a backup makes a new folder")
        }
        let partial = "\(folder).partial-\(getpid())"
        let projects = try await Instance.with(database) { instance in
            guard let connections = instance.cluster else { return 0 }
            try makeFolder(partial)
            do {
                try await PostgresTool(connections: connections).run(
                    "pg_dump", ["--format=directory", "--file=\(partial)/database", "--compress=1"])
                try FailPoints.hit(.backupAfterBase)
                let counts = try await InstanceCounts.read(instance.services.database)
                let manifest = BackupManifest(
                    madeAt: .now(), schema: counts.schema, postgres: connections.version, program: Version.current)
                try Data(manifest.bytes).write(to: URL(filePath: "\(partial)/manicule.json"))
                rmdir(folder)
                guard rename(partial, folder) == 0 else {
                    throw CommandFailure.environment("\(folder) cannot be made: \(String(cString: strerror(errno)))")
                }
                return Int(counts.rows.first { $0.name == "projects" }?.count ?? 0)
            } catch {
                try? FileManager.default.removeItem(atPath: partial)
                throw error
            }
        }
        if database.output.json {
            return try Output.json(["directory": .string(folder), "projects": JSONValue(projects)])
        }
        try Output.line("backed up \(projects) \(projects == 1 ? "project" : "projects") to \(folder)")
    }

    private func makeFolder(_ path: String) throws {
        guard mkdir(path, 0o700) == 0 else {
            throw CommandFailure.environment("\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    private func isEmptyFolder(_ path: String) -> Bool {
        (try? FileManager.default.contentsOfDirectory(atPath: path).isEmpty) ?? false
    }
}
