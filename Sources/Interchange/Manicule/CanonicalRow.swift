import AnnotationModel
import Digest
import JSONText

/// Reads one article's line of canonical JSONL.
struct CanonicalRow {
    private static let members: Set = [
        "external_id", "id", "metadata", "versions", "annotations", "relations", "reviews",
    ]

    private let options: ReadingOptions
    private let externalID: String
    private var versions: [VersionRecord] = []
    /// Every id of the row, to find one that stands twice.
    private var ids: Set<EntityID> = []

    static func read(_ object: JSONObject, options: ReadingOptions) throws(RecordFault) -> ArticleRecord {
        let row = RowReader(object: object)
        try row.allowOnly(members)
        let (externalID, id, metadata) = try RecordFault.mapping { () throws(RowError) in
            (try row.name("external_id"), try row.optionalID("id"), try row.object("metadata") ?? JSONObject())
        }
        var reader = CanonicalRow(options: options, externalID: externalID)
        try reader.readVersions(row)
        let annotations = try reader.readAnnotations(row)
        var record = ArticleRecord(externalID: externalID, id: id, metadata: metadata, versions: reader.versions)
        record.annotations = annotations
        record.relations = try reader.readRelations(row, annotations)
        record.reviews = try reader.readReviews(row, annotations)
        return record
    }

    private init(options: ReadingOptions, externalID: String) {
        self.options = options
        self.externalID = externalID
    }

    private mutating func readVersions(_ row: RowReader) throws(RecordFault) {
        for element in try row.elements("versions") {
            try element.allowOnly(["sha256", "text"])
            let (string, said) = try RecordFault.mapping { () throws(RowError) in
                (try element.string("text"), element.value("sha256") == nil ? nil : try element.digest("sha256"))
            }
            guard !string.isEmpty else { throw RecordFault(.emptyText, "\(element.path).text is empty") }
            let version = VersionRecord(ArticleText(string))
            if let said, said != version.sha256 {
                throw RecordFault(
                    .textHashMismatch,
                    "\(element.path).sha256 is \(said.hex), but the text's SHA-256 is \(version.sha256.hex)")
            }
            guard !versions.contains(version) else {
                throw RecordFault(.duplicateID, "\(element.path) is a text that stands before it already")
            }
            versions.append(version)
        }
        guard !versions.isEmpty else { throw RecordFault(.malformed, "versions must hold at least one text") }
    }

    private mutating func readAnnotations(_ row: RowReader) throws(RecordFault) -> [AnnotationRecord] {
        let elements = try row.elements("annotations")
        var annotations: [AnnotationRecord] = []
        annotations.reserveCapacity(elements.count)
        for element in elements {
            try element.allowOnly([
                "id", "author", "layer", "label", "attributes", "anchor", "state", "comments", "created_at",
            ])
            var annotation = try RecordFault.mapping { () throws(RowError) in
                AnnotationRecord(
                    id: try element.optionalID("id") ?? derivedID(element),
                    author: try element.optionalString("author"),
                    layer: try element.optionalCase("layer"), label: try element.name("label"),
                    anchor: Anchor(articleVersion: versions[versions.count - 1].sha256, spans: []),
                    state: try element.optionalCase("state") ?? .draft,
                    createdAt: try element.optionalTime("created_at"))
            }
            annotation.attributes = try element.checkedAttributes()
            try take(annotation.id, element)
            annotation.anchor = try readAnchor(element)
            annotation.comments = try readComments(element)
            annotations.append(annotation)
        }
        return annotations
    }

    private func readAnchor(_ annotation: RowReader) throws(RecordFault) -> Anchor {
        let path = "\(annotation.path).anchor"
        guard let object = try RecordFault.mapping({ () throws(RowError) in try annotation.object("anchor") }) else {
            throw RecordFault(.malformed, "\(path) is missing; at document level its spans are []")
        }
        let reader = RowReader(object: object, path: path)
        try reader.allowOnly(["article_version", "spans"])
        var version = versions[versions.count - 1]
        if reader.value("article_version") != nil {
            let named = try RecordFault.mapping { () throws(RowError) in try reader.digest("article_version") }
            guard let known = versions.last(where: { $0.sha256 == named }) else {
                throw RecordFault(
                    .unknownArticleVersion, "\(path).article_version \(named.hex) is none of the row's versions")
            }
            version = known
        }
        var anchor = Anchor(articleVersion: version.sha256, spans: [])
        for element in try reader.elements("spans") {
            try element.allowOnly(["start", "end", "quote", "quote_sha256"])
            guard element.value("quote") != nil || element.value("quote_sha256") != nil else {
                throw RecordFault(.quoteMissing, "\(element.path).quote is missing; the covered text is expected")
            }
            anchor.spans.append(
                try RecordFault.mapping { () throws(RowError) in
                    try Span(json: .object(element.object), path: element.path)
                })
        }
        do {
            // Whether a label allows zero width is known to whoever knows the labels.
            try anchor.check(in: version.text, allowsZeroWidth: true)
        } catch {
            throw RecordFault(error, of: path)
        }
        return anchor
    }

