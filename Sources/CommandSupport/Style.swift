/// Colours and weights of a terminal, as SGR sequences.
package enum Style: String, Sendable, CaseIterable {
    case bold = "1"
    case dim = "2"
    case underline = "4"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case magenta = "35"
    case cyan = "36"

    /// The text in this style when the console shows colours, else the text.
    package func callAsFunction(_ text: String) -> String {
        apply(text, color: Console.current.usesColor)
    }

    package func apply(_ text: String, color: Bool) -> String {
        color && !text.isEmpty ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}

extension String {
    /// The text with every control character replaced, so that data cannot steer the terminal it is shown on.
    /// Line ends and tabs become a visible sign too unless they are kept.
    package func printable(keepingLines: Bool = false) -> String {
        if utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return self }
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x0A where keepingLines, 0x09 where keepingLines: result.append(scalar)
            case 0x0A, 0x0D: result.append("⏎")
            case 0x09: result.append(" ")
            case 0..<0x20: result.append(Unicode.Scalar(UInt32(0x2400) + scalar.value) ?? "\u{FFFD}")
            // DEL, C1 controls, and the marks that reorder or hide text.
            case 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// How many columns the text takes on a terminal: combining marks none, East Asian wide characters and emoji two.
    package var displayWidth: Int {
        reduce(0) { $0 + $1.displayWidth }
    }

    /// The text cut to a number of columns, its last one an ellipsis where something was cut.
    package func truncated(toWidth width: Int) -> String {
        guard displayWidth > width else { return self }
        guard width > 1 else { return width == 1 ? "…" : "" }
        var result = ""
        var used = 0
        for character in self {
            let next = character.displayWidth
            guard used + next < width else { break }
            result.append(character)
            used += next
        }
        return result + "…"
    }
}

extension Character {
    /// How many columns the character takes on a terminal.
    package var displayWidth: Int {
        unicodeScalars.map(\.displayWidth).max() ?? 0
    }
}

extension Unicode.Scalar {
    fileprivate var displayWidth: Int {
        switch value {
        case 0..<0x20, 0x7F..<0xA0: 0
        case 0x20..<0x300: 1
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            2
        default:
            switch properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: 0
            default: properties.isEmojiPresentation ? 2 : 1
            }
        }
    }
}
