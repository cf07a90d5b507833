import AnnotationModel
import CommandSupport

/// An article's text with its spans marked.
///
/// `‹Ada Lindqvist›{1 PER}`: brackets around the covered text, then in braces the annotations that cover exactly
/// this, by their number in the legend and their label; `3 MISC 2/2` is the second of two pieces, and a span that
/// crosses another has its number at its opening too: `‹¹Ada ‹²Lindqvist›{1 PER} of Valbruck›{2 MISC}`. Colour only
/// adds to that: without it the same characters stand there.
struct MarkedText {
    let text: ArticleText
    let marks: SpanMarks
    let palette: Palette

    /// The text's lines, each with its line end.
    func rendered(width: Int?, color: Bool) -> String {
        var output = ""
        for line in LineFill.lines(atoms(), width: width) {
            var index = line.startIndex
            while index < line.endIndex {
                let paint = line[index].paint
                var run = ""
                while index < line.endIndex, line[index].paint == paint {
                    run += line[index].text
                    index += 1
                }
                output += paint?.apply(run, color: color) ?? run
            }
            output += "\n"
        }
        return output
    }

    private func atoms() -> [TextAtom] {
        var atoms: [TextAtom] = []
        var open: [Int] = []
        var place = 0
        var followsMarker = false
        func add(upTo end: Int) {
            guard end > place, let piece = text[place, end] else { return }
            let paint = open.last.map { palette[marks.marks[$0].tags[0].label] }
            atoms += TextAtom.atoms(of: piece, paint: paint, followsMarker: followsMarker)
            place = end
            followsMarker = false
        }
        for (at, events) in marks.events {
            add(upTo: at)
            for event in events {
                switch event {
                case .open(let index):
                    atoms.append(.marker(opening(marks.marks[index]), .marker))
                    open.append(index)
                case .close(let index):
                    open.removeAll { $0 == index }
                    atoms.append(.marker(closing(marks.marks[index]), .marker))
                case .empty(let index):
                    atoms.append(.marker("‹" + closing(marks.marks[index]), .marker))
                }
                followsMarker = true
            }
        }
        add(upTo: text.length)
        return atoms
    }

    private func opening(_ mark: SpanMark) -> String {
        "‹" + (mark.isCrossing ? superscript(mark.tags[0].number) : "")
    }

    private func closing(_ mark: SpanMark) -> String {
        "›{" + mark.tags.map { $0.text.printable() }.joined(separator: ", ") + "}"
    }

    private func superscript(_ number: Int) -> String {
        let digits: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
        return String(String(number).compactMap { $0.wholeNumberValue.map { digits[$0] } })
    }
}
