import AnnotationServices
import AnnotationStore
import ArgumentParser
import CommandSupport
import JSONText
import PrivatePostgres

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say whether a server runs, and what the database holds.",
        discussion: "Example: manicule status")

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        try await Instance.with(database) { instance in
            let server: (pid: Int32, address: String?)? =
                instance.cluster == nil
                ? nil
                : try PrivateCluster(
                    dataDirectory: instance.settings.dataDirectory, runAs: instance.settings.user,
                    logger: instance.logger
                ).runningServer()
            let counts = try await InstanceCounts.read(instance.services.database)
            if database.output.json {
                var object: JSONObject = [
                    "version": .string(Version.current), "server": server?.address.map { .string($0) } ?? .null,
                    "postgresql": .string(counts.postgresVersion), "schema": JSONValue(counts.schema),
                ]
                if instance.cluster != nil { object["data_directory"] = .string(instance.settings.dataDirectory) }
                for (name, count) in counts.rows { object[name] = .number(Double(count)) }
                return try Output.json(.object(object))
            }
            var table = Table([.init("what"), .init("value")])
            table.add("manicule", Version.current)
            if instance.cluster != nil {
                table.add("data directory", instance.settings.dataDirectory)
                table.add("server", server.map { "\($0.address ?? "starting") (process \($0.pid))" } ?? "not running")
            }
            table.add("PostgreSQL", counts.postgresVersion)
            table.add("schema", String(counts.schema))
            for (name, count) in counts.rows { table.add(name, Progress.grouped(count)) }
            try Output.table(table)
        }
    }
}
