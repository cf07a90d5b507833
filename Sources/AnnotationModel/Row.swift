/// One row of any entity, as it stands in the log, in a snapshot and in a replica.
package enum Row: Sendable, Hashable {
    case project(Project)
    case member(Member)
    case label(Label)
    case article(Article)
    case articleVersion(ArticleVersion)
    case annotation(Annotation)
    case relation(Relation)
    case comment(Comment)
    case review(Review)
    case assignment(Assignment)
    case conflict(Conflict)

    package var kind: EntityKind {
        switch self {
        case .project: .project
        case .member: .member
        case .label: .label
        case .article: .article
        case .articleVersion: .articleVersion
        case .annotation: .annotation
        case .relation: .relation
        case .comment: .comment
        case .review: .review
        case .assignment: .assignment
        case .conflict: .conflict
        }
    }

    /// The id on the wire: a label's key, anything else's UUID.
    package var wireID: String {
        if case .label(let label) = self { label.key } else { id.text }
    }

    /// The row's UUID. A label's is derived from its key, so that it is the same everywhere.
    package var id: EntityID {
        switch self {
        case .project(let row): row.id
        case .member(let row): row.id
        case .label(let row): Label.id(forKey: row.key)
        case .article(let row): row.id
        case .articleVersion(let row): row.id
        case .annotation(let row): row.id
        case .relation(let row): row.id
        case .comment(let row): row.id
        case .review(let row): row.id
        case .assignment(let row): row.id
        case .conflict(let row): row.id
        }
    }

    /// The article below which the row stands; an article stands below itself; nil for project, member and label.
    package var articleID: EntityID? {
        switch self {
        case .project, .member, .label: nil
        case .article(let row): row.id
        case .articleVersion(let row): row.articleID
        case .annotation(let row): row.articleID
        case .relation(let row): row.articleID
        case .comment(let row): row.articleID
        case .review(let row): row.articleID
        case .assignment(let row): row.articleID
        case .conflict(let row): row.articleID
        }
    }

    /// Who wrote it, where one user did.
    package var author: EntityID? {
        switch self {
        case .annotation(let row): row.author
        case .relation(let row): row.author
        case .comment(let row): row.author
        case .review(let row): row.reviewer
        case .assignment(let row): row.user
        case .project, .member, .label, .article, .articleVersion, .conflict: nil
        }
    }

    /// The seq of the change that last touched the row: for ETags, guards and digests, never for merging.
    package var version: Int64 {
        get {
            switch self {
            case .project(let row): row.version
            case .member(let row): row.version
            case .label(let row): row.version
            case .article(let row): row.version
            case .articleVersion(let row): row.version
            case .annotation(let row): row.version
            case .relation(let row): row.version
            case .comment(let row): row.version
            case .review(let row): row.version
            case .assignment(let row): row.version
            case .conflict(let row): row.version
            }
        }
        set {
            switch self {
            case .project(var row): row.version = newValue; self = .project(row)
            case .member(var row): row.version = newValue; self = .member(row)
            case .label(var row): row.version = newValue; self = .label(row)
            case .article(var row): row.version = newValue; self = .article(row)
            case .articleVersion(var row): row.version = newValue; self = .articleVersion(row)
            case .annotation(var row): row.version = newValue; self = .annotation(row)
            case .relation(var row): row.version = newValue; self = .relation(row)
            case .comment(var row): row.version = newValue; self = .comment(row)
            case .review(var row): row.version = newValue; self = .review(row)
            case .assignment(var row): row.version = newValue; self = .assignment(row)
            case .conflict(var row): row.version = newValue; self = .conflict(row)
            }
        }
    }
}

extension Label {
    /// The UUID that stands for a label key where a column wants one.
    package static func id(forKey key: String) -> EntityID { EntityID(derivedFrom: ["label", key]) }
}
