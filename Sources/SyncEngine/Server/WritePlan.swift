package import AnnotationModel
package import Digest
package import SyncProtocol

/// Who pushes, as what, and with which clock and ids.
package struct PushContext: Sendable {
    package var user: EntityID
    package var role: Role
    /// Nil for plain HTTP writes, the command line and imports.
    package var client: EntityID?
    /// The exchange's cursor: what `merged` is judged by. Nil without a client.
    package var since: Int64?
    package var ids: IDSource
    /// As in `Viewer`: wanted for an annotator where access or visibility depends on assignments.
    package var assigned: Set<EntityID>
    package var done: Set<EntityID>

    package init(
        user: EntityID, role: Role, client: EntityID?, since: Int64?, ids: IDSource, assigned: Set<EntityID> = [],
        done: Set<EntityID> = []
    ) {
        self.user = user
        self.role = role
        self.client = client
        self.since = since
        self.ids = ids
        self.assigned = assigned
        self.done = done
    }

    package func viewer(of project: Project) -> Viewer {
        Viewer(user: user, role: role, project: project, assigned: assigned, done: done)
    }
}

/// One new entry of the log. Its seq is the head before the transaction plus `offset`.
package struct LogEntry: Sendable, Hashable {
    package var offset: Int64
    package var kind: ChangeEntry.Kind
    package var entity: EntityKind
    package var id: EntityID
    /// Nil for a `del`.
    package var row: Row?
    package var articleID: EntityID?
    /// Whose view `own` shows it: the author of the annotation or relation concerned; nil: everyone who sees the
    /// article or, without an article, the project.
    package var owner: EntityID?
    /// Sees it too: the author of a comment or review on somebody else's annotation.
    package var author: EntityID?
    package var by: EntityID
    package var client: EntityID?
    package var n: Int64?

    package init(
        offset: Int64, kind: ChangeEntry.Kind, entity: EntityKind, id: EntityID, row: Row?, articleID: EntityID?,
        owner: EntityID?, author: EntityID?, by: EntityID, client: EntityID?, n: Int64?
    ) {
        self.offset = offset
        self.kind = kind
        self.entity = entity
        self.id = id
        self.row = row
        self.articleID = articleID
        self.owner = owner
        self.author = author
        self.by = by
        self.client = client
        self.n = n
    }
}

/// The final state of one row that a transaction writes; its version is the head before plus `offset`.
package struct RowWrite: Sendable, Hashable {
    package var stored: StoredRow
    package var isNew: Bool
    package var offset: Int64

    package init(stored: StoredRow, isNew: Bool, offset: Int64) {
        self.stored = stored
        self.isNew = isNew
        self.offset = offset
    }
}

/// The stored result of one mutation: what a replay repeats.
package struct ResultWrite: Sendable {
    /// Whose mutation it was; nil for a plain HTTP write, whose result nobody asks for again.
    package var client: EntityID?
    /// Versions inside are offsets from the head before the transaction; a negative one is the version of a row that
    /// was not changed, negated (see `MutationResult.shifted`).
    package var result: MutationResult
    package var digest: SHA256Digest
    /// The mutation's bytes, kept when anything of it was rejected: the journal.
    package var payload: [UInt8]?

    package init(client: EntityID? = nil, result: MutationResult, digest: SHA256Digest, payload: [UInt8]?) {
        self.client = client
        self.result = result
        self.digest = digest
        self.payload = payload
    }
}

/// Everything that one transaction of pushed mutations writes. Each row is written once, however many entries it has.
package struct WritePlan: Sendable {
    package var entries: [LogEntry]
    package var rows: [RowWrite]
    package var aliases: [(alias: EntityID, id: EntityID)]
    package var results: [ResultWrite]
    /// The texts of the new article versions in `rows`; empty for what clients push.
    package var texts: [SHA256Digest: String]

    package init() {
        entries = []
        rows = []
        aliases = []
        results = []
        texts = [:]
    }

    /// How many seqs the transaction takes.
    package var changeCount: Int64 { Int64(entries.count) }
}
