import AnnotationModel
import JSONText
import SyncEngine
import SyncProtocol

/// One step of a page, ready for the tables.
enum PageEntry: Sendable {
    case put(RowRecord)
    case delete(EntityKind, id: String, version: Int64)
    case view(article: EntityID, ArticleView)

    /// A page's entries, each put read and held against its id; then what it says of views.
    static func read(_ page: ChangePage) throws(PageFault) -> [PageEntry] {
        var steps: [PageEntry] = []
        steps.reserveCapacity(page.entries.count)
        for entry in page.entries {
            guard let bytes = entry.row else {
                steps.append(.delete(entry.entity, id: entry.id, version: entry.seq))
                continue
            }
            let record: RowRecord
            do {
                // Reading it as what it is shows now, not later, that this program understands it.
                _ = try entry.decodedRow()
                let wire = try JSONValue(parsing: bytes, options: .lenient).objectValue ?? JSONObject()
                record = RowRecord(entry.entity, wire: wire, version: entry.seq)
            } catch {
                throw PageFault("the row of the entry \(entry.seq) cannot be read: \(error)")
            }
            guard ExactString.equal(record.id, entry.id) else {
                throw PageFault("the entry \(entry.seq) is of \(entry.id), its row of \(record.id)")
            }
            steps.append(.put(record))
        }
        if case .articles(let views) = page.views {
            for (article, view) in views { steps.append(.view(article: article, view)) }
        }
        return steps
    }
}
