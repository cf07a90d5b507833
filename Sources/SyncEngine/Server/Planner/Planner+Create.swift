import AnnotationModel
import JSONText
import SyncProtocol

extension Planner {
    mutating func create(
        _ kind: EntityKind, _ id: EntityID, _ json: JSONObject, _ actor: Actor
    ) throws(Refusal) -> Outcome {
        var json = json
        if kind == .comment || kind == .review, json["article_id"] == nil {
            // Every row below an article carries its id; for these it follows from the annotation.
            let annotation = json["annotation_id"]?.stringValue.flatMap { EntityID($0) }
            let articleID = annotation.flatMap { self.row(real(.annotation, $0))?.articleID }
            if let annotation, articleID == nil {
                throw Refusal(.unknownEntity, "the project has no annotation \(annotation)")
            }
            json["article_id"] = articleID.map { .string($0.text) }
        }
        var row = try NewRow.read(kind, id, json, by: actor.user, at: actor.stamp.at)
        if let articleID = row.articleID { try checkArticle(articleID, actor) }
        resolveReferences(of: &row)
        if let outcome = try existing(row) { return outcome }
        switch row {
        case .annotation(let row): return try create(row, actor)
        case .relation(let row): return try create(row, actor)
        case .comment(let row): return try create(row, said: json, actor)
        case .review(let row): return try create(row, said: json, actor)
        default: throw Refusal(.notAllowed, "clients do not create \(kind.rawValue) rows")
        }
    }

    /// An alias is valid in every id field; rows hold the real ids.
    func resolveReferences(of row: inout Row) {
        switch row {
        case .relation(var relation):
            relation.from = real(.annotation, relation.from).id
            relation.to = real(.annotation, relation.to).id
            row = .relation(relation)
        case .comment(var comment):
            comment.annotationID = real(.annotation, comment.annotationID).id
            row = .comment(comment)
        case .review(var review):
            review.annotationID = real(.annotation, review.annotationID).id
            row = .review(review)
        default: break
        }
    }

    /// The outcome where the id is known already.
    private func existing(_ row: Row) throws(Refusal) -> Outcome? {
        let key = real(row.kind, row.id)
        guard let stored = state.rows[key] else { return nil }
        guard stored.deleted == nil else {
            throw Refusal(.idDeleted, "the \(key.kind.rawValue) \(row.id) was made before, and is deleted")
        }
        guard stored.row.saysTheSame(as: row) else {
            throw Refusal(.idTaken, "there is another \(key.kind.rawValue) with the id \(row.id)")
        }
        var outcome = Outcome(.duplicate, version: key)
        if key.id != row.id { outcome.result.aliasOf = key.id }
        return outcome
    }

    private mutating func insert(_ row: Row, _ actor: Actor) throws(Refusal) -> Outcome {
        try write(StoredRow(row: row, history: RowHistory(created: actor.stamp)))
        return Outcome(.applied, version: EntityKey(row.kind, row.id))
    }

    // MARK: Annotations

    private mutating func create(_ row: Annotation, _ actor: Actor) throws(Refusal) -> Outcome {
        try actor.checkMayCreate(in: row.layer, of: state.project)
        try check(.annotation(row), before: nil)
        if let twin = twin(of: row, actor) { return try join(row, into: twin, actor) }
        let outcome = try insert(.annotation(row), actor)
        addTwin(row)
        return outcome
    }

    /// An equal annotation that another client of the same author made: two devices marked the same thing.
    private func twin(of row: Annotation, _ actor: Actor) -> EntityID? {
        guard let client = actor.context.client else { return nil }
        let candidates = state.twins[TwinKey(articleID: row.articleID, hash: row.contentHash)] ?? []
        return candidates.sorted().first { id in
            guard let stored = state.rows[EntityKey(.annotation, id)], case .annotation(var other) = stored.row,
                stored.deleted == nil, let maker = stored.history.created.client, maker != client
            else { return false }
            other.state = row.state
            return other.author == row.author && Row.annotation(other).saysTheSame(as: .annotation(row))
        }
    }

