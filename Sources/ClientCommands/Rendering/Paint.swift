import AnnotationModel
import CommandSupport

/// How a piece of output looks on a terminal with colours: the parameters of an SGR sequence.
struct Paint: Sendable, Hashable {
    var parameters: String

    static let marker = Paint(parameters: Style.dim.rawValue)

    func apply(_ text: String, color: Bool) -> String {
        color && !text.isEmpty ? "\u{1B}[\(parameters)m\(text)\u{1B}[0m" : text
    }

    /// The look of text under a label: its own colour, in the 256 that nearly every terminal has; else one of six by
    /// its place in the label set. Underlined, so that no two kinds of text differ by colour alone.
    static func label(_ label: Label?, index: Int) -> Paint {
        if let number = label?.color.flatMap(colorNumber) { return Paint(parameters: "4;38;5;\(number)") }
        let styles: [Style] = [.yellow, .cyan, .green, .magenta, .blue, .red]
        return Paint(parameters: "4;\(styles[index % styles.count].rawValue)")
    }

    /// The nearest of the 6 × 6 × 6 cube to `#rrggbb`.
    private static func colorNumber(_ color: String) -> Int? {
        guard color.utf8.count == 7, color.hasPrefix("#"), let value = Int(color.dropFirst(), radix: 16) else {
            return nil
        }
        let levels = [0, 95, 135, 175, 215, 255]
        func nearest(_ part: Int) -> Int {
            levels.indices.min { abs(levels[$0] - part) < abs(levels[$1] - part) } ?? 0
        }
        return 16 + 36 * nearest(value >> 16 & 255) + 6 * nearest(value >> 8 & 255) + nearest(value & 255)
    }
}

/// The looks of a project's labels.
struct Palette: Sendable {
    private var paints: [String: Paint] = [:]

    init(_ labels: [Label]) {
        for (index, label) in labels.enumerated() { paints[label.key] = Paint.label(label, index: index) }
    }

    subscript(label: String) -> Paint { paints[label] ?? Paint.label(nil, index: 0) }
}
