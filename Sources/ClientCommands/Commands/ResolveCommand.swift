import AnnotationClient
import AnnotationModel
import ArgumentParser
import CommandSupport
import JSONText

struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Settle a conflict by choosing one of its two values, or a third one.",
        discussion: """
            --mine is the value made on this clone, else by you; --theirs is the other one. Where neither is yours say \
            --kept, the value that stands now, or --other. --value sets a new value: for a text as it is, for an \
            attribute typed like the values in conflict, for an anchor START:END,…, for a deletion true or false.

            Examples:
              manicule-client resolve 0199c0de --mine
              manicule-client resolve 0199c0de --value ORG
            """)

    enum Side: String, EnumerableFlag {
        case mine, theirs, kept, other

        static func help(for value: Side) -> ArgumentHelp? {
            switch value {
            case .mine: "Take the value made on this clone, else by you."
            case .theirs: "Take the other one."
            case .kept: "Leave the value that stands now."
            case .other: "Take the value that was kept beside it."
            }
        }

        var choice: ResolveChoice {
            switch self {
            case .mine: .mine
            case .theirs: .theirs
            case .kept: .kept
            case .other: .other
            }
        }
    }

    @Argument(help: "The conflict's id, or its beginning.")
    var conflict: String

    @Flag var side: Side?

    @Option(parsing: .unconditional, help: "Set this value instead of either.")
    var value: String?

    @OptionGroup var clone: CloneOptions

    func validate() throws {
        guard (side == nil) != (value == nil) else {
            throw ValidationError("choose one of --mine, --theirs, --kept, --other and --value VALUE")
        }
    }

    func run() async throws {
        try await clone.withClone { client in
            let item = try client.resolve(conflict, try choice(client))
            if clone.output.json { return try Output.json(item.json) }
            let conflict = item.conflict
            try Output.line(
                "Resolved \(conflict.id.text): \(conflict.field.printable()) of \(conflict.entity.rawValue) "
                    + "\(conflict.entityID.text)" + (conflict.choice.map { " by \($0.rawValue)" } ?? ""))
        }
    }

    private func choice(_ client: Clone) throws -> ResolveChoice {
        guard let value else { return side?.choice ?? .kept }
        let known = try client.conflicts(includingResolved: true).filter {
            $0.conflict.id.text.utf8.starts(with: conflict.lowercased().utf8)
        }
        // An id that names none or several is the library's to refuse.
        guard known.count == 1, let item = known.first else { return .value(.string(value)) }
        return .value(
            try ConflictValue.parse(value, for: item.conflict) { article in
                ArticleText(try client.article(article.text).text)
            })
    }
}
