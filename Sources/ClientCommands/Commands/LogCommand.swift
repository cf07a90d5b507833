import AnnotationClient
import AnnotationModel
import ArgumentParser
import CommandSupport
import JSONText
import SyncProtocol

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "List what was done in this clone, newest first, and what became of it.",
        discussion: """
            Example:
              manicule-client log --limit 20
            """)

    @Option(help: ArgumentHelp("How many to list at most.", valueName: "n"))
    var limit: Int?

    @OptionGroup var clone: CloneOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is at least 1") }
    }

    func run() async throws {
        try await clone.withClone { client in
            let items = try client.log(limit: limit)
            if clone.output.json { return try Output.json(.array(items.map(\.json))) }
            var table = Table([
                Table.Column("n", .right), Table.Column("when"), Table.Column("status"),
                Table.Column("what", flexible: true),
            ])
            for item in items {
                table.add(
                    "\(item.n)", item.madeAt?.text ?? "", item.result?.rawValue ?? item.state.rawValue,
                    item.operations.joined(separator: "; "))
            }
            try Output.table(table, empty: "Nothing was done in this clone yet.")
        }
    }
}
