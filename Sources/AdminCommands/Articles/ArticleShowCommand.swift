import AnnotationModel
import AnnotationServices
import ArgumentParser
import CommandSupport
import JSONText

struct ArticleShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an article's text, and what was said about it.",
        discussion: "Example: manicule article show karabagh article-2020-11 --annotations")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The project's name or id.") var project: String
    @Argument(help: "The article: an id, an external id, or an unambiguous prefix of either.") var article: String
    @Flag(help: "With all annotations.") var annotations = false

    func run() async throws {
        try await Instance.with(database) { instance in
            let access = try await instance.services.projects.rights(project, instance.principal, .read)
            let view = try await instance.services.articles.show(
                access, article: article, text: true, annotations: annotations)
            let people = try await instance.people(in: access.project.id)
            if database.output.json { return try Output.json(.object(view.json(people: people))) }
            try Output.line(Style.bold(view.article.externalID.printable()))
            for (key, value) in view.article.metadata.members {
                try Output.line("\(key): \(value.stringValue ?? value.canonicalText)".printable())
            }
            try Output.line()
            try Output.line((view.text ?? "").printable(keepingLines: true))
            guard let annotations = view.annotations else { return }
            try Output.line()
            var table = Table([
                .init("label"), .init("place"), .init("quote", flexible: true), .init("author"), .init("id"),
            ])
            for item in annotations {
                let annotation = item.annotation
                table.add(
                    annotation.label, annotation.anchor.spans.map { "\($0.start):\($0.end)" }.joined(separator: " "),
                    annotation.anchor.spans.map(\.shownQuote).joined(separator: " … "),
                    people[annotation.author] ?? annotation.author.text, annotation.id.text)
            }
            try Output.table(table, empty: "no annotations yet")
        }
    }
}

extension Span {
    fileprivate var shownQuote: String {
        switch quote {
        case .text(let text): text
        case .digest: "(\(end - start) code points)"
        }
    }
}
