import AnnotationModel
import Digest
import JSONText
import SyncEngine
import SyncProtocol

extension Stage {
    static func anchor(_ spans: [(Int, Int)], sha: SHA256Digest = Stage.sha) -> JSONValue {
        Anchor(
            articleVersion: sha,
            spans: spans.map { Span(start: $0.0, end: $0.1, quote: Quote(covering: Stage.text[$0.0, $0.1] ?? "")) }
        ).json
    }

    func annotationRow(
        label: String = "PER", spans: [(Int, Int)] = [(0, 8)], attributes: JSONObject = JSONObject(),
        layer: Layer? = nil, state: AnnotationState? = nil, article: EntityID? = nil
    ) -> JSONObject {
        var row: JSONObject = [
            "article_id": .string((article ?? self.article).text),
            "layer": .string((layer ?? (self.state.project.layers == .shared ? .shared : .own)).rawValue),
            "label": .string(label), "attributes": .object(attributes), "anchor": Self.anchor(spans),
        ]
        if let state { row["state"] = .string(state.rawValue) }
        return row
    }

    func create(
        _ id: EntityID, label: String = "PER", spans: [(Int, Int)] = [(0, 8)], attributes: JSONObject = JSONObject(),
        layer: Layer? = nil, state: AnnotationState? = nil, article: EntityID? = nil
    ) -> Operation {
        .create(
            .annotation, id: id,
            row: annotationRow(
                label: label, spans: spans, attributes: attributes, layer: layer, state: state, article: article))
    }

    func relate(
        _ id: EntityID, _ from: EntityID, _ to: EntityID, label: String = "near", layer: Layer? = nil,
        attributes: JSONObject = JSONObject(), article: EntityID? = nil
    ) -> Operation {
        .create(
            .relation, id: id,
            row: [
                "article_id": .string((article ?? self.article).text),
                "layer": .string((layer ?? (state.project.layers == .shared ? .shared : .own)).rawValue),
                "label": .string(label), "attributes": .object(attributes), "from": .string(from.text),
                "to": .string(to.text),
            ])
    }

    func comment(_ id: EntityID, on annotation: EntityID, _ text: String = "sûr ?") -> Operation {
        .create(
            .comment, id: id,
            row: [
                "article_id": .string(article.text), "annotation_id": .string(annotation.text), "text": .string(text),
            ])
    }

    func review(
        _ id: EntityID, of annotation: EntityID, _ decision: ReviewDecision, _ text: String = ""
    ) -> Operation {
        .create(
            .review, id: id,
            row: [
                "annotation_id": .string(annotation.text), "decision": .string(decision.rawValue),
                "text": .string(text),
            ])
    }

    /// An update that has seen what `seen` says, else what stands now.
    func set(
        _ id: EntityID, _ fields: [String: JSONValue], seen: [String: JSONValue] = [:], revive: Bool = false
    ) -> Operation {
        set(.annotation, id, fields, seen: seen, revive: revive)
    }

    func set(
        _ kind: EntityKind, _ id: EntityID, _ fields: [String: JSONValue],
        seen: [String: JSONValue] = [:], revive: Bool = false
    ) -> Operation {
        let edits = fields.sorted { $0.key < $1.key }.map { field, value in
            FieldEdit(
                field: field, was: SeenValue(seen[field] ?? stored(kind, id)?.row.field(field) ?? .null), value: value)
        }
        return .update(kind, id: id, edits: edits, revive: revive)
    }

    func delete(_ id: EntityID, was: SHA256Digest? = nil) -> Operation { delete(.annotation, id, was: was) }

    func delete(_ kind: EntityKind, _ id: EntityID, was: SHA256Digest? = nil) -> Operation {
        .delete(kind, id: id, was: was ?? stored(kind, id)?.row.contentDigest ?? SHA256.hash("nothing"))
    }

    func resolve(
        _ conflict: EntityID?, _ choice: Conflict.Choice, value: JSONValue? = nil, seen: JSONValue? = nil
    ) -> Operation {
        let id = conflict ?? EntityID(high: 0, low: 0)
        let was: SeenValue
        if let seen {
            was = SeenValue(json: seen)
        } else if let found = self.conflict(conflict), let row = stored(found.entity, found.entityID)?.row {
            was = found.field == "deleted" ? .digest(row.contentDigest) : SeenValue(row.field(found.field) ?? .null)
        } else {
            was = .value(.null)
        }
        return .resolve(conflict: id, choice: choice, value: value, was: was)
    }
}

extension MutationResult {
    var first: OperationResult { operations[0] }
    var codes: [OperationCode?] { operations.map(\.code) }
    var statuses: [OperationStatus] { operations.map(\.status) }
}
