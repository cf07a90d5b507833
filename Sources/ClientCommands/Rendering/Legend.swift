import AnnotationModel
import CommandSupport

/// What the numbers in a marked text mean: one paragraph for each annotation.
struct Legend {
    let sheet: ArticleSheet
    let marks: SpanMarks
    let palette: Palette

    func rendered(width: Int?, color: Bool) -> String {
        let entries = Dictionary(sheet.entries.map { ($0.annotation.id, $0) }, uniquingKeysWith: { first, _ in first })
        let numbers = Dictionary(
            marks.annotations.enumerated().map { ($1.id, $0 + 1) }, uniquingKeysWith: { first, _ in first })
        var output = ""
        for (index, annotation) in marks.annotations.enumerated() {
            guard let entry = entries[annotation.id] else { continue }
            let tag = "{\(index + 1) \(annotation.label.printable())}"
            output += palette[annotation.label].apply(tag, color: color) + " "
            output += summary(entry, width: width.map { $0 - tag.displayWidth - 1 }) + "\n"
            for line in details(entry, numbers: numbers) { output += indented(line, width: width) }
        }
        return output
    }

    /// `“Ada Lindqvist” 87:100 · bob · 0199…`, the quote cut so that the line fits.
    private func summary(_ entry: ArticleSheet.Entry, width: Int?) -> String {
        let annotation = entry.annotation
        var parts = [entry.author.printable()]
        if annotation.layer != .own { parts.append(annotation.layer.rawValue) }
        if annotation.state == .final { parts.append("final") }
        if entry.isPending { parts.append("not sent yet") }
        if annotation.anchor.articleVersion != sheet.article.articleVersion { parts.append("on another text") }
        parts.append(annotation.id.text)
        let rest = " · " + parts.joined(separator: " · ")
        return Shown.place(annotation.anchor, in: sheet.text, width: width.map { $0 - rest.displayWidth }) + rest
    }

    private func details(_ entry: ArticleSheet.Entry, numbers: [EntityID: Int]) -> [String] {
        var lines: [String] = []
        let attributes = Shown.attributes(entry.annotation.attributes)
        if !attributes.isEmpty { lines.append(attributes) }
        for comment in entry.comments {
            lines.append(
                "\(comment.author.printable()): \(comment.text) (\(comment.id.text)\(comment.isPending ? ", not sent yet" : ""))"
            )
        }
        for link in sheet.links {
            let relation = link.relation
            if relation.from == entry.annotation.id {
                let more = [
                    Shown.attributes(relation.attributes), link.author.printable(),
                    link.isPending ? "not sent yet" : "", relation.id.text,
                ]
                lines.append(
                    "→ \(name(relation.to, numbers)) \(relation.label.printable()) · "
                        + more.filter { !$0.isEmpty }.joined(separator: " · "))
            }
            if relation.to == entry.annotation.id {
                lines.append("← \(name(relation.from, numbers)) \(relation.label.printable())")
            }
        }
        return lines
    }

    private func name(_ id: EntityID, _ numbers: [EntityID: Int]) -> String {
        numbers[id].map { "{\($0)}" } ?? id.text
    }

    /// The text below its annotation, each of its lines indented.
    private func indented(_ text: String, width: Int?) -> String {
        let atoms = TextAtom.atoms(of: text[...], paint: nil, followsMarker: false)
        return LineFill.lines(atoms, width: width.map { max(20, $0 - 4) })
            .map { "    " + $0.map(\.text).joined() + "\n" }.joined()
    }
}
