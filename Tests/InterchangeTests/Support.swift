import AnnotationModel
import AnnotationModelTestSupport
import Digest
import Interchange
import JSONText

let project = EntityID(high: 0x0199_0000_0000_7000, low: 0x8000_0000_0000_00aa)
let options = ReadingOptions(project: project)

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Everything that a file gives, fed in chunks of one size.
func items(
    _ content: [UInt8], _ format: Format = .manicule, file: String = "in/a.jsonl", chunk: Int = .max,
    options: ReadingOptions = options
) -> [ImportItem] {
    var reader = format.reader(file: file, options: options)
    var items: [ImportItem] = []
    var rest = content[...]
    while !rest.isEmpty {
        let piece = rest.prefix(min(chunk, rest.count))
        rest = rest.dropFirst(piece.count)
        reader.feed(piece)
        while let item = reader.next() { items.append(item) }
    }
    reader.finish()
    while let item = reader.next() { items.append(item) }
    return items
}

func items(_ text: String, _ format: Format = .manicule, file: String = "in/a.jsonl") -> [ImportItem] {
    items(bytes(text), format, file: file)
}

extension [ImportItem] {
    var articles: [ImportedArticle] {
        compactMap { if case .article(let article) = $0 { article } else { nil } }
    }

    var refusals: [Diagnostic] {
        compactMap { if case .refused(let diagnostic) = $0 { diagnostic } else { nil } }
    }

    var notices: [Diagnostic] {
        compactMap { if case .notice(let diagnostic) = $0 { diagnostic } else { nil } }
    }

    var headers: [HeaderRecord] {
        compactMap { if case .header(let header, _) = $0 { header } else { nil } }
    }
}

/// Records of any content that a file can carry.
struct RandomRecords {
    var rows: RandomRows

    init(seed: UInt64) { rows = RandomRows(seed: seed) }

    mutating func maybe<Value>(_ make: (inout RandomRecords) -> Value) -> Value? {
        rows.random.one(in: 2) ? make(&self) : nil
    }

    mutating func header() -> HeaderRecord {
        let labels = ["PER", "ORG", "é", "e\u{301}", "a b"].filter { _ in rows.random.one(in: 2) }.map { key in
            Label(
                key: key, name: rows.string(), kind: rows.random.pick(LabelKind.allCases),
                color: maybe { _ in "#d2691e" },
                shortcut: maybe { _ in "p" },
                attributes: rows.random.one(in: 2)
                    ? []
                    : [
                        LabelAttribute(key: "a", type: .choice(["x", rows.string()])),
                        LabelAttribute(key: "b", type: .number),
                    ],
                from: rows.random.one(in: 2) ? [] : ["PER"], to: [], zeroWidth: rows.random.one(in: 2),
                retired: rows.random.one(in: 2))
        }
        return HeaderRecord(
            settings: ProjectSettings(
                title: maybe { $0.rows.string() }, language: maybe { _ in "fr" },
                layers: maybe { $0.rows.random.pick(LayerMode.allCases) },
                visibility: maybe { $0.rows.random.pick(Visibility.allCases) },
                access: maybe { $0.rows.random.pick(Access.allCases) }),
            labels: labels.sorted { ExactString($0.key) < ExactString($1.key) }, users: ["alice", "bob", "zoé"])
    }

    mutating func article() -> ArticleRecord {
        var versions: [VersionRecord] = []
        for _ in 0..<rows.random.pick([1, 1, 1, 3]) {
            let version = VersionRecord(ArticleText(HardText.random(pieces: 80, using: &rows.random)))
            if !versions.contains(version) { versions.append(version) }
        }
        let layer = maybe { $0.rows.random.pick(Layer.allCases) }
        var annotations: [AnnotationRecord] = []
        for _ in 0..<rows.random.int(0...5) {
            let version = rows.random.pick(versions)
            let comments = (0..<rows.random.pick([0, 0, 2])).map { _ in
                CommentRecord(
                    id: rows.id(), author: maybe { $0.rows.string() }, text: rows.string(),
                    createdAt: maybe { $0.rows.time() })
            }
            annotations.append(
                AnnotationRecord(
                    id: rows.id(), author: maybe { _ in "alice" }, layer: layer, label: rows.string(),
                    attributes: rows.attributes(), anchor: rows.anchor(on: version.text, version: version.sha256),
                    state: rows.random.pick(AnnotationState.allCases), createdAt: maybe { $0.rows.time() },
                    comments: comments.sorted { $0.id < $1.id }))
        }
        var relations: [RelationRecord] = []
        var reviews: [ReviewRecord] = []
        for annotation in annotations where rows.random.one(in: 2) {
            relations.append(
                RelationRecord(
                    id: rows.id(), author: maybe { _ in "bob" }, layer: layer, label: rows.string(),
                    attributes: rows.attributes(), from: annotation.id, to: rows.random.pick(annotations).id,
                    createdAt: maybe { $0.rows.time() }))
            reviews.append(
                ReviewRecord(
                    id: rows.id(), annotationID: annotation.id, reviewer: maybe { _ in "zoé" },
                    decision: rows.random.pick(ReviewDecision.allCases),
                    text: rows.random.one(in: 2) ? "" : rows.string(),
                    createdAt: maybe { $0.rows.time() }))
        }
        return ArticleRecord(
            externalID: rows.string(), id: maybe { $0.rows.id() }, metadata: rows.metadata(), versions: versions,
            annotations: annotations.sorted { $0.id < $1.id }, relations: relations.sorted { $0.id < $1.id },
            reviews: reviews.sorted { $0.id < $1.id })
    }
}
