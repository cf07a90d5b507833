package import AnnotationModel
import CommandSupport

/// Finds the one place that a quote means.
package enum Places {
    /// How many places an error names in its line.
    private static let listed = 12

    /// The place of `quote` in the text of `article`; `occurrence` counts from 1.
    package static func one(
        of quote: String, occurrence: Int?, in text: ArticleText, article: String
    ) throws -> Range<Int> {
        guard !quote.isEmpty else { throw CommandFailure.usage("--quote is empty; give the words to mark") }
        let places = text.occurrences(of: quote)
        if let occurrence {
            guard places.indices.contains(occurrence - 1) else {
                throw CommandFailure.usage(
                    places.isEmpty
                        ? absent(quote, in: text, article: article)
                        : "“\(quote)” stands \(times(places.count)) in \(article), so --occurrence is 1 to \(places.count)"
                )
            }
            return places[occurrence - 1]
        }
        guard let only = places.first else { throw CommandFailure.usage(absent(quote, in: text, article: article)) }
        guard places.count == 1 else {
            throw CommandFailure.usage(
                "“\(quote)” stands \(times(places.count)) in \(article): "
                    + lines(places.prefix(listed), in: text).joined(separator: "; ")
                    + (places.count > listed ? "; and \(places.count - listed) more" : "")
                    + "; choose one with --occurrence N",
                detail: lines(places[...], in: text).joined(separator: "\n"))
        }
        return only
    }

    /// `1 at 18:26 …house of [Valbruck] has been…`, one for each place.
    private static func lines(_ places: ArraySlice<Range<Int>>, in text: ArticleText) -> [String] {
        places.enumerated().map { index, place in
            let before = max(0, place.lowerBound - 12)
            let after = min(text.length, place.upperBound + 12)
            let head = text[before, place.lowerBound].map(String.init) ?? ""
            let found = text[place.lowerBound, place.upperBound].map(String.init) ?? ""
            let tail = text[place.upperBound, after].map(String.init) ?? ""
            return "\(index + 1) at \(place.lowerBound):\(place.upperBound) "
                + (before > 0 ? "…" : "") + head.printable() + "[" + found.printable() + "]" + tail.printable()
                + (after < text.length ? "…" : "")
        }
    }

    /// Says that the quote is nowhere, and where the same letters stand in other bytes: what a keyboard writes as one
    /// code point a text may hold as two.
    private static func absent(_ quote: String, in text: ArticleText, article: String) -> String {
        let length = quote.count
        let characters = Array(text.text)
        let wanted = Array(quote)
        var scalar = 0
        if length <= characters.count {
            for start in 0...(characters.count - length) {
                if characters[start] == wanted[0], characters[start..<(start + length)].elementsEqual(wanted) {
                    let size = characters[start..<(start + length)].reduce(0) { $0 + $1.unicodeScalars.count }
                    return "“\(quote)” does not stand in \(article) in these bytes, but equal letters do at "
                        + "\(scalar):\(scalar + size); mark them with --span \(scalar):\(scalar + size)"
                }
                scalar += characters[start].unicodeScalars.count
            }
        }
        return "“\(quote)” does not stand in \(article); it is looked for byte for byte"
    }

    private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
}
