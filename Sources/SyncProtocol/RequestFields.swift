import AnnotationModel
import JSONText

/// Reads the members of an object that a client sent; what is wrong is a refusal of that object alone.
struct RequestFields {
    let object: JSONObject
    /// What the object is, with its article, for messages.
    let what: String

    init(_ object: JSONObject, of what: String) {
        self.object = object
        self.what = what
    }

    /// Refuses members that are not in the list.
    func allow(_ known: [String]) throws(Refusal) {
        guard known.count(where: { object.contains($0) }) < object.count else { return }
        let unknown = object.keys.first { key in !known.contains { ExactString.equal($0, key) } } ?? ""
        throw Refusal(.malformed, "the member “\(unknown.prefix(60))” is unknown in \(what)")
    }

    func value(_ key: String) throws(Refusal) -> JSONValue {
        guard let value = object[key] else { throw Refusal(.malformed, "the member “\(key)” is missing in \(what)") }
        return value
    }

    func string(_ key: String) throws(Refusal) -> String {
        guard let text = try value(key).stringValue else {
            throw Refusal(.malformed, "the member “\(key)” must be a string")
        }
        return text
    }

    func id(_ key: String) throws(Refusal) -> EntityID {
        guard let id = EntityID(try string(key)) else {
            throw Refusal(.malformed, "the member “\(key)” must be a UUID")
        }
        return id
    }

    /// False where the member is not there.
    func bool(_ key: String) throws(Refusal) -> Bool {
        guard let value = object[key] else { return false }
        guard let flag = value.boolValue else { throw Refusal(.malformed, "the member “\(key)” must be true or false") }
        return flag
    }

    func object(_ key: String) throws(Refusal) -> JSONObject? {
        guard let value = object[key] else { return nil }
        guard let object = value.objectValue else { throw Refusal(.malformed, "the member “\(key)” must be an object") }
        return object
    }

    func time(_ key: String) throws(Refusal) -> Timestamp? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let time = value.stringValue.flatMap({ Timestamp($0) }) else {
            throw Refusal(.malformed, "the member “\(key)” must be an RFC 3339 time")
        }
        return time
    }

    /// The kind of row that the operation is about; what clients may not push is told before its id is looked at.
    func pushableEntity() throws(Refusal) -> EntityKind {
        let text = try string("entity")
        guard let kind = EntityKind(rawValue: text) else {
            throw Refusal(.malformed, "“\(text.prefix(40))” is no entity")
        }
        guard kind.isPushable else {
            throw Refusal(.notAllowed, "clients do not push \(text) rows; a manager changes them over HTTP")
        }
        return kind
    }
}
