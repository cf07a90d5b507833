package import AnnotationModel
package import Digest
package import JSONText

/// Rows of any content that the model can hold.
package struct RandomRows {
    package var random: SeededGenerator

    package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    package mutating func id() -> EntityID { EntityID(high: random.next(), low: random.next()) }

    package mutating func time() -> Timestamp {
        let seconds = Int64(random.int(-3_000_000_000...9_000_000_000))
        let fraction = random.pick([0, 0, 120_000, 7_000, 123_456, 1, 999_999])
        return Timestamp(microseconds: seconds * 1_000_000 + Int64(fraction))
    }

    package mutating func string() -> String { HardText.random(pieces: 8, using: &random) }

    package mutating func scalar() -> JSONValue {
        switch random.int(0...4) {
        case 0: .bool(random.one(in: 2))
        case 1: .number(Double(random.int(-9_007_199_254_740_992...9_007_199_254_740_992)))
        case 2: .number(Double(random.int(-100_000...100_000)) / 64)
        default: .string(string())
        }
    }

    package mutating func attributes() -> Attributes {
        var attributes: Attributes = [:]
        for _ in 0..<random.pick([0, 0, 1, 2, 5]) {
            attributes[random.pick(["a", "b", "a_1", "a1", "stance", "certain", "z", "0", "_"])] = scalar()
        }
        return attributes
    }

    package mutating func metadata(depth: Int = 2) -> JSONObject {
        var object = JSONObject()
        for _ in 0..<random.int(0...4) {
            let key = random.one(in: 3) ? string() : random.pick(["date", "lang", "url", "título"])
            object[key] =
                switch random.int(0...5) {
                case 0: .some(.null)
                case 1 where depth > 0: .object(metadata(depth: depth - 1))
                case 2: .array([scalar(), .null, scalar()])
                default: scalar()
                }
        }
        return object
    }

    /// An anchor on `text` that is right: up to three sorted, disjoint spans with their quotes.
    package mutating func anchor(on text: ArticleText, version: SHA256Digest) -> Anchor {
        let borders = (0..<(2 * random.int(0...3))).map { _ in random.int(0...text.length) }.sorted()
        var spans: [Span] = []
        for pair in stride(from: 0, to: borders.count, by: 2) where borders[pair] < borders[pair + 1] {
            let (start, end) = (borders[pair], borders[pair + 1])
            guard let covered = text[start, end] else { continue }
            spans.append(Span(start: start, end: end, quote: Quote(covering: covered)))
        }
        return Anchor(articleVersion: version, spans: spans)
    }

    package mutating func anchor() -> Anchor {
        let text = ArticleText(HardText.random(pieces: random.one(in: 10) ? 3000 : 60, using: &random))
        return anchor(on: text, version: SHA256.hash(Array(text.text.utf8)))
    }

    package mutating func annotation() -> Annotation {
        Annotation(
            id: id(), articleID: id(), author: id(), layer: random.pick(Layer.allCases), label: string(),
            attributes: attributes(), anchor: anchor(), state: random.pick(AnnotationState.allCases), createdAt: time(),
            version: Int64(random.int(0...1_000_000)))
    }

    /// One row of any kind that is written straight into bytes.
    package mutating func row() -> Row {
        let version = Int64(random.int(0...1_000_000))
        return switch random.int(0...6) {
        case 0:
            .relation(
                Relation(
                    id: id(), articleID: id(), author: id(), layer: random.pick(Layer.allCases), label: string(),
                    attributes: attributes(), from: id(), to: id(), createdAt: time(), version: version))
        case 1:
            .comment(
                Comment(
                    id: id(), articleID: id(), annotationID: id(), author: id(), text: string(), createdAt: time(),
                    version: version))
        case 2:
            .review(
                Review(
                    id: id(), articleID: id(), annotationID: id(), reviewer: id(),
                    decision: random.pick(ReviewDecision.allCases), text: string(), createdAt: time(), version: version)
            )
        case 3:
            .article(
                Article(
                    id: id(), externalID: string(), metadata: metadata(),
                    articleVersion: SHA256.hash(Array(string().utf8)),
                    length: random.int(0...9_000_000), version: version))
        case 4:
            .articleVersion(
                ArticleVersion(
                    id: id(), articleID: id(), sha256: SHA256.hash(Array(string().utf8)),
                    length: random.int(0...9_000_000), version: version))
        default: .annotation(annotation())
        }
    }
}
