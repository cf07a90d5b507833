import AnnotationModel
import AnnotationStore
import ArgumentParser
import CommandSupport
import Digest
import JSONText
import Logging
import PrivatePostgres

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database's schema up to this program.",
        discussion: """
            The private PostgreSQL is migrated when the server starts. For a database of yours give the URL of a role that \
            owns its schema.

            Example: manicule migrate --database-url postgresql://owner@db/manicule
            """)

    @OptionGroup var database: DatabaseOptions
    @Flag(help: "Only say which migrations are applied.") var status = false

    func run() async throws {
        let settings = try await AdminSettings.load(database)
        let logger = settings.makeLogger(quiet: !database.output.verbose)
        if let url = settings.databaseURL { return try await run(Migrator(connectionString: url, logger: logger)) }
        let cluster = PrivateCluster(dataDirectory: settings.dataDirectory, runAs: settings.user, logger: logger)
        try await cluster.withCluster { connections in
            try await run(Migrator(connectionString: connections.owner, logger: logger))
        }
    }

    private func run(_ migrator: Migrator) async throws {
        let applied = status ? [] : try await migrator.migrate()
        let states = try await migrator.status()
        if database.output.json {
            return try Output.json(
                .array(
                    states.map { state in
                        [
                            "number": JSONValue(state.number), "name": .string(state.name),
                            "checksum": .string(state.checksum.hex),
                            "applied_at": state.appliedAt.map { .string($0.text) } ?? .null,
                        ]
                    }))
        }
        guard status else {
            return try Output.line(
                applied.isEmpty
                    ? "nothing to migrate"
                    : "applied \(applied.map { "\($0.number) (\($0.name))" }.joined(separator: ", "))")
        }
        var table = Table([.init("number", .right), .init("name"), .init("applied")])
        for state in states {
            table.add(
                String(state.number), state.name,
                (state.appliedAt?.text ?? "not yet") + (state.isKnown ? "" : ", unknown to this program"))
        }
        try Output.table(table)
    }
}
