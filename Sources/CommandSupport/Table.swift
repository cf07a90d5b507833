/// A table for people: aligned columns under a head, cut to the width of the terminal.
package struct Table: Sendable {
    package struct Column: Sendable {
        package enum Alignment: Sendable { case left, right }

        package var title: String
        package var alignment: Alignment
        /// May be cut when the terminal is too narrow; the others never are.
        package var isFlexible: Bool

        package init(_ title: String, _ alignment: Alignment = .left, flexible: Bool = false) {
            self.title = title
            self.alignment = alignment
            isFlexible = flexible
        }
    }

    package let columns: [Column]
    package private(set) var rows: [[String]] = []

    package init(_ columns: [Column]) {
        self.columns = columns
    }

    package init(_ titles: String...) {
        self.init(titles.map { Column($0) })
    }

    /// Adds a row; cells that are missing stay empty, and control characters are made visible.
    package mutating func add(_ cells: [String]) {
        let padded = cells.prefix(columns.count) + Array(repeating: "", count: max(0, columns.count - cells.count))
        rows.append(padded.map { $0.printable() })
    }

    package mutating func add(_ cells: String...) {
        add(cells)
    }

    /// The lines of the table, each with its line end. Nil for `width` cuts nothing.
    package func rendered(width: Int? = nil, color: Bool = false) -> String {
        let widths = columnWidths(within: width)
        var text = Style.dim.apply(line(columns.map { $0.title.uppercased() }, widths), color: color) + "\n"
        for row in rows { text += line(row, widths) + "\n" }
        return text
    }

    private func columnWidths(within limit: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(columns[index].title.displayWidth) { max($0, $1[index].displayWidth) }
        }
        guard let limit else { return widths }
        let gaps = 2 * (columns.count - 1)
        // The widest flexible column gives first, down to something still readable.
        while widths.reduce(gaps, +) > limit {
            let flexible = widths.indices.filter { columns[$0].isFlexible && widths[$0] > 8 }
            guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (index, cell) in cells.enumerated() {
            let shown = cell.truncated(toWidth: widths[index])
            let padding = String(repeating: " ", count: max(0, widths[index] - shown.displayWidth))
            if index > 0 { text += "  " }
            switch columns[index].alignment {
            case .left: text += index == cells.count - 1 ? shown : shown + padding
            case .right: text += padding + shown
            }
        }
        while text.last == " " { text.removeLast() }
        return text
    }
}
