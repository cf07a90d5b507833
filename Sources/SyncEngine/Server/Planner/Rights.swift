import AnnotationModel
import SyncProtocol

// Rights are those of today, not those of the day when the edit was made. Viewers have none: that is checked first.

extension Actor {
    /// The layers that a new annotation or relation may go to.
    func checkMayCreate(in layer: Layer, of project: Project) throws(Refusal) {
        switch (layer, project.layers) {
        case (.gold, _):
            guard isReviewer else { throw Refusal(.notAllowed, "only reviewers and managers write the gold layer") }
        case (.own, .own), (.shared, .shared): break
        case (.own, .shared), (.shared, .own):
            throw Refusal(
                .notAllowed, "\(project.name) has the layer “\(project.layers.rawValue)”, not “\(layer.rawValue)”")
        }
    }

    func mayEdit(_ row: Row) -> Bool {
        switch row {
        case .annotation(let row): mayEdit(row.layer, of: row.author)
        case .relation(let row): mayEdit(row.layer, of: row.author)
        case .comment(let row): row.author == user
        case .review(let row): row.reviewer == user && isReviewer
        case .assignment(let row): row.user == user
        case .project, .member, .label, .article, .articleVersion, .conflict: false
        }
    }

    private func mayEdit(_ layer: Layer, of author: EntityID) -> Bool {
        switch layer {
        case .own: author == user
        case .shared: true
        case .gold: isReviewer
        }
    }

    func mayDelete(_ row: Row) -> Bool {
        switch row {
        case .comment(let row): row.author == user || role == .manager
        case .assignment: false
        default: mayEdit(row)
        }
    }

    /// Only the author, a reviewer or a manager brings back what was deleted.
    func mayRevive(_ row: Row) -> Bool {
        switch row {
        case .annotation, .relation, .comment: row.author == user || isReviewer
        case .review(let row): row.reviewer == user && isReviewer
        default: false
        }
    }

    func checkMayEdit(_ row: Row) throws(Refusal) {
        guard mayEdit(row) else { throw refusal(of: row, "is not yours to change") }
    }

    func checkMayDelete(_ row: Row) throws(Refusal) {
        guard mayDelete(row) else { throw refusal(of: row, "is not yours to delete") }
    }

    func checkMayRevive(_ row: Row) throws(Refusal) {
        guard mayRevive(row) else {
            throw refusal(of: row, "is deleted; only its author, a reviewer or a manager brings it back")
        }
    }

    private func refusal(of row: Row, _ reason: String) -> Refusal {
        Refusal(.notAllowed, "the \(row.kind.rawValue) \(row.id) \(reason)")
    }
}

extension Planner {
    /// The row that an operation names: there, visible to who acts, and not below a deleted article.
    func reachable(_ key: EntityKey, _ actor: Actor) throws(Refusal) -> StoredRow {
        guard let stored = state.rows[key] else {
            throw Refusal(.unknownEntity, "the project has no \(key.kind.rawValue) \(key.id)")
        }
        guard actor.viewer.sees(audience(of: stored.row)) else {
            throw Refusal(.notAllowed, "the \(key.kind.rawValue) \(key.id) is not shown to you")
        }
        if let articleID = stored.row.articleID { try checkArticle(articleID, actor) }
        return stored
    }

    func checkArticle(_ id: EntityID, _ actor: Actor) throws(Refusal) {
        guard let article = state.articles[id] else {
            throw Refusal(.unknownEntity, "the project has no article \(id)")
        }
        guard actor.viewer.view(of: id) != .none else {
            throw Refusal(.notAllowed, "the article \(id) is not shown to you")
        }
        guard !article.isDeleted else { throw Refusal(.articleGone, "the article \(id) is deleted") }
    }
}
