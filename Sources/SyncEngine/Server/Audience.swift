package import AnnotationModel

/// Who sees a row, as it is stored beside its entry in the log.
package struct Audience: Sendable, Hashable {
    package var articleID: EntityID?
    /// The author of the annotation or relation concerned; nil: everyone who sees the article or, without one, the
    /// project.
    package var owner: EntityID?
    /// Sees it too: who wrote a comment or a review on somebody else's annotation, or has the assignment.
    package var author: EntityID?

    package init(articleID: EntityID?, owner: EntityID? = nil, author: EntityID? = nil) {
        self.articleID = articleID
        self.owner = owner
        self.author = author
    }
}

extension Row {
    /// Who sees this row. `lookup` gives the annotation of a comment or review, and the entity of a conflict.
    package func audience(_ lookup: (EntityKey) -> Row?) -> Audience {
        switch self {
        case .annotation(let row):
            Audience(articleID: row.articleID, owner: row.layer == .own ? row.author : nil)
        case .relation(let row):
            Audience(articleID: row.articleID, owner: row.layer == .own ? row.author : nil)
        case .comment(let row):
            Self.audience(below: row.annotationID, in: row.articleID, by: row.author, lookup)
        case .review(let row):
            Self.audience(below: row.annotationID, in: row.articleID, by: row.reviewer, lookup)
        case .conflict(let row):
            // The entity of a conflict is never a conflict: this ends.
            lookup(EntityKey(row.entity, row.entityID))?.audience(lookup) ?? Audience(articleID: row.articleID)
        case .assignment(let row):
            Audience(articleID: row.articleID, author: row.user)
        case .project, .member, .label, .article, .articleVersion:
            Audience(articleID: articleID)
        }
    }

    private static func audience(
        below annotation: EntityID, in articleID: EntityID, by author: EntityID, _ lookup: (EntityKey) -> Row?
    ) -> Audience {
        let owner = lookup(EntityKey(.annotation, annotation))?.audience(lookup).owner
        return Audience(articleID: articleID, owner: owner, author: author)
    }
}

extension Viewer {
    package func sees(_ audience: Audience) -> Bool {
        sees(articleID: audience.articleID, owner: audience.owner, author: audience.author)
    }

    package func sees(_ record: LogRecord) -> Bool {
        sees(articleID: record.articleID, owner: record.owner, author: record.author)
    }
}
