import AnnotationModel
package import AnnotationStore
package import JSONText

extension Statistics {
    package var json: JSONObject {
        var articles: JSONObject = [
            "total": .count(self.articles.total), "annotated": .count(self.articles.annotated),
            "characters": .count(self.articles.characters),
        ]
        if let deleted = self.articles.deleted { articles["deleted"] = .count(deleted) }
        return [
            "articles": .object(articles),
            "annotations": [
                "total": .count(annotations.total), "draft": .count(annotations.draft),
                "final": .count(annotations.final),
            ],
            "labels": .array(labels.map { .object($0.json) }), "authors": .array(authors.map { .object($0.json) }),
            "relations": .count(relations), "comments": .count(comments), "reviews": .counts(reviews),
            "conflicts": .counts(conflicts), "assignments": .counts(assignments),
            "progress": .array(
                progress.map { ["date": .string($0.date), "annotations": .count($0.annotations)] }),
        ]
    }
}

extension Statistics.OfLabel {
    fileprivate var json: JSONObject {
        [
            "key": .string(key), "annotations": .count(annotations), "articles": .count(articles),
            "relations": .count(relations),
        ]
    }
}

extension Statistics.OfAuthor {
    fileprivate var json: JSONObject {
        [
            "user": .string(user.text), "name": .string(name), "annotations": .count(annotations),
            "final": .count(final), "articles": .count(articles), "relations": .count(relations),
            "comments": .count(comments), "reviews": .count(reviews),
        ]
    }
}

extension AuditLog.Record {
    package var json: JSONObject {
        [
            "id": .string(id.text), "at": .string(at.text), "actor": .string(entry.actor),
            "action": .string(entry.action), "project": entry.project.map { .string($0.text) } ?? .null,
            "subject": entry.subject.map { .string($0) } ?? .null, "details": .object(entry.details),
        ]
    }
}

extension JSONValue {
    fileprivate static func count(_ number: Int) -> JSONValue { .number(Double(number)) }

    /// Every case by its name, zero where there is none.
    fileprivate static func counts<Key: RawRepresentable<String> & CaseIterable & Hashable>(
        _ counts: [Key: Int]
    ) -> JSONValue {
        var object = JSONObject()
        for key in Key.allCases { object[key.rawValue] = .count(counts[key] ?? 0) }
        return .object(object)
    }
}
