import Digest
import Foundation
import JSONText

/// The real article with its gold spans, which lies beside the repository on some machines.
enum RealArticle {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("shared/data")

    static var textPath: String? {
        let path = folder.appendingPathComponent("article-2020-11.txt").path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    private static func gold() throws -> JSONValue? {
        let url = folder.appendingPathComponent("article-2020-11.gold.json")
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        return try JSONValue(parsing: Array(try Data(contentsOf: url)), options: .strict)
    }

    static var goldCount: Int { (try? gold())??["spans"]?.arrayValue?.count ?? 0 }

    /// The article and its gold spans as canonical JSONL with a header, all by one author; nil when it is not there.
    static func canonicalLines(author: String) throws -> String? {
        guard let textPath, let gold = try gold() else { return nil }
        let text = try String(contentsOfFile: textPath, encoding: .utf8)
        let digest = SHA256.hash(text).hex
        var annotations: [JSONValue] = []
        for (index, span) in (gold["spans"]?.arrayValue ?? []).enumerated() {
            let id = "0199aaaa-0000-7000-8000-" + String(format: "%012d", index)
            annotations.append([
                "id": .string(id), "author": .string(author), "layer": "own", "label": span["label"] ?? .null,
                "attributes": [:], "state": "final", "comments": [], "created_at": "2020-11-08T10:00:00Z",
                "anchor": ["article_version": .string(digest), "spans": [span.without("label")]],
            ])
        }
        let header: JSONValue = ["manicule": 1, "project": [:], "labels": [], "users": [.string(author)]]
        let article: JSONValue = [
            "external_id": "article-2020-11", "id": "0199aaaa-0000-7000-8000-ffffffffffff",
            "metadata": ["date": "2020-11"], "versions": [["sha256": .string(digest), "text": .string(text)]],
            "annotations": .array(annotations), "relations": [], "reviews": [],
        ]
        return header.canonicalText + "\n" + article.canonicalText + "\n"
    }
}

extension JSONValue {
    fileprivate func without(_ key: String) -> JSONValue {
        guard var object = objectValue else { return self }
        object[key] = nil
        return .object(object)
    }
}
