import AnnotationModel
import AnnotationStore
import Digest
import Interchange
import JSONText
import SyncEngine
import SyncProtocol

/// What became of the articles of one batch.
struct ImportOutcome: Sendable {
    var summary = ImportSummary()
    var faults: [Diagnostic] = []
}

/// Decides what of a batch is new, and plans the writing of it. Pure: the lookup is all it knows of the database.
struct ImportPlanner {
    let project: Project
    let labels: [String: Label]
    let people: ImportPeople
    /// Who imports.
    let by: EntityID
    let now: Timestamp
    private(set) var lookup: ImportLookup

    private(set) var plan = WritePlan()
    private(set) var outcome = ImportOutcome()

    init(
        project: Project, labels: [String: Label], people: ImportPeople, by: EntityID, now: Timestamp,
        lookup: ImportLookup
    ) {
        self.project = project
        self.labels = labels
        self.people = people
        self.by = by
        self.now = now
        self.lookup = lookup
    }

    /// What has to be looked up before a batch can be planned.
    static func request(_ batch: ImportBatch, project: EntityID) -> ImportLookup.Request {
        var request = ImportLookup.Request()
        for article in batch.articles {
            let record = article.record
            request.externalIDs.append(record.externalID)
            request.articles.append(articleID(record, project: project))
            request.annotations += record.annotations.map(\.id)
            request.relations += record.relations.map(\.id)
            request.reviews += record.reviews.map(\.id)
            for annotation in record.annotations { request.comments += annotation.comments.map(\.id) }
        }
        return request
    }

    /// The file's own id, or one made from the external id, so that two imports at once make the same.
    private static func articleID(_ record: ArticleRecord, project: EntityID) -> EntityID {
        record.id ?? EntityID(derivedFrom: ["article", project.text, record.externalID])
    }

    /// Adds one article, whole or not at all.
    mutating func add(_ imported: ImportedArticle) {
        let record = imported.record
        if let fault = fault(in: record) {
            outcome.summary.failed += 1
            outcome.faults.append(
                Diagnostic(imported.source, id: record.externalID, code: fault.code, message: fault.message))
            return
        }
        let entriesBefore = plan.entries.count
        let known = lookup.articles[ExactString(record.externalID)]
        let articleID = known?.article.id ?? Self.articleID(record, project: project.id)
        if let known {
            updateMetadata(of: known.article, record)
        } else {
            insertArticle(record, id: articleID)
        }
        for version in record.versions { insertVersion(version, of: articleID) }
        for annotation in record.annotations { insert(annotation, in: articleID) }
        for relation in record.relations { insert(relation, in: articleID) }
        insertReviews(record, in: articleID)

        switch (known, plan.entries.count > entriesBefore) {
        case (nil, _): outcome.summary.inserted += 1
        case (_, true): outcome.summary.updated += 1
        case (_, false): outcome.summary.unchanged += 1
        }
        if plan.entries.count > entriesBefore { outcome.summary.quotesUnverified += imported.unverifiedQuotes }
    }

    // MARK: Faults

    private func fault(in record: ArticleRecord) -> (code: Diagnostic.Code, message: String)? {
        if let known = lookup.articles[ExactString(record.externalID)] {
            guard !known.isDeleted else {
                return ("article_gone", "the article is deleted here; restore it before it is imported again")
            }
            guard known.article.articleVersion == record.current.sha256 else {
                return (
                    "text_differs", "the article is here already with another text, which an import does not replace"
                )
            }
        } else if let other = lookup.takenArticles[Self.articleID(record, project: project.id)] {
            return ("id_taken", "its id belongs to the article \(other)")
        }
        let articleID = lookup.articles[ExactString(record.externalID)]?.article.id
        for annotation in record.annotations {
            if let owner = lookup.annotations[annotation.id], owner != articleID {
                return ("id_taken", "the annotation id \(annotation.id) belongs to another article")
            }
            if let fault = layerFault(annotation.layer, "annotation \(annotation.id)") { return fault }
        }
        for relation in record.relations {
            if let fault = layerFault(relation.layer, "relation \(relation.id)") { return fault }
        }
        return people.fault(in: record) ?? ImportLabels.fault(in: record, labels: labels) ?? sizeFault(record)
    }

    /// In a project with a shared layer everybody writes there; what was shared belongs to no layer of one's own.
    private func layerFault(_ layer: Layer?, _ place: String) -> (code: Diagnostic.Code, message: String)? {
        guard layer == .shared, project.layers == .own else { return nil }
        return (
            "layer_invalid",
            "\(place) is in a shared layer, but in this project each author has a layer of their own; import it into one "
                + "with --layers shared"
        )
    }

    private func sizeFault(_ record: ArticleRecord) -> (code: Diagnostic.Code, message: String)? {
        for annotation in record.annotations
        where annotation.anchor.spans.count > 64 || annotation.attributes.count > 16 {
            let bytes = Row.annotation(row(annotation, in: .nobody)).canonicalBytes.count
            guard bytes <= Limits.rowBytes else {
                return (
                    .tooLarge,
                    "annotation \(annotation.id) takes \(bytes) bytes; at most \(Limits.rowBytes) are allowed"
                )
            }
        }
        let metadata = JSONValue.object(record.metadata).canonicalBytes().count
        guard metadata <= Limits.rowBytes - 1024 else {
            return (.tooLarge, "its metadata takes \(metadata) bytes; at most \(Limits.rowBytes - 1024) are allowed")
        }
        return nil
    }

