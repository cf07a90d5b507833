import CommandSupport

/// The smallest piece of shown text that is never cut: a character as it is displayed, or a marker.
struct TextAtom: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case text
        /// After it a line may end, and it may hang over the edge.
        case space
        /// As wide as what is left to the next multiple of eight.
        case tab
        case lineEnd
        case marker
    }

    var text: String
    var width: Int
    var kind: Kind
    var paint: Paint?

    static func marker(_ text: String, _ paint: Paint) -> TextAtom {
        TextAtom(text: text, width: text.displayWidth, kind: .marker, paint: paint)
    }

    /// The atoms of a stretch of text. Every character stands as it is, but for those that would steer the terminal:
    /// they get a visible sign.
    /// - Parameter followsMarker: a mark that combines with what is before it would combine with the bracket, so a
    ///   dotted circle carries it.
    static func atoms(of text: Substring, paint: Paint?, followsMarker: Bool) -> [TextAtom] {
        var atoms: [TextAtom] = []
        var isFirst = followsMarker
        for character in text {
            if isFirst, let scalar = character.unicodeScalars.first, scalar.isCombining {
                atoms.append(TextAtom(text: "◌" + String(character), width: 1, kind: .text, paint: paint))
            } else {
                append(character, paint, to: &atoms)
            }
            isFirst = false
        }
        return atoms
    }

    private static func append(_ character: Character, _ paint: Paint?, to atoms: inout [TextAtom]) {
        switch character {
        case " ": atoms.append(TextAtom(text: " ", width: 1, kind: .space, paint: paint))
        case "\t": atoms.append(TextAtom(text: "\t", width: 8, kind: .tab, paint: paint))
        case "\n": atoms.append(TextAtom(text: "\n", width: 0, kind: .lineEnd, paint: nil))
        default:
            guard character.unicodeScalars.contains(where: { $0.visibleSign != nil }) else {
                atoms.append(
                    TextAtom(text: String(character), width: character.displayWidth, kind: .text, paint: paint))
                return
            }
            // `\r\n` is one character: its line end stays one.
            for scalar in character.unicodeScalars {
                if scalar == "\n" {
                    atoms.append(TextAtom(text: "\n", width: 0, kind: .lineEnd, paint: nil))
                } else {
                    let shown = scalar.visibleSign ?? String(scalar)
                    atoms.append(TextAtom(text: shown, width: shown.displayWidth, kind: .text, paint: paint))
                }
            }
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isCombining: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    /// What stands for a character that must not reach a terminal: its picture, or its number for those that have
    /// none, which are the C1 controls and the marks that reorder text.
    fileprivate var visibleSign: String? {
        switch value {
        case 0x09, 0x0A: nil
        case 0..<0x20: String(Unicode.Scalar(0x2400 + value) ?? "\u{FFFD}")
        case 0x7F: "␡"
        case 0x80...0x9F, 0x202A...0x202E, 0x2066...0x2069: "⟨U+" + hexadecimal + "⟩"
        default: nil
        }
    }

    private var hexadecimal: String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
