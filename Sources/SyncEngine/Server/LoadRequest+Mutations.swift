import AnnotationModel
import Digest
import JSONText
package import SyncProtocol

extension LoadRequest {
    /// What the mutations name.
    package init(for mutations: [ReceivedMutation], context: PushContext) {
        self.init()
        for operation in mutations.lazy.flatMap(\.readable) {
            switch operation {
            case .create(let kind, let id, let row): add(kind, id, row, context)
            case .update(let kind, let id, let edits, _):
                rows.insert(EntityKey(kind, id))
                for edit in edits where edit.field == "anchor" { addText(of: edit.value) }
            case .delete(let kind, let id, _): rows.insert(EntityKey(kind, id))
            case .resolve(let id, _, let value, _):
                rows.insert(EntityKey(.conflict, id))
                if let value { addText(of: value) }
            }
        }
        rows = rows.filter { $0.kind.isPushable }
    }

    private mutating func add(_ kind: EntityKind, _ id: EntityID, _ row: JSONObject, _ context: PushContext) {
        rows.insert(EntityKey(kind, id))
        if let article = row.id("article_id") { articles.insert(article) }
        switch kind {
        case .annotation:
            if let anchor = row["anchor"] { addText(of: anchor) }
            // The time is no part of what makes two annotations equal.
            let time = Timestamp(microseconds: 0)
            guard context.client != nil,
                case .annotation(let annotation)? = try? NewRow.read(kind, id, row, by: context.user, at: time)
            else { return }
            twins.insert(TwinKey(articleID: annotation.articleID, hash: annotation.contentHash))
        case .relation:
            for end in ["from", "to"] {
                if let annotation = row.id(end) { rows.insert(EntityKey(.annotation, annotation)) }
            }
        case .comment, .review:
            guard let annotation = row.id("annotation_id") else { return }
            rows.insert(EntityKey(.annotation, annotation))
            if kind == .review { reviewed.insert(annotation) }
        default: break
        }
    }

    private mutating func addText(of anchor: JSONValue) {
        if let hex = anchor["article_version"]?.stringValue, let sha256 = SHA256Digest(hex: hex) {
            texts.insert(sha256)
        }
    }

    /// What shows only in what was loaded: the ends of relations that get a new label, and what the resolution of a
    /// conflict would create after all. Mostly nothing.
    package init(following state: ProjectState, mutations: [ReceivedMutation]) {
        self.init()
        for operation in mutations.lazy.flatMap(\.readable) {
            switch operation {
            case .update(.relation, let id, let edits, _) where edits.contains { $0.field == "label" }:
                addEnds(of: EntityKey(.relation, id), in: state)
            case .resolve(let id, _, _, _):
                guard case .conflict(let conflict)? = state.rows[EntityKey(.conflict, id)]?.row else { continue }
                addEnds(of: EntityKey(conflict.entity, conflict.entityID), in: state)
                guard let kind = conflict.other.value["create"]?.stringValue.flatMap({ EntityKind(rawValue: $0) }),
                    let created = conflict.other.value.objectValue?.id("id")
                else { continue }
                rows.insert(EntityKey(kind, created))
                if kind == .review { reviewed.insert(conflict.entityID) }
            default: continue
            }
        }
        rows = rows.filter { $0.kind.isPushable && state.rows[$0] == nil }
    }

    private mutating func addEnds(of key: EntityKey, in state: ProjectState) {
        guard case .relation(let relation)? = state.rows[key]?.row else { return }
        rows.insert(EntityKey(.annotation, relation.from))
        rows.insert(EntityKey(.annotation, relation.to))
    }

    /// Several clients' mutations are loaded at once for one group commit.
    package mutating func formUnion(_ other: LoadRequest) {
        rows.formUnion(other.rows)
        articles.formUnion(other.articles)
        texts.formUnion(other.texts)
        twins.formUnion(other.twins)
        reviewed.formUnion(other.reviewed)
    }

    package var isEmpty: Bool {
        rows.isEmpty && articles.isEmpty && texts.isEmpty && twins.isEmpty && reviewed.isEmpty
    }
}

extension ReceivedMutation {
    /// The operations that can be read.
    var readable: [Operation] {
        guard case .success(let operations) = content else { return [] }
        return operations.compactMap { try? $0.get() }
    }

    /// The rows of which the reply shows the current state: those of operations in conflict, by the ids that the
    /// client named (which may be aliases).
    package func keysWantingCurrent(in result: MutationResult) -> [(operation: Int, key: EntityKey)] {
        guard case .success(let operations) = content else { return [] }
        return zip(operations, result.operations).enumerated().compactMap { index, pair in
            guard pair.1.status == .conflict, let operation = try? pair.0.get() else { return nil }
            return (index, EntityKey(operation.entity, operation.id))
        }
    }
}

extension JSONObject {
    fileprivate func id(_ key: String) -> EntityID? { self[key]?.stringValue.flatMap { EntityID($0) } }
}