    // MARK: Rows

    private mutating func updateMetadata(of article: Article, _ record: ArticleRecord) {
        // A format that carries no metadata takes none away.
        guard !record.metadata.isEmpty, record.metadata != article.metadata else { return }
        var changed = article
        changed.metadata = record.metadata
        write(.article(changed), isNew: false, owner: nil, author: nil, at: now)
        lookup.articles[ExactString(record.externalID)]?.article = changed
    }

    private mutating func insertArticle(_ record: ArticleRecord, id: EntityID) {
        let article = Article(
            id: id, externalID: record.externalID, metadata: record.metadata,
            articleVersion: record.current.sha256, length: record.current.text.length)
        write(.article(article), isNew: true, owner: nil, author: nil, at: now)
        lookup.articles[ExactString(record.externalID)] = .init(article: article, isDeleted: false)
        lookup.takenArticles[id] = record.externalID
    }

    private mutating func insertVersion(_ version: VersionRecord, of articleID: EntityID) {
        guard lookup.versions.insert(ArticleVersionKey(articleID: articleID, sha256: version.sha256)).inserted else {
            return
        }
        let id = EntityID(derivedFrom: ["article_version", articleID.text, version.sha256.hex])
        write(
            .articleVersion(
                ArticleVersion(id: id, articleID: articleID, sha256: version.sha256, length: version.text.length)),
            isNew: true, owner: nil, author: nil, at: now)
        plan.texts[version.sha256] = version.text.text
    }

    private func row(_ record: AnnotationRecord, in articleID: EntityID) -> Annotation {
        Annotation(
            id: record.id, articleID: articleID, author: people.id(record.author) ?? .nobody,
            layer: layer(record.layer), label: record.label, attributes: record.attributes, anchor: record.anchor,
            state: record.state, createdAt: record.createdAt ?? now)
    }

    private mutating func insert(_ record: AnnotationRecord, in articleID: EntityID) {
        let annotation = row(record, in: articleID)
        let owner = annotation.layer == .own ? annotation.author : nil
        // What is there already stays as it is: somebody may have worked on it since.
        if lookup.annotations[record.id] == nil {
            lookup.annotations[record.id] = articleID
            write(
                .annotation(annotation), isNew: true, owner: owner, author: annotation.author, at: annotation.createdAt)
            outcome.summary.annotations += 1
        }
        for comment in record.comments where lookup.others.insert(comment.id).inserted {
            let row = Comment(
                id: comment.id, articleID: articleID, annotationID: record.id,
                author: people.id(comment.author ?? record.author) ?? .nobody, text: comment.text,
                createdAt: comment.createdAt ?? now)
            write(.comment(row), isNew: true, owner: owner, author: row.author, at: row.createdAt)
        }
    }

    private mutating func insert(_ record: RelationRecord, in articleID: EntityID) {
        guard lookup.others.insert(record.id).inserted else { return }
        let relation = Relation(
            id: record.id, articleID: articleID, author: people.id(record.author) ?? .nobody,
            layer: layer(record.layer), label: record.label, attributes: record.attributes, from: record.from,
            to: record.to, createdAt: record.createdAt ?? now)
        write(
            .relation(relation), isNew: true, owner: relation.layer == .own ? relation.author : nil,
            author: relation.author, at: relation.createdAt)
        outcome.summary.relations += 1
    }

    private mutating func insertReviews(_ record: ArticleRecord, in articleID: EntityID) {
        guard !record.reviews.isEmpty else { return }
        let annotations = Dictionary(record.annotations.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for review in record.reviews where lookup.others.insert(review.id).inserted {
            let annotation = annotations[review.annotationID]
            let owner = layer(annotation?.layer) == .own ? people.id(annotation?.author) : nil
            let row = Review(
                id: review.id, articleID: articleID, annotationID: review.annotationID,
                reviewer: people.id(review.reviewer) ?? .nobody, decision: review.decision, text: review.text,
                createdAt: review.createdAt ?? now)
            write(.review(row), isNew: true, owner: owner, author: row.reviewer, at: row.createdAt)
        }
    }

    private func layer(_ layer: Layer?) -> Layer {
        if layer == .gold { return .gold }
        return project.layers == .shared ? .shared : .own
    }

    /// `author` is also who set every field of a new row.
    private mutating func write(_ row: Row, isNew: Bool, owner: EntityID?, author: EntityID?, at time: Timestamp) {
        let offset = plan.changeCount + 1
        plan.entries.append(
            LogEntry(
                offset: offset, kind: .put, entity: row.kind, id: row.id, row: row, articleID: row.articleID,
                owner: owner, author: author, by: by, client: nil, n: nil))
        let stamp = Stamp(by: author ?? by, client: nil, at: time)
        plan.rows.append(
            RowWrite(stored: StoredRow(row: row, history: RowHistory(created: stamp)), isNew: isNew, offset: offset))
    }
}
