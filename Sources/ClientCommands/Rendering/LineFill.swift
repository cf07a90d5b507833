/// Breaks atoms into lines of a terminal.
enum LineFill {
    /// The lines, none wider than `width` columns unless one atom alone is. They break after a space or between wide
    /// characters, else where they must. Nil for `width` breaks at line ends of the text alone.
    static func lines(_ atoms: [TextAtom], width: Int?) -> [ArraySlice<TextAtom>] {
        var lines: [ArraySlice<TextAtom>] = []
        var lineStart = atoms.startIndex
        var index = atoms.startIndex
        while index <= atoms.endIndex {
            guard index < atoms.endIndex else {
                lines.append(contentsOf: fold(atoms[lineStart..<index], width: width))
                break
            }
            if atoms[index].kind == .lineEnd {
                lines.append(contentsOf: fold(atoms[lineStart..<index], width: width))
                lineStart = index + 1
            }
            index += 1
        }
        return lines
    }

    private static func fold(_ line: ArraySlice<TextAtom>, width: Int?) -> [ArraySlice<TextAtom>] {
        guard let width, width > 0 else { return [line] }
        var lines: [ArraySlice<TextAtom>] = []
        var start = line.startIndex
        var column = 0
        /// The last place where the line may end, and the column there.
        var breakable: (index: Int, column: Int)?
        var index = line.startIndex
        while index < line.endIndex {
            let atom = line[index]
            let wide = atom.kind == .tab ? 8 - column % 8 : atom.width
            if column + wide > width, atom.kind != .space, index > start {
                let end = breakable?.index ?? index
                lines.append(line[start..<end])
                start = end
                index = end
                column = 0
                breakable = nil
                continue
            }
            column += wide
            index += 1
            if atom.kind == .space || atom.kind == .tab || atom.kind == .text && atom.width > 1 {
                // A closing bracket stays with what it closes.
                if index < line.endIndex, line[index].isClosing { continue }
                breakable = (index, column)
            } else if atom.isClosing, index > start + 1, line[index - 2].kind == .space {
                breakable = (index, column)
            }
        }
        lines.append(line[start...])
        return lines
    }
}

extension TextAtom {
    fileprivate var isClosing: Bool { kind == .marker && text.hasPrefix("›") }
}
