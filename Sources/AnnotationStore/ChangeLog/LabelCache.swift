import AnnotationModel
import Synchronization

/// The label sets of projects, each valid while `guard_seq` stands: every change of a label raises it.
final class LabelCache: Sendable {
    struct Entry: Sendable {
        var epoch: EntityID
        var guardSeq: Int64
        var labels: [String: Label]
    }

    private let entries = Mutex<[EntityID: Entry]>([:])
    private static let capacity = 1000

    subscript(project: EntityID) -> Entry? { entries.withLock { $0[project] } }

    func store(_ entry: Entry, of project: EntityID) {
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries.removeAll(keepingCapacity: true) }
            entries[project] = entry
        }
    }
}
