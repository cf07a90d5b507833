import AnnotationModel
import JSONText

/// Reads the first line of canonical JSONL.
enum HeaderRow {
    private static let members: Set = ["manicule", "project", "labels", "users"]
    private static let labelMembers: Set = [
        "key", "name", "kind", "color", "shortcut", "attributes", "from", "to", "zero_width", "retired",
    ]

    static func read(_ object: JSONObject) throws(RecordFault) -> HeaderRecord {
        let row = RowReader(object: object)
        guard object["manicule"]?.intValue == ManiculeWriter.version else {
            let found = (object["manicule"] ?? .null).canonicalText
            throw RecordFault(
                .unknownVersion,
                "the format's version is \(Snippet.head(found)); this program reads \(ManiculeWriter.version)")
        }
        try row.allowOnly(members)
        var header = HeaderRecord()
        if let project = try RecordFault.mapping({ () throws(RowError) in try row.object("project") }) {
            let reader = RowReader(object: project, path: "project")
            try reader.allowOnly(["title", "language", "layers", "visibility", "access"])
            header.settings = try RecordFault.mapping { () throws(RowError) in
                ProjectSettings(
                    title: try reader.optionalString("title"), language: try reader.optionalString("language"),
                    layers: try reader.optionalCase("layers"), visibility: try reader.optionalCase("visibility"),
                    access: try reader.optionalCase("access"))
            }
        }
        for element in try row.elements("labels") {
            try element.allowOnly(labelMembers)
            for attribute in try element.elements("attributes") { try attribute.allowOnly(["key", "type", "values"]) }
            let label = try RecordFault.mapping { () throws(RowError) in try Label(element) }
            guard !header.labels.contains(where: { ExactString.equal($0.key, label.key) }) else {
                throw RecordFault(.duplicateID, "\(element.path).key stands twice: \(label.key)")
            }
            header.labels.append(label)
        }
        header.users = try RecordFault.mapping { () throws(RowError) in try row.strings("users") }
        return header
    }
}
