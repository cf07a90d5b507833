import AnnotationClient
import AnnotationModel
import ArgumentParser
import CommandSupport
import JSONText

struct ConflictsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflicts",
        abstract: "List the fields that got two values, both of which are kept until somebody chooses.",
        discussion: """
            KEPT is the value that stands now, OTHER the one that waits beside it; your own has a star. \
            See resolve for choosing.

            Example:
              manicule-client conflicts
            """)

    @Flag(help: "List the resolved ones too.")
    var all = false

    @OptionGroup var clone: CloneOptions

    func run() async throws {
        try await clone.withClone { client in
            let items = try client.conflicts(includingResolved: all)
            if clone.output.json { return try Output.json(.array(items.map(\.json))) }
            var table = Table([
                Table.Column("id"), Table.Column("of"), Table.Column("field"), Table.Column("kept", flexible: true),
                Table.Column("other", flexible: true), Table.Column("state"),
            ])
            for item in items {
                let conflict = item.conflict
                let kept = Shown.side(conflict.kept, field: conflict.field, by: item.keptBy)
                let other = Shown.side(conflict.other, field: conflict.field, by: item.otherBy)
                table.add(
                    conflict.id.text, "\(conflict.entity.rawValue) \(conflict.entityID.text)", conflict.field,
                    kept + (item.mine == .kept ? "*" : ""), other + (item.mine == .other ? "*" : ""),
                    conflict.state.rawValue + (item.isPending ? ", not sent yet" : ""))
            }
            try Output.table(table, empty: "There are no conflicts.")
        }
    }
}
