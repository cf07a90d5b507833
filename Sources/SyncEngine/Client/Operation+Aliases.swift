package import AnnotationModel
import JSONText
package import SyncProtocol

extension Operation {
    /// The operation with every id that was merged into another replaced by that one. What is sent keeps its bytes: the
    /// server follows aliases by itself.
    package func resolvingAliases(_ target: (EntityID) throws -> EntityID) rethrows -> Operation {
        switch self {
        case .create(let kind, let id, var row):
            for key in ["annotation_id", "from", "to"] {
                guard let text = row[key]?.stringValue, let end = EntityID(text) else { continue }
                row[key] = .string(try target(end).text)
            }
            return .create(kind, id: try target(id), row: row)
        case .update(let kind, let id, let edits, let revive):
            return .update(kind, id: try target(id), edits: edits, revive: revive)
        case .delete(let kind, let id, let was): return .delete(kind, id: try target(id), was: was)
        case .resolve: return self
        }
    }
}
