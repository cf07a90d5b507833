import AnnotationModel
import JSONText
import SyncProtocol

/// Reads the row of a create: what the author says. Who and when comes from the server.
enum NewRow {
    private static let fields: [EntityKind: Set<String>] = [
        .annotation: ["article_id", "layer", "label", "attributes", "anchor", "state"],
        .relation: ["article_id", "layer", "label", "attributes", "from", "to"],
        .comment: ["article_id", "annotation_id", "text"],
        .review: ["article_id", "annotation_id", "decision", "text"],
    ]

    static func read(
        _ kind: EntityKind, _ id: EntityID, _ json: JSONObject, by author: EntityID, at time: Timestamp
    ) throws(Refusal) -> Row {
        guard let known = fields[kind] else {
            throw Refusal(.notAllowed, "clients do not create \(kind.rawValue) rows")
        }
        if let stranger = json.keys.first(where: { !known.contains($0) }) {
            throw Refusal(.malformed, "the member “\(stranger)” does not belong into a new \(kind.rawValue)")
        }
        if let anchor = json["anchor"] { try checkQuotes(anchor) }
        var json = json
        json["id"] = .string(id.text)
        json[kind == .review ? "reviewer" : "author"] = .string(author.text)
        json["created_at"] = .string(time.text)
        do throws(RowError) {
            return try Row(kind: kind, json: json)
        } catch {
            throw Refusal(.malformed, "\(error.path) \(error.message)")
        }
    }

    /// A span without a quote is a fault of its own, not just a malformed one. A member that nobody knows is one too.
    static func checkQuotes(_ anchor: JSONValue) throws(Refusal) {
        try checkMembers(of: anchor, among: ["article_version", "spans"], "anchor")
        for (index, span) in (anchor["spans"]?.arrayValue ?? []).enumerated() {
            try checkMembers(of: span, among: ["start", "end", "quote", "quote_sha256"], "anchor.spans[\(index)]")
            guard let span = span.objectValue else { continue }
            if (span["quote"] ?? .null).isNull, (span["quote_sha256"] ?? .null).isNull {
                throw Refusal(.quoteMissing, "anchor.spans[\(index)] does not quote the text that it covers")
            }
        }
    }

    private static func checkMembers(of value: JSONValue, among known: [String], _ path: String) throws(Refusal) {
        guard let object = value.objectValue else { return }
        if let stranger = object.keys.first(where: { key in !known.contains { ExactString.equal($0, key) } }) {
            throw Refusal(.malformed, "\(path) has the member “\(stranger.prefix(60))”, which is unknown there")
        }
    }
}

extension Row {
    /// Whether another create says the same as this row has now.
    func saysTheSame(as other: Row) -> Bool {
        guard kind == other.kind, author == other.author, articleID == other.articleID, content == other.content else {
            return false
        }
        return switch (self, other) {
        case (.annotation(let mine), .annotation(let other)): mine.layer == other.layer
        case (.relation(let mine), .relation(let other)):
            mine.layer == other.layer && mine.from == other.from && mine.to == other.to
        case (.comment(let mine), .comment(let other)): mine.annotationID == other.annotationID
        case (.review(let mine), .review(let other)): mine.annotationID == other.annotationID
        default: false
        }
    }
}
