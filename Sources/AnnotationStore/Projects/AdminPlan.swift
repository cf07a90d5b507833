package import AnnotationModel
package import SyncEngine
import SyncProtocol

/// What an administrative act writes to a project's log: rows put or taken away, without a client and a number.
package struct AdminPlan: Sendable {
    package private(set) var plan = WritePlan()
    private let stamp: Stamp

    /// `by` is `EntityID.nobody` for the command line.
    package init(by: EntityID, at: Timestamp = .now()) {
        stamp = Stamp(by: by, client: nil, at: at)
    }

    package var isEmpty: Bool { plan.entries.isEmpty }

    /// `isNew`: no row with this id was ever there; a row that was taken away is not new.
    package mutating func put(_ row: Row, isNew: Bool) {
        add(row, isNew: isNew, deleted: nil)
    }

    /// Puts a new version of an article's text, with the text itself.
    package mutating func put(_ version: ArticleVersion, text: String) {
        plan.texts[version.sha256] = text
        add(.articleVersion(version), isNew: true, deleted: nil)
    }

    /// Takes a row away: a member, or an article with all below it.
    package mutating func delete(_ row: Row) {
        add(row, isNew: false, deleted: stamp)
    }

    private mutating func add(_ row: Row, isNew: Bool, deleted: Stamp?) {
        let offset = Int64(plan.entries.count + 1)
        let audience = row.audience { _ in nil }
        plan.entries.append(
            LogEntry(
                offset: offset, kind: deleted == nil ? .put : .del, entity: row.kind, id: row.id,
                row: deleted == nil ? row : nil, articleID: audience.articleID, owner: audience.owner,
                author: audience.author, by: stamp.by, client: nil, n: nil))
        plan.rows.append(
            RowWrite(
                stored: StoredRow(row: row, history: RowHistory(created: stamp), deleted: deleted), isNew: isNew,
                offset: offset))
    }
}