    private mutating func join(_ row: Annotation, into id: EntityID, _ actor: Actor) throws(Refusal) -> Outcome {
        let key = EntityKey(.annotation, id)
        addAlias(row.id, of: id)
        // `draft` is what stands where nothing was said; `final` is a statement, and stays.
        if row.state == .final, self.row(key)?.field("state") == .string(AnnotationState.draft.rawValue) {
            let state = FieldSet(field: "state", value: .string(row.state.rawValue), isInformed: true)
            _ = try merge([state], into: key, reviving: false, actor)
        }
        var outcome = Outcome(.merged, version: key)
        outcome.result.aliasOf = id
        return outcome
    }

    // MARK: Relations

    private mutating func create(_ row: Relation, _ actor: Actor) throws(Refusal) -> Outcome {
        try actor.checkMayCreate(in: row.layer, of: state.project)
        guard row.from != row.to else {
            throw Refusal(.relationInvalid, "a relation joins two annotations, not one with itself")
        }
        for end in [row.from, row.to] {
            guard let stored = state.rows[EntityKey(.annotation, end)], case .annotation(let annotation) = stored.row
            else { throw Refusal(.unknownEntity, "the project has no annotation \(end)") }
            guard actor.viewer.sees(audience(of: stored.row)) else {
                throw Refusal(.notAllowed, "the annotation \(end) is not shown to you")
            }
            guard stored.deleted == nil else {
                throw Refusal(.relationInvalid, "the annotation \(end) is deleted")
            }
            guard annotation.articleID == row.articleID else {
                throw Refusal(.relationInvalid, "the annotation \(end) stands in another article")
            }
            guard annotation.layer == row.layer else {
                throw Refusal(
                    .relationInvalid, "the annotation \(end) stands in the layer “\(annotation.layer.rawValue)”")
            }
            guard row.layer != .own || annotation.author == row.author else {
                throw Refusal(.notAllowed, "the annotation \(end) stands in another author's layer")
            }
        }
        try check(.relation(row), before: nil)
        return try insert(.relation(row), actor)
    }

    // MARK: Comments and reviews

    /// The annotation of a new comment or review; nil where it is deleted.
    private func liveAnnotation(_ id: EntityID, of row: Row, _ actor: Actor) throws(Refusal) -> EntityKey? {
        let key = EntityKey(.annotation, id)
        let stored = try reachable(key, actor)
        guard stored.row.articleID == row.articleID else {
            throw Refusal(.malformed, "the annotation \(id) stands in another article")
        }
        return stored.deleted == nil ? key : nil
    }

    private mutating func create(
        _ row: Comment, said json: JSONObject, _ actor: Actor
    ) throws(Refusal) -> Outcome {
        let isLive = try liveAnnotation(row.annotationID, of: .comment(row), actor) != nil
        try check(.comment(row), before: nil)
        guard isLive else { return try refuseCreate(of: .comment(row), said: json, actor) }
        return try insert(.comment(row), actor)
    }

    private mutating func create(
        _ row: Review, said json: JSONObject, _ actor: Actor
    ) throws(Refusal) -> Outcome {
        guard actor.isReviewer else { throw Refusal(.notAllowed, "only reviewers and managers write reviews") }
        guard try liveAnnotation(row.annotationID, of: .review(row), actor) != nil else {
            return try refuseCreate(of: .review(row), said: json, actor)
        }
        if let id = reviews[ReviewKey(row)] { return try review(again: row, id, actor) }
        addReview(row)
        return try insert(.review(row), actor)
    }

    /// A second review by one reviewer is an update that saw nothing. One that its reviewer had taken back comes back.
    private mutating func review(again row: Review, _ id: EntityID, _ actor: Actor) throws(Refusal) -> Outcome {
        let key = EntityKey(.review, id)
        let isDeleted = state.rows[key]?.deleted != nil
        let sets = ["decision", "text"].map { field in
            FieldSet(field: field, value: Row.review(row).field(field) ?? .null, isInformed: isDeleted)
        }
        var outcome = try merge(sets, into: key, reviving: isDeleted, actor)
        addAlias(row.id, of: id)
        if outcome.result.status == .applied { outcome.result.status = .merged }
        outcome.result.aliasOf = id
        return outcome
    }
}
