package import AnnotationModel
import JSONText
package import SyncProtocol

// What a client sends of a row: a create carries what the author says, the server adds who and when.

extension Row {
    /// The operation that makes this row.
    package var creation: Operation {
        var object = jsonWithoutVersion
        for key in ["id", "author", "reviewer", "created_at"] { object.removeValue(forKey: key) }
        return .create(kind, id: id, row: object)
    }

    /// The operation that makes `changed` of this row, as the user saw it; nil where nothing differs.
    package func update(to changed: Row) -> Operation? {
        let names = Set(fieldNames).union(changed.fieldNames).sorted()
        let edits = names.compactMap { name -> FieldEdit? in
            guard let before = field(name), let after = changed.field(name), before != after else { return nil }
            return FieldEdit(field: name, was: SeenValue(before), value: after)
        }
        return edits.isEmpty ? nil : .update(kind, id: id, edits: edits, revive: false)
    }

    /// The operation that deletes this row, as the user saw it.
    package var deletion: Operation { .delete(kind, id: id, was: contentDigest) }
}
