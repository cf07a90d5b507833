import AnnotationModel
import GRDB
import JSONText
import SyncEngine
import SyncProtocol

/// What a mutation is made with, inside one transaction: the local view, the rules, and a way into the outbox.
struct Workbench {
    let db: Database
    let reader: LocalReader
    let rules: ClientRules
    let ids: IDSource
    let now: Timestamp

    init(_ db: Database, ids: IDSource) throws {
        self.db = db
        self.ids = ids
        now = ids.now()
        reader = try LocalReader(db)
        rules = try reader.rules()
    }

    /// Checks by a rule; a refusal becomes an error for people.
    func check(_ rule: () throws(Refusal) -> Void) throws(ClientError) {
        do throws(Refusal) { try rule() } catch { throw ClientError(error) }
    }

    /// Stores one mutation, and shows what it does.
    func push(_ operations: [Operation], atomic: Bool = false) throws {
        let mutation = try db.enqueue(operations, madeAt: now, atomic: atomic)
        try db.extendOverlay(with: mutation)
    }

    // MARK: Pieces of rows

    func label(_ key: String) throws -> Label {
        guard let label = rules.labels[key] else {
            throw ClientError(
                .usage, "unknown_label", "\(rules.project.name) has no label \(key); it has \(labelKeys)")
        }
        return label
    }

    private var labelKeys: String {
        let keys = rules.labels.values.filter { !$0.retired }.map(\.key).sorted()
        return keys.isEmpty ? "none" : keys.prefix(30).joined(separator: ", ")
    }

    /// Where an annotation is to stand, in an article's current text.
    func anchor(_ place: PlaceInput, in text: ArticleText, of article: Article) throws -> Anchor {
        let ranges: [Range<Int>]
        switch place {
        case .document: ranges = []
        case .spans(let spans):
            guard !spans.isEmpty else { throw ClientError(.usage, "span_invalid", "say at least one span") }
            ranges = spans.sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
        case .quote(let quote, let occurrence):
            ranges = [try find(quote, occurrence, in: text, of: article)]
        }
        let spans = try ranges.map { range in
            guard let covered = text[range.lowerBound, range.upperBound] else {
                throw ClientError(
                    .usage, "offset_out_of_range",
                    "the span \(range.lowerBound):\(range.upperBound) does not lie within the text of \(text.length) code points"
                )
            }
            return Span(start: range.lowerBound, end: range.upperBound, quote: Quote(covering: covered))
        }
        return Anchor(articleVersion: article.articleVersion, spans: spans)
    }

    private func find(
        _ quote: String, _ occurrence: Int?, in text: ArticleText, of article: Article
    ) throws(ClientError) -> Range<Int> {
        let found = text.occurrences(of: quote)
        let shown = "“\(quote.prefix(80))”"
        guard !found.isEmpty else {
            throw ClientError(.usage, "quote_mismatch", "\(shown) does not stand in \(article.externalID)")
        }
        guard let occurrence else {
            guard found.count == 1 else {
                let places = found.prefix(8).map { String($0.lowerBound) }.joined(separator: ", ")
                throw ClientError(
                    .usage, "ambiguous",
                    "\(shown) stands \(found.count) times in \(article.externalID) (at \(places)): say which occurrence, from 1"
                )
            }
            return found[0]
        }
        guard found.indices.contains(occurrence - 1) else {
            throw ClientError(
                .usage, "quote_mismatch",
                "\(shown) stands \(found.count) times in \(article.externalID); there is no occurrence \(occurrence)")
        }
        return found[occurrence - 1]
    }

    /// Attributes with some of them changed; texts are typed by what the label declares.
    func attributes(
        _ before: Attributes, changed inputs: [String: AttributeInput], of label: Label
    ) throws -> Attributes {
        var attributes = before
        for (key, input) in inputs {
            switch input {
            case .remove: attributes[key] = nil
            case .value(.null): attributes[key] = nil
            case .value(let value): attributes[key] = value
            case .text(let text):
                guard let declared = label.attribute(key) else {
                    throw ClientError(
                        .usage, "unknown_attribute", "the label \(label.key) declares no attribute \(key.prefix(80))")
                }
                guard let value = declared.type.value(of: text) else {
                    throw ClientError(
                        .usage, "attribute_invalid",
                        "\(key) of \(label.key) is \(declared.type.expectation), not “\(text.prefix(80))”")
                }
                attributes[key] = value
            }
        }
        return attributes
    }

    func article(_ id: EntityID) throws -> Article {
        guard let (record, _) = try reader.one(.article, id), !record.isDeleted else {
            throw ClientError(.usage, "article_gone", "the article is not there any longer")
        }
        return try record.article()
    }

    func liveAnnotation(_ id: EntityID) throws -> Annotation {
        guard let local = try db.localRow(EntityKey(.annotation, id)), !local.isDeleted,
            case .annotation(let row) = local.row
        else { throw ClientError(.usage, "relation_invalid", "the annotation \(id) is not there any longer") }
        return row
    }
}

extension ClientError {
    /// A refusal that was found before anything was written.
    init(_ refusal: Refusal) {
        self.init(refusal.code == .notAllowed ? .refused : .usage, refusal.code.rawValue, refusal.message)
    }
}