    private mutating func readComments(_ annotation: RowReader) throws(RecordFault) -> [CommentRecord] {
        var comments: [CommentRecord] = []
        for element in try annotation.elements("comments") {
            try element.allowOnly(["id", "author", "text", "created_at"])
            let comment = try RecordFault.mapping { () throws(RowError) in
                CommentRecord(
                    id: try element.optionalID("id") ?? derivedID(element),
                    author: try element.optionalString("author"),
                    text: try element.string("text"), createdAt: try element.optionalTime("created_at"))
            }
            try take(comment.id, element)
            comments.append(comment)
        }
        return comments
    }

    private mutating func readRelations(
        _ row: RowReader, _ annotations: [AnnotationRecord]
    ) throws(RecordFault) -> [RelationRecord] {
        let elements = try row.elements("relations")
        guard !elements.isEmpty else { return [] }
        let layers = Dictionary(annotations.map { ($0.id, $0.layer) }) { first, _ in first }
        var relations: [RelationRecord] = []
        for element in elements {
            try element.allowOnly(["id", "author", "layer", "label", "attributes", "from", "to", "created_at"])
            var relation = try RecordFault.mapping { () throws(RowError) in
                RelationRecord(
                    id: try element.optionalID("id") ?? derivedID(element),
                    author: try element.optionalString("author"),
                    layer: try element.optionalCase("layer"), label: try element.name("label"),
                    from: try element.id("from"), to: try element.id("to"),
                    createdAt: try element.optionalTime("created_at"))
            }
            relation.attributes = try element.checkedAttributes()
            try take(relation.id, element)
            for (end, id) in [("from", relation.from), ("to", relation.to)] {
                guard let layer = layers[id] else {
                    throw RecordFault(.relationInvalid, "\(element.path).\(end) is no annotation of this row: \(id)")
                }
                guard layer == nil || relation.layer == nil || layer == relation.layer else {
                    throw RecordFault(
                        .relationInvalid, "\(element.path).\(end) is an annotation of another layer: \(id)")
                }
            }
            relations.append(relation)
        }
        return relations
    }

    private mutating func readReviews(
        _ row: RowReader, _ annotations: [AnnotationRecord]
    ) throws(RecordFault) -> [ReviewRecord] {
        let elements = try row.elements("reviews")
        guard !elements.isEmpty else { return [] }
        let known = Set(annotations.map(\.id))
        var reviews: [ReviewRecord] = []
        for element in elements {
            try element.allowOnly(["id", "annotation_id", "reviewer", "decision", "text", "created_at"])
            let review = try RecordFault.mapping { () throws(RowError) in
                ReviewRecord(
                    id: try element.optionalID("id") ?? derivedID(element),
                    annotationID: try element.id("annotation_id"),
                    reviewer: try element.optionalString("reviewer"), decision: try element.oneOf("decision"),
                    text: try element.optionalString("text") ?? "", createdAt: try element.optionalTime("created_at"))
            }
            try take(review.id, element)
            guard known.contains(review.annotationID) else {
                throw RecordFault(
                    .reviewInvalid, "\(element.path).annotation_id is no annotation of this row: \(review.annotationID)"
                )
            }
            let isSecond = reviews.contains {
                $0.annotationID == review.annotationID && ExactString.equal($0.reviewer, review.reviewer)
            }
            guard !isSecond else {
                throw RecordFault(
                    .reviewInvalid, "\(element.path) is a second review by one reviewer of one annotation")
            }
            reviews.append(review)
        }
        return reviews
    }

    /// The id of an element that carries none: made from its place, so that a rerun makes the same.
    private func derivedID(_ element: RowReader) -> EntityID {
        EntityID(derivedFrom: [options.project.text, externalID, element.path])
    }

    private mutating func take(_ id: EntityID, _ element: RowReader) throws(RecordFault) {
        guard ids.insert(id).inserted else {
            throw RecordFault(.duplicateID, "\(element.path).id stands twice in this row: \(id)")
        }
    }
}
