import AnnotationModel
import JSONText
import SyncProtocol

/// What a PATCH may set in a row: its fields, attributes one by one.
enum RowPatch {
    private static let members: [EntityKind: [String]] = [
        .annotation: ["label", "attributes", "anchor", "state"],
        .relation: ["label", "attributes"],
        .comment: ["text"],
        .review: ["decision", "text"],
    ]

    /// The fields in the planner's names (`attributes/KEY`); null takes an attribute away.
    static func fields(of kind: EntityKind, _ patch: JSONObject) throws(Problem) -> [(field: String, value: JSONValue)]
    {
        let known = members[kind] ?? []
        var fields: [(field: String, value: JSONValue)] = []
        for (name, value) in patch.members {
            guard known.contains(where: { ExactString.equal($0, name) }) else {
                throw .malformed(
                    "“\(name.prefix(60))” cannot be set in the \(kind.rawValue); \(known.joined(separator: ", ")) can")
            }
            guard name == "attributes" else {
                fields.append((name, value))
                continue
            }
            guard let attributes = value.objectValue else {
                throw .malformed("attributes must be an object, in which null takes an attribute away")
            }
            for (key, value) in attributes.members { fields.append(("attributes/\(key)", value)) }
        }
        return fields
    }
}
