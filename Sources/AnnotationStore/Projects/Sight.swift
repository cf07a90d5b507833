import AnnotationModel
package import SyncEngine

/// What a viewer sees, as conditions of a query: the same rules as `Viewer.sees`, so that pages have no holes.
package struct Sight: Sendable {
    let user: EntityID
    /// Nil: every article.
    let articles: [EntityID]?
    /// Whether other authors' layers are hidden, but on the articles in `done`.
    let isOwnOnly: Bool
    let done: [EntityID]

    package init(_ viewer: Viewer) {
        user = viewer.user
        let isAnnotator = viewer.role == .annotator
        articles = isAnnotator && viewer.project.access == .assigned ? Array(viewer.assigned) : nil
        isOwnOnly = isAnnotator && viewer.project.visibility != .all
        done = viewer.project.visibility == .afterDone ? Array(viewer.done) : []
    }

    /// ` AND …` for an article's id.
    func article(_ column: String, _ statement: inout Statement) {
        guard let articles else { return }
        statement.append(" AND \(column) = ANY (\(statement.bind(articles)))")
    }

    /// ` AND …` for a row below an article; `owner` is an SQL expression that is null for what all see.
    func row(article: String, owner: String, author: String, _ statement: inout Statement) {
        self.article(article, &statement)
        guard isOwnOnly else { return }
        let user = statement.bind(user)
        statement.append(" AND (\(owner) IS NULL OR \(owner) = \(user) OR \(author) = \(user)")
        if !done.isEmpty { statement.append(" OR \(article) = ANY (\(statement.bind(done)))") }
        statement.append(")")
    }
}
