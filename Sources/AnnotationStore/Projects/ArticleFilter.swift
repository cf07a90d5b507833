package import AnnotationModel
package import JSONText

/// Which articles are wanted; nil is any.
package struct ArticleFilter: Sendable, Hashable {
    /// Members that the metadata has: objects with some of their members, arrays with some of their items.
    package var metadata: JSONObject?
    /// With a live annotation that the viewer sees, and that has this label, author and state alike.
    package var label: String?
    package var author: EntityID?
    package var state: AnnotationState?
    /// What a reader would type to find them: words, "phrases", `or`, `-without`.
    package var query: String?
    /// The deleted ones instead of the others.
    package var deleted: Bool

    package init(
        metadata: JSONObject? = nil, label: String? = nil, author: EntityID? = nil, state: AnnotationState? = nil,
        query: String? = nil, deleted: Bool = false
    ) {
        self.metadata = metadata
        self.label = label
        self.author = author
        self.state = state
        self.query = query
        self.deleted = deleted
    }
}

extension ArticleFilter {
    /// ` AND …` for the articles `t` of a project that is bound already.
    /// - Parameter languages: those in which the project's articles are indexed.
    func append(to statement: inout Statement, sight: Sight, languages: [String]) {
        statement.append(" AND t.deleted_at IS \(deleted ? "NOT " : "")NULL")
        if let metadata { statement.append(" AND t.metadata @> \(statement.bind(metadata))") }
        appendAnnotation(to: &statement, sight)
        if let query { Self.append(query, languages, to: &statement) }
    }

    private func appendAnnotation(to statement: inout Statement, _ sight: Sight) {
        guard label != nil || author != nil || state != nil else { return }
        statement.append(
            """
             AND EXISTS (
                SELECT FROM annotations n
                WHERE n.project_id = t.project_id AND n.article_id = t.id AND n.deleted_at IS NULL
            """)
        if let label { statement.append(" AND n.label = \(statement.bind(label))") }
        if let author { statement.append(" AND n.author_id = \(statement.bind(author))") }
        if let state { statement.append(" AND n.state = \(statement.bind(state))") }
        let owner = "(CASE WHEN n.layer = 'own' THEN n.author_id END)"
        sight.row(article: "n.article_id", owner: owner, author: owner, &statement)
        statement.append(")")
    }

    /// Each language by itself, its configuration a constant: only so the index is used.
    private static func append(_ query: String, _ languages: [String], to statement: inout Statement) {
        let known = languages.filter { name in name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= $0 } }
        guard !known.isEmpty else { return statement.append(" AND false") }
        let text = statement.bind(query)
        let matches = known.map {
            "x.language = '\($0)' AND x.document @@ websearch_to_tsquery('manicule_\($0)', \(text))"
        }
        statement.append(
            """
             AND EXISTS (
                SELECT FROM article_search x
                WHERE x.project_id = t.project_id AND x.article_id = t.id
                    AND (\(matches.joined(separator: "\n                    OR "))))
            """)
    }
}
