package import AnnotationModel
package import JSONText

// What a clone shows. Rows on the wire speak of users by id; what is printed speaks of them by name.

/// An article in a list.
package struct ArticleItem: Sendable {
    package var article: Article
    /// Live annotations that this replica has of it.
    package var annotationCount: Int

    package var json: JSONValue { .object(Row.article(article).json) }
}

/// An article with its text and what is marked in it.
package struct ArticleDetail: Sendable {
    package var article: Article
    package var text: String
    package var annotations: [AnnotationItem]
    package var relations: [RelationItem]

    package var json: JSONValue {
        var object = Row.article(article).json
        object["text"] = .string(text)
        object["annotations"] = .array(annotations.map(\.json))
        object["relations"] = .array(relations.map(\.json))
        return .object(object)
    }
}

/// A live annotation with its live comments.
package struct AnnotationItem: Sendable {
    package var annotation: Annotation
    package var author: String
    package var comments: [CommentItem]
    /// Whether something of it was made here and has not come back from the server yet.
    package var isPending: Bool

    package var json: JSONValue {
        var object = Row.annotation(annotation).json
        object["author"] = .string(author)
        object["comments"] = .array(comments.map(\.json))
        return .object(object)
    }
}

/// A live relation.
package struct RelationItem: Sendable {
    package var relation: Relation
    package var author: String
    package var isPending: Bool

    package var json: JSONValue {
        var object = Row.relation(relation).json
        object["author"] = .string(author)
        return .object(object)
    }
}

/// A live comment.
package struct CommentItem: Sendable {
    package var comment: Comment
    package var author: String
    package var isPending: Bool

    package var json: JSONValue {
        var object = Row.comment(comment).json
        object["author"] = .string(author)
        return .object(object)
    }
}

/// Anything that can be edited or deleted.
package enum EntityItem: Sendable {
    case annotation(AnnotationItem)
    case relation(RelationItem)
    case comment(CommentItem)

    package var json: JSONValue {
        switch self {
        case .annotation(let item): item.json
        case .relation(let item): item.json
        case .comment(let item): item.json
        }
    }
}

/// A conflict, with the names of who set its two values.
package struct ConflictItem: Sendable {
    package var conflict: Conflict
    package var keptBy: String
    package var otherBy: String
    /// Which side was made on this clone, else by this user; nil where that names neither or both.
    package var mine: Conflict.Choice?
    package var isPending: Bool

    package var json: JSONValue {
        var object = Row.conflict(conflict).json
        for (key, name) in [("kept", keptBy), ("other", otherBy)] {
            guard var side = object[key]?.objectValue else { continue }
            side["by"] = .string(name)
            object[key] = .object(side)
        }
        object["mine"] = mine.map { .string($0.rawValue) } ?? .null
        return .object(object)
    }
}
