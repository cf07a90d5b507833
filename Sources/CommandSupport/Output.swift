package import JSONText

/// What commands print.
package enum Output {
    /// One line on standard output.
    package static func line(_ text: String = "") throws {
        try Console.current.write(Array((text + "\n").utf8))
    }

    /// Text as it stands, without a line end of its own.
    package static func text(_ text: String) throws {
        try Console.current.write(Array(text.utf8))
    }

    /// One JSON value: indented on a terminal, else on one line.
    package static func json(_ value: JSONValue) throws {
        if Console.current.outputIsTerminal {
            try line(value.prettyText)
        } else {
            var writer = JSONWriter()
            writer.value(value)
            writer.endLine()
            try Console.current.write(writer.finish())
        }
    }

    /// A table, or `empty` in its place when it has no rows.
    package static func table(_ table: Table, empty: String? = nil) throws {
        if table.rows.isEmpty, let empty { return try line(empty) }
        try text(table.rendered(width: Console.current.width, color: Console.current.usesColor))
    }

    /// A remark for the person at the terminal, on standard error: never part of the result.
    package static func note(_ text: String) {
        Console.current.writeError(text + "\n")
    }
}
