import AnnotationModel
import Digest
package import JSONText

extension SeenValue {
    /// Reads `was`: 64 lower-case hex digits are a digest, because no string of that length is ever given itself.
    package init(json: JSONValue) {
        if case .string(let text) = json, let digest = SHA256Digest(hex: text) {
            self = .digest(digest)
        } else {
            self.init(json)
        }
    }

    package var json: JSONValue {
        switch self {
        case .value(let value): value
        case .digest(let digest): .string(digest.hex)
        }
    }
}

extension Operation {
    /// Reads one operation; a member that does not belong there is refused with it.
    package init(json: JSONValue) throws(Refusal) {
        guard let object = json.objectValue else { throw Refusal(.malformed, "an operation must be an object") }
        let reader = RequestFields(object, of: "an operation")
        switch try reader.string("op") {
        case "create":
            try reader.allow(["op", "entity", "id", "row"])
            guard let row = try reader.value("row").objectValue else {
                throw Refusal(.malformed, "the member “row” must be an object")
            }
            self = .create(try reader.pushableEntity(), id: try reader.id("id"), row: row)
        case "update":
            try reader.allow(["op", "entity", "id", "was", "set", "revive"])
            let kind = try reader.pushableEntity()
            let revive = try reader.bool("revive")
            let edits = try Self.edits(was: reader.object("was"), set: reader.object("set"))
            guard revive || !edits.isEmpty else { throw Refusal(.malformed, "an update must set at least one field") }
            self = .update(kind, id: try reader.id("id"), edits: edits, revive: revive)
        case "delete":
            try reader.allow(["op", "entity", "id", "was"])
            let kind = try reader.pushableEntity()
            guard let was = SHA256Digest(hex: try reader.string("was")) else {
                throw Refusal(.malformed, "the member “was” of a delete must be the SHA-256 of the row's content")
            }
            self = .delete(kind, id: try reader.id("id"), was: was)
        case "resolve":
            try reader.allow(["op", "entity", "id", "choice", "value", "was"])
            guard try reader.pushableEntity() == .conflict else {
                throw Refusal(.malformed, "only a conflict can be resolved")
            }
            self = try Self.resolution(reader)
        case let other:
            throw Refusal(
                .malformed, "“\(other.prefix(40))” is no operation; create, update, delete or resolve was expected")
        }
    }

    private static func edits(was: JSONObject?, set: JSONObject?) throws(Refusal) -> [FieldEdit] {
        let (was, set) = (was ?? JSONObject(), set ?? JSONObject())
        var edits: [FieldEdit] = []
        for (field, value) in set.members {
            guard let seen = was[field] else {
                throw Refusal(.malformed, "“was” must say what stood in “\(field)”, which “set” changes")
            }
            edits.append(FieldEdit(field: field, was: SeenValue(json: seen), value: value))
        }
        if let extra = was.keys.first(where: { !set.contains($0) }) {
            throw Refusal(.malformed, "“was” names “\(extra)”, which “set” does not change")
        }
        return edits
    }

    private static func resolution(_ reader: RequestFields) throws(Refusal) -> Operation {
        guard let choice = Conflict.Choice(rawValue: try reader.string("choice")) else {
            throw Refusal(.malformed, "the member “choice” must be kept, other or value")
        }
        let value = reader.object["value"]
        switch (choice, value) {
        case (.value, nil): throw Refusal(.malformed, "the choice “value” needs the member “value”")
        case (.kept, .some(let value)) where !value.isNull, (.other, .some(let value)) where !value.isNull:
            throw Refusal(.malformed, "only the choice “value” takes the member “value”")
        default: break
        }
        return .resolve(
            conflict: try reader.id("id"), choice: choice, value: choice == .value ? value : nil,
            was: SeenValue(json: try reader.value("was")))
    }

    /// Writes the operation in canonical form.
    package func writeCanonical(to writer: inout JSONWriter) {
        writer.beginObject()
        switch self {
        case .create(let kind, let id, let row):
            writer.member("entity", kind.rawValue)
            writer.member("id", id)
            writer.member("op", "create")
            writer.key("row")
            writer.canonical(.object(row))
        case .update(let kind, let id, let edits, let revive):
            writer.member("entity", kind.rawValue)
            writer.member("id", id)
            writer.member("op", "update")
            if revive { writer.member("revive", true) }
            if !edits.isEmpty {
                writer.key("set")
                writer.canonical(.object(JSONObject(edits.map { ($0.field, $0.value) })))
                writer.key("was")
                writer.canonical(.object(JSONObject(edits.map { ($0.field, $0.was.json) })))
            }
        case .delete(let kind, let id, let was):
            writer.member("entity", kind.rawValue)
            writer.member("id", id)
            writer.member("op", "delete")
            writer.member("was", was.hex)
        case .resolve(let id, let choice, let value, let was):
            writer.member("choice", choice.rawValue)
            writer.member("entity", EntityKind.conflict.rawValue)
            writer.member("id", id)
            writer.member("op", "resolve")
            if choice == .value {
                writer.key("value")
                writer.canonical(value ?? .null)
            }
            writer.key("was")
            writer.canonical(was.json)
        }
        writer.endObject()
    }
}
