package import AnnotationModel
package import Digest

/// Who set a value, on which client, when.
package struct Stamp: Sendable, Hashable {
    package var by: EntityID
    package var client: EntityID?
    package var at: Timestamp

    package init(by: EntityID, client: EntityID?, at: Timestamp) {
        self.by = by
        self.client = client
        self.at = at
    }
}

/// Who last set each field of a row. Not part of the row, of the log, or of a digest.
package struct RowHistory: Sendable, Hashable {
    /// By field name; a field that is missing was set by `created`.
    package var fields: [String: Stamp]
    package var created: Stamp
    /// Whoever changed the row last, in any field, deleting or reviving included.
    package var last: Stamp

    package init(created: Stamp, fields: [String: Stamp] = [:], last: Stamp? = nil) {
        self.created = created
        self.fields = fields
        self.last = last ?? created
    }

    package func stamp(of field: String) -> Stamp { fields[field] ?? created }
}

/// A row with what the database knows beside it. Deleted rows are kept: their ids are never free again.
package struct StoredRow: Sendable, Hashable {
    package var row: Row
    package var history: RowHistory
    /// Who deleted it and when; nil while it is live in itself (its article or annotation may be gone all the same).
    package var deleted: Stamp?

    package init(row: Row, history: RowHistory, deleted: Stamp? = nil) {
        self.row = row
        self.history = history
        self.deleted = deleted
    }
}

/// An article as the planner needs it.
package struct ArticleState: Sendable {
    package var article: Article
    package var isDeleted: Bool

    package init(article: Article, isDeleted: Bool) {
        self.article = article
        self.isDeleted = isDeleted
    }
}

/// A row of one entity, named.
package struct EntityKey: Sendable, Hashable {
    package var kind: EntityKind
    package var id: EntityID

    package init(_ kind: EntityKind, _ id: EntityID) {
        self.kind = kind
        self.id = id
    }
}

/// What must be loaded (and locked) before mutations can be planned.
///
/// The store follows aliases, and adds by itself: the entity of each conflict, the annotation of each comment and
/// review, the articles of all rows, the open conflicts of all rows. Existing annotations, relations, comments and
/// reviews are locked, kind by kind in that order, each by id.
package struct LoadRequest: Sendable {
    package var rows: Set<EntityKey>
    package var articles: Set<EntityID>
    /// Texts to check quotes against.
    package var texts: Set<SHA256Digest>
    /// Possible twins of creates: live annotations of the user with this content hash on this article.
    package var twins: Set<TwinKey>
    /// Annotations whose reviews are wanted, deleted ones too: each reviewer has one per annotation.
    package var reviewed: Set<EntityID>

    package init() {
        rows = []
        articles = []
        texts = []
        twins = []
        reviewed = []
    }
}

/// Where an equal annotation may already stand. `hash` is `Annotation.contentHash`.
package struct TwinKey: Sendable, Hashable {
    package var articleID: EntityID
    package var hash: Int64

    package init(articleID: EntityID, hash: Int64) {
        self.articleID = articleID
        self.hash = hash
    }
}

extension Annotation {
    /// The first 64 bits of the SHA-256 over the canonical JSON of author, layer, label, attributes and anchor: equal
    /// annotations have equal hashes. Stored beside the row to find twins; never trusted alone.
    package var contentHash: Int64 {
        var writer = SHA256.Hasher()
        writer.update(Array("\(author.text) \(layer.rawValue) ".utf8))
        var same = self
        same.state = .draft
        writer.update(Row.annotation(same).canonicalContent)
        return Int64(bitPattern: writer.finalize().bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}

/// What of a project was loaded for one plan.
package struct ProjectState: Sendable {
    package var project: Project
    package var epoch: EntityID
    /// `head` as read first: the plan stands only if `guard_seq` is not above it when it is written.
    package var head: Int64
    package var labels: [String: Label]
    package var articles: [EntityID: ArticleState]
    /// Texts by digest, and which article each belongs to (several articles may share one text).
    package var texts: [SHA256Digest: ArticleText]
    package var articleVersions: Set<ArticleVersionKey>
    package var rows: [EntityKey: StoredRow]
    package var aliases: [EntityID: EntityID]
    /// The twins that were asked for, and the user's reviews by annotation, are in `rows` too.
    package var twins: [TwinKey: [EntityID]]
    package var reviews: [EntityID: EntityID]
    /// Open conflicts by the entity they concern; the rows are in `rows`.
    package var openConflicts: [EntityKey: [EntityID]]

    package init(project: Project, epoch: EntityID, head: Int64, labels: [String: Label]) {
        self.project = project
        self.epoch = epoch
        self.head = head
        self.labels = labels
        articles = [:]
        texts = [:]
        articleVersions = []
        rows = [:]
        aliases = [:]
        twins = [:]
        reviews = [:]
        openConflicts = [:]
    }
}

/// A text as a version of one article.
package struct ArticleVersionKey: Sendable, Hashable {
    package var articleID: EntityID
    package var sha256: SHA256Digest

    package init(articleID: EntityID, sha256: SHA256Digest) {
        self.articleID = articleID
        self.sha256 = sha256
    }
}
