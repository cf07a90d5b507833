import AnnotationModel

/// One marked stretch of a text, with every annotation that has a piece exactly there.
struct SpanMark: Sendable, Hashable {
    /// Which annotation, by its number in the legend, and which of its pieces.
    struct Tag: Sendable, Hashable {
        var number: Int
        var label: String
        /// From 1.
        var piece: Int
        var pieces: Int

        /// `1 PER`, or `3 MISC 2/2` for the second of two pieces.
        var text: String { "\(number) \(label)" + (pieces > 1 ? " \(piece)/\(pieces)" : "") }
    }

    var start: Int
    var end: Int
    var tags: [Tag]
    /// Whether it crosses the border of another one, so that its brackets alone do not tell which belong together.
    var isCrossing = false
}

/// Numbers the annotations of a text and finds the stretches to mark.
struct SpanMarks: Sendable {
    /// In the order of the legend: by place, those of the whole article last.
    let annotations: [Annotation]
    /// By start, the longest first.
    let marks: [SpanMark]

    /// Spans that do not lie within `length` code points, or stand on another version of the text, get no mark.
    init(_ annotations: [Annotation], in text: ArticleText, of article: Article) {
        let sorted = annotations.sorted { left, right in
            Self.order(left) < Self.order(right) || Self.order(left) == Self.order(right) && left.id < right.id
        }
        var tags: [Range<Int>: [SpanMark.Tag]] = [:]
        for (index, annotation) in sorted.enumerated()
        where annotation.anchor.articleVersion == article.articleVersion {
            let spans = annotation.anchor.spans
            for (piece, span) in spans.enumerated()
            where span.start >= 0 && span.start <= span.end && span.end <= text.length {
                tags[span.start..<span.end, default: []].append(
                    SpanMark.Tag(number: index + 1, label: annotation.label, piece: piece + 1, pieces: spans.count))
            }
        }
        var marks = tags.map { SpanMark(start: $0.lowerBound, end: $0.upperBound, tags: $1) }
        marks.sort { ($0.start, -$0.end) < ($1.start, -$1.end) }
        Self.findCrossings(&marks)
        self.annotations = sorted
        self.marks = marks
    }

    private static func order(_ annotation: Annotation) -> (Int, Int) {
        guard let first = annotation.anchor.spans.first else { return (.max, 0) }
        return (first.start, -first.end)
    }

    /// Closes the marks in order with a stack: whatever lies above the one that closes crosses it.
    private static func findCrossings(_ marks: inout [SpanMark]) {
        var open: [Int] = []
        func close(upTo place: Int, _ marks: inout [SpanMark]) {
            while let next = open.map({ marks[$0].end }).min(), next <= place {
                // Of those that end here the last opened closes first.
                guard let position = open.lastIndex(where: { marks[$0].end == next }) else { return }
                if position < open.count - 1 {
                    for index in open[position...] { marks[index].isCrossing = true }
                }
                open.remove(at: position)
            }
        }
        for index in marks.indices where marks[index].start < marks[index].end {
            close(upTo: marks[index].start, &marks)
            open.append(index)
        }
        close(upTo: .max, &marks)
    }

    /// What stands between two code points, in the order of printing.
    enum Event: Sendable, Hashable {
        case close(Int)
        case empty(Int)
        case open(Int)
    }

    /// The places where something opens or closes, ascending, each with what happens there; marks by their index.
    var events: [(place: Int, events: [Event])] {
        var opens: [Int: [Event]] = [:]
        var empties: [Int: [Event]] = [:]
        var closes: [Int: [Event]] = [:]
        for (index, mark) in marks.enumerated() {
            if mark.start == mark.end {
                empties[mark.start, default: []].append(.empty(index))
            } else {
                opens[mark.start, default: []].append(.open(index))
                closes[mark.end, default: []].insert(.close(index), at: 0)
            }
        }
        let places = Set(opens.keys).union(empties.keys).union(closes.keys).sorted()
        return places.map { ($0, (closes[$0] ?? []) + (empties[$0] ?? []) + (opens[$0] ?? [])) }
    }
}
