package import AnnotationModel
package import SyncProtocol

/// One stored entry of the log, as a pull reads it.
package struct LogRecord: Sendable {
    package var seq: Int64
    package var tag: Tag
    /// The last seq of the transaction it belongs to.
    package var transactionEnd: Int64
    package var kind: ChangeEntry.Kind
    package var entity: EntityKind
    package var id: EntityID
    package var articleID: EntityID?
    package var owner: EntityID?
    package var author: EntityID?
    /// Canonical JSON of the row without its version; nil for a `del`.
    package var row: [UInt8]?
    package var by: EntityID?
    package var originClient: EntityID?
    package var originN: Int64?

    package init(
        seq: Int64, tag: Tag, transactionEnd: Int64, kind: ChangeEntry.Kind, entity: EntityKind, id: EntityID,
        articleID: EntityID?, owner: EntityID?, author: EntityID?, row: [UInt8]?, by: EntityID?,
        originClient: EntityID?, originN: Int64?
    ) {
        self.seq = seq
        self.tag = tag
        self.transactionEnd = transactionEnd
        self.kind = kind
        self.entity = entity
        self.id = id
        self.articleID = articleID
        self.owner = owner
        self.author = author
        self.row = row
        self.by = by
        self.originClient = originClient
        self.originN = originN
    }
}

/// Who reads, with the rights that hold now: decides what of the log and of a snapshot is shown.
package struct Viewer: Sendable {
    package var user: EntityID
    package var role: Role
    package var project: Project
    /// Articles assigned to the user (with `access: assigned`), and those the user has finished (`after_done`).
    package var assigned: Set<EntityID>
    package var done: Set<EntityID>

    package init(user: EntityID, role: Role, project: Project, assigned: Set<EntityID> = [], done: Set<EntityID> = []) {
        self.user = user
        self.role = role
        self.project = project
        self.assigned = assigned
        self.done = done
    }

    /// What the user sees of an article.
    package func view(of articleID: EntityID) -> ArticleView {
        guard role == .annotator else { return .all }
        if project.access == .assigned && !assigned.contains(articleID) { return .none }
        return switch project.visibility {
        case .all: .all
        case .own: .own
        case .afterDone: done.contains(articleID) ? .all : .own
        }
    }

    /// Whether the user sees a row that stands below an article, owned by `owner` and written by `author`.
    package func sees(articleID: EntityID?, owner: EntityID?, author: EntityID?) -> Bool {
        guard let articleID else { return true }
        return switch view(of: articleID) {
        case .none: false
        case .all: true
        case .own: owner == nil || owner == user || author == user
        }
    }
}
