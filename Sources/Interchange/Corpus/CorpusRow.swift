import AnnotationModel
import Digest
import JSONText

/// Reads rows of the plain shape that many corpora have: a text, and entities by offsets without their quotes.
///
/// `{"id", "text", "meta": {…}, "entities": [{"id", "label", "start_offset", "end_offset"}],
/// "relations": [{"id", "from_id", "to_id", "type"}]}`. An `external_id` goes before `id`; `metadata` is another name
/// for `meta`; other members that are strings, numbers or booleans become metadata, what else there is is refused.
/// Ids of annotations are made from the project, the external id and the place in the row, so that a rerun finds
/// them again.
enum CorpusRow {
    private static let members: Set = ["external_id", "id", "text", "meta", "metadata", "entities", "relations"]

    /// The article, and how many spans it has: none can be verified.
    static func read(
        _ object: JSONObject, options: ReadingOptions
    ) throws(RecordFault) -> (record: ArticleRecord, unverifiedQuotes: Int) {
        let row = RowReader(object: object)
        let string = try RecordFault.mapping { () throws(RowError) in try row.string("text") }
        guard !string.isEmpty else { throw RecordFault(.emptyText, "text is empty") }
        let version = VersionRecord(ArticleText(string))
        let externalID = try externalID(of: row) ?? "sha256:" + version.sha256.hex
        var record = ArticleRecord(
            externalID: externalID, metadata: try metadata(of: row, text: string), versions: [version])
        let entities = try self.entities(of: row, in: version, externalID: externalID, options: options)
        record.annotations = entities.map(\.annotation)
        record.relations = try relations(of: row, between: entities, externalID: externalID, options: options)
        return (record, record.annotations.count)
    }

    /// What the row calls itself; nil where it has no name.
    static func externalID(of row: RowReader) throws(RecordFault) -> String? {
        if row.value("external_id") != nil {
            return try RecordFault.mapping { () throws(RowError) in try row.name("external_id") }
        }
        return try localID(row, "id").flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func metadata(of row: RowReader, text: String) throws(RecordFault) -> JSONObject {
        let (meta, other) = try RecordFault.mapping { () throws(RowError) in
            (try row.object("meta"), try row.object("metadata"))
        }
        guard meta == nil || other == nil else {
            throw RecordFault(.malformed, "meta and metadata are two names for one member; one of them is expected")
        }
        var metadata = meta ?? other ?? JSONObject()
        for (key, value) in row.object where !members.contains(key) {
            switch value {
            case .null: continue
            case .array(let elements) where elements.isEmpty: continue
            case .object(let object) where object.isEmpty: continue
            case .array, .object:
                throw RecordFault(.unknownMember, "\(key) is not known here, and too much to be metadata")
            case .string, .number, .bool: break
            }
            if let present = metadata[key], present != value {
                throw RecordFault(.unknownMember, "\(key) stands in the row and, with another value, in its metadata")
            }
            metadata[key] = value
        }
        if metadata["date"] == nil, let date = LeadingDate.find(in: text) { metadata["date"] = .string(date) }
        return metadata
    }

    private struct Entity {
        /// What the row's relations call it.
        var localID: ExactString?
        var annotation: AnnotationRecord
    }

    private static func entities(
        of row: RowReader, in version: VersionRecord, externalID: String, options: ReadingOptions
    ) throws(RecordFault) -> [Entity] {
        let elements = try row.elements("entities")
        var entities: [Entity] = []
        entities.reserveCapacity(elements.count)
        var localIDs: Set<ExactString> = []
        for (index, element) in elements.enumerated() {
            try element.allowOnly(["id", "label", "start_offset", "end_offset"])
            let (label, from, to) = try RecordFault.mapping { () throws(RowError) in
                (try element.name("label"), try element.int("start_offset"), try element.int("end_offset"))
            }
            let localID = try localID(element, "id").map { ExactString($0) }
            if let localID, !localIDs.insert(localID).inserted {
                throw RecordFault(.duplicateID, "\(element.path).id stands twice in this row: \(localID)")
            }
            let start = try codepoint(from, "start_offset", element, version.text, options.unit)
            let end = try codepoint(to, "end_offset", element, version.text, options.unit)
            guard let covered = version.text[start, end] else {
                throw RecordFault(.offsetOutOfRange, "\(element.path) ends at \(to) before it begins at \(from)")
            }
            let span = Span(start: start, end: end, quote: Quote(covering: covered))
            let id = EntityID(derivedFrom: [options.project.text, externalID, "entities", String(index)])
            let anchor = Anchor(articleVersion: version.sha256, spans: [span])
            entities.append(
                Entity(localID: localID, annotation: AnnotationRecord(id: id, label: label, anchor: anchor)))
        }
        return entities
    }

    private static func relations(
        of row: RowReader, between entities: [Entity], externalID: String, options: ReadingOptions
    ) throws(RecordFault) -> [RelationRecord] {
        let elements = try row.elements("relations")
        guard !elements.isEmpty else { return [] }
        var ids: [ExactString: EntityID] = [:]
        for entity in entities { if let localID = entity.localID { ids[localID] = entity.annotation.id } }
        var relations: [RelationRecord] = []
        var localIDs: Set<ExactString> = []
        for (index, element) in elements.enumerated() {
            try element.allowOnly(["id", "from_id", "to_id", "type"])
            if let localID = try localID(element, "id"), !localIDs.insert(ExactString(localID)).inserted {
                throw RecordFault(.duplicateID, "\(element.path).id stands twice in this row: \(localID)")
            }
            let label = try RecordFault.mapping { () throws(RowError) in try element.name("type") }
            var ends: [EntityID] = []
            for key in ["from_id", "to_id"] {
                guard let localID = try localID(element, key) else {
                    throw RecordFault(.malformed, "\(element.path).\(key) is missing; an entity's id is expected")
                }
                guard let id = ids[ExactString(localID)] else {
                    throw RecordFault(.relationInvalid, "\(element.path).\(key) is no entity of this row: \(localID)")
                }
                ends.append(id)
            }
            let id = EntityID(derivedFrom: [options.project.text, externalID, "relations", String(index)])
            relations.append(RelationRecord(id: id, label: label, from: ends[0], to: ends[1]))
        }
        return relations
    }

    /// An id that holds within the row only: a string or a whole number.
    private static func localID(_ reader: RowReader, _ key: String) throws(RecordFault) -> String? {
        guard let value = reader.value(key) else { return nil }
        if let text = value.stringValue { return text }
        if let number = value.intValue { return String(number) }
        let path = reader.path.isEmpty ? key : "\(reader.path).\(key)"
        throw RecordFault(.malformed, "\(path) must be a string or a whole number")
    }

    private static func codepoint(
        _ offset: Int, _ key: String, _ element: RowReader, _ text: ArticleText, _ unit: OffsetUnit
    ) throws(RecordFault) -> Int {
        do {
            return try text.codepoint(from: offset, unit: unit)
        } catch {
            switch error {
            case .outOfRange(let offset, let length):
                throw RecordFault(
                    .offsetOutOfRange,
                    "\(element.path).\(key) is \(offset); the text has \(length) \(unit.name)")
            case .splitsScalar(let offset):
                throw RecordFault(
                    .offsetSplitsScalar,
                    "\(element.path).\(key) is \(offset), inside a character of several \(unit.name)")
            }
        }
    }
}

extension OffsetUnit {
    fileprivate var name: String {
        switch self {
        case .codepoint: "code points"
        case .utf16: "UTF-16 code units"
        case .utf8: "bytes of UTF-8"
        }
    }
}
