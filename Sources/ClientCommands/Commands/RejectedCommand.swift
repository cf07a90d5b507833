import AnnotationClient
import AnnotationModel
import ArgumentParser
import CommandSupport
import JSONText

struct RejectedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejected",
        abstract: "List the work that the server refused, and send it again, print it, or let it go.",
        discussion: """
            Nothing of it is dropped before you discard it. retry sends it again at the next sync, once what stood in \
            its way is gone; export prints it whole as JSON, without a number all of it; discard lets it go.

            Examples:
              manicule-client rejected
              manicule-client rejected retry 3
              manicule-client rejected export > kept.json
            """)

    enum Action: String, ExpressibleByArgument, CaseIterable {
        case retry, export, discard
    }

    @Argument(help: "retry, export or discard; without it they are listed.")
    var action: Action?

    @Argument(help: ArgumentHelp("Which one, by its number in the list.", valueName: "n"))
    var number: Int64?

    @Flag(help: "List those that were retried or discarded too.")
    var all = false

    @OptionGroup var clone: CloneOptions

    func validate() throws {
        if let action, action != .export, number == nil {
            throw ValidationError("say which: rejected \(action.rawValue) N, by the number in the list")
        }
    }

    func run() async throws {
        try await clone.withClone { client in
            switch action {
            case nil: try list(try client.rejected(includingSettled: all))
            case .export: try Output.json(try client.exportRejected(number))
            case .retry:
                try settled(try client.retryRejected(number ?? 0), "will be sent again at the next sync")
            case .discard: try settled(try client.discardRejected(number ?? 0), "is discarded")
            }
        }
    }

    private func settled(_ item: RejectedItem, _ what: String) throws {
        if clone.output.json { return try Output.json(item.json) }
        try Output.line("\(item.number) (\(item.code)) \(what)")
    }

    private func list(_ items: [RejectedItem]) throws {
        if clone.output.json { return try Output.json(.array(items.map(\.json))) }
        var table = Table([
            Table.Column("number", .right), Table.Column("when"), Table.Column("code"), Table.Column("state"),
            Table.Column("message", flexible: true),
        ])
        for item in items {
            table.add("\(item.number)", item.at.text, item.code, item.state.rawValue, item.message)
        }
        try Output.table(table, empty: "Nothing was rejected.")
    }
}
