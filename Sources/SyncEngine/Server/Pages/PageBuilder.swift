package import AnnotationModel
import JSONText
package import SyncProtocol

/// Makes one page of the log for one reader: records in, in order, until it is full or they end.
///
/// A page consists of whole transactions, at least one: records of one that did not come to its end are left out.
/// Entries of one entity are coalesced, except that a `del` is always sent. What the reader may not see is counted.
package struct PageBuilder: Sendable {
    /// The articles whose view may be another one after this page.
    package enum Concerned: Sendable, Hashable {
        case nothing
        case articles(Set<EntityID>)
        case all
    }

    /// The last record that stands for its entity, and how many changes it stands for.
    private struct Slot {
        var record: LogRecord
        var n: Int
    }

    private struct Counts {
        var visible = 0
        var hidden = 0
        var scanned: Int { visible + hidden }
    }

    private let viewer: Viewer
    private let since: Int64
    private let head: Int64
    private let limit: Int
    /// Where the page ends: the end of the last whole transaction.
    package private(set) var position: Int64
    private var tag: Tag?
    private var counts = Counts()
    private var bytes = 0
    /// In the order of seq; nil where a later one stands for it.
    private var slots: [Slot?] = []
    private var latest: [EntityKey: Int] = [:]
    package private(set) var concerned: Concerned = .nothing
    /// The transaction whose end has not come yet.
    private var open: [LogRecord] = []

    /// - Parameters:
    ///   - since: the reader's cursor, with the tag that stands there.
    ///   - head: the project's head, read together with the records.
    ///   - limit: how many visible changes the reader wants at most; a whole transaction may exceed it.
    package init(viewer: Viewer, since: Int64, at tag: Tag?, head: Int64, limit: Int? = nil) {
        self.viewer = viewer
        self.since = since
        self.head = head
        self.limit = min(max(limit ?? Limits.visibleChangesPerPage, 1), Limits.visibleChangesPerPage)
        self.tag = tag
        position = since
    }

    /// Whether no whole transaction has come yet.
    package var isEmpty: Bool { position == since }

    /// Whether the page ends at `position`.
    package var isFull: Bool {
        counts.visible >= limit || counts.scanned >= Limits.scannedChangesPerPage || bytes >= Limits.pageBytes
    }

    /// Takes the next record; false when the page is full, and the record begins the next one.
    package mutating func add(_ record: LogRecord) -> Bool {
        guard !open.isEmpty || !isFull else { return false }
        open.append(record)
        guard record.seq >= record.transactionEnd else { return true }
        for record in open { take(record) }
        open.removeAll(keepingCapacity: true)
        position = record.seq
        tag = record.tag
        return true
    }

    private mutating func take(_ record: LogRecord) {
        note(record)
        guard viewer.sees(record) else {
            counts.hidden += 1
            return
        }
        counts.visible += 1
        var slot = Slot(record: record, n: 1)
        let key = EntityKey(record.entity, record.id)
        if let index = latest[key], let earlier = slots[index], earlier.record.kind == .put {
            slot.n += earlier.n
            bytes -= Self.size(earlier.record)
            slots[index] = nil
        }
        bytes += Self.size(record)
        latest[key] = slots.count
        slots.append(slot)
    }

    /// What an entry takes on the wire, nearly.
    private static func size(_ record: LogRecord) -> Int { 256 + (record.row?.count ?? 0) }

    /// Sees whether the change concerns what this user may see. It may do so without being visible itself.
    private mutating func note(_ record: LogRecord) {
        switch record.entity {
        case .project: concerned = .all
        case .member where record.id == viewer.user: concerned = .all
        case .assignment where record.author == viewer.user:
            guard let articleID = record.articleID else { return }
            switch concerned {
            case .nothing: concerned = .articles([articleID])
            case .articles(let articles): concerned = .articles(articles.union([articleID]))
            case .all: break
            }
        default: break
        }
    }

    /// The page.
    ///
    /// - Parameter allArticles: the ids of all articles, wanted when `concerned` is `all`; more than
    ///   `Limits.viewsPerPage` need not be given.
    package func page(allArticles: [EntityID] = []) -> ChangePage {
        ChangePage(
            from: since, to: position, at: tag, head: max(head, position), complete: position >= head,
            count: counts.visible, hidden: counts.hidden, entries: slots.compactMap { $0.map(Self.entry) },
            views: views(allArticles))
    }

    private func views(_ allArticles: [EntityID]) -> Views? {
        let articles: [EntityID]
        switch concerned {
        case .nothing: return nil
        case .articles(let some): articles = some.sorted()
        case .all: articles = allArticles.sorted()
        }
        guard articles.count <= Limits.viewsPerPage else { return .changed }
        return .articles(articles.map { ($0, viewer.view(of: $0)) })
    }

    private static func entry(_ slot: Slot) -> ChangeEntry {
        let record = slot.record
        var origin: (client: EntityID, n: Int64)?
        if let client = record.originClient, let n = record.originN { origin = (client, n) }
        return ChangeEntry(
            seq: record.seq, n: slot.n, tag: record.tag, kind: record.kind, entity: record.entity, id: wireID(record),
            row: record.row.map { canonicalRow($0, version: record.seq) }, by: record.by == .nobody ? nil : record.by,
            origin: origin)
    }

    /// A label goes by its key, which stands in its row; labels are retired, never deleted.
    private static func wireID(_ record: LogRecord) -> String {
        guard record.entity == .label, let row = record.row else { return record.id.text }
        return (try? JSONValue(parsing: row))?["key"]?.stringValue ?? record.id.text
    }
}
