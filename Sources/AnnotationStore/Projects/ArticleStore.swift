package import AnnotationModel
package import Digest
package import Postgres
package import SyncEngine

/// Reads articles and their texts, within what a viewer sees.
package struct ArticleStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// By external id, ordered by its bytes.
    /// - Parameter languages: those of the search index, for a filter with a query.
    package func list(
        project: EntityID, sight: Sight, filter: ArticleFilter = ArticleFilter(), languages: [String] = [],
        after externalID: String?, limit: Int
    ) async throws -> Page<Article> {
        let query = Self.listQuery(
            project: project, sight: sight, filter: filter, languages: languages, after: externalID, limit: limit)
        let rows = try await database.client.query(query)
        let articles = try rows.map { row in
            var reader = ColumnReader(row)
            return try Self.read(&reader)
        }
        return Page(articles, limit: limit, key: \.externalID)
    }

    package static func listQuery(
        project: EntityID, sight: Sight, filter: ArticleFilter, languages: [String], after externalID: String?,
        limit: Int
    ) -> PostgresQuery {
        var statement = Statement()
        statement.append(
            """
            SELECT \(RowColumns.columns(.article)) FROM articles t
            WHERE t.project_id = \(statement.bind(project)) AND t.external_id > \(statement.bind(externalID ?? ""))
            """)
        filter.append(to: &statement, sight: sight, languages: languages)
        sight.article("t.id", &statement)
        statement.append(" ORDER BY t.external_id LIMIT \(statement.bind(limit + 1))")
        return statement.query
    }

    /// All texts that an article has had, oldest first.
    package func versions(project: EntityID, article: EntityID) async throws -> [ArticleVersion] {
        let rows = try await database.client.query(
            PostgresQuery(
                unsafeSQL: """
                    SELECT \(RowColumns.columns(.articleVersion)) FROM article_versions t
                    WHERE t.project_id = $1 AND t.article_id = $2
                    ORDER BY t.version, t.id
                    """, bindings: ChangeLog.bindings(project, article)))
        return try rows.map { row in
            var reader = ColumnReader(row)
            guard case .articleVersion(let version) = try RowColumns.read(.articleVersion, &reader) else {
                throw StoreError(.damaged, "an article's version was not read as one")
            }
            return version
        }
    }

    /// Articles that a text may mean, the most exact meaning first.
    package struct Candidates: Sendable {
        /// The article of this id, or else of this external id; or else the only one that begins like this.
        package var match: ArticleState?
        /// Several that begin like this, six at most.
        package var ambiguous: [Article]
    }

    /// Finds an article by its id, its external id, or a prefix of either.
    package func find(
        _ reference: String, project: EntityID, sight: Sight, includingDeleted: Bool
    ) async throws -> Candidates {
        guard !reference.isEmpty else { return Candidates(match: nil, ambiguous: []) }
        var statement = Statement()
        func branch(_ rank: Int, _ condition: String) {
            if rank > 0 { statement.append("\nUNION ALL ") }
            statement.append(
                "(SELECT \(rank) AS rank, \(RowColumns.columns(.article)), t.deleted_at IS NOT NULL FROM articles t"
                    + " WHERE t.project_id = \(statement.bind(project)) AND \(condition)")
            if !includingDeleted { statement.append(" AND t.deleted_at IS NULL") }
            sight.article("t.id", &statement)
            statement.append(" ORDER BY t.external_id LIMIT 6)")
        }
        branch(0, "t.id = \(statement.bind(EntityID(reference)))")
        branch(1, "t.external_id = \(statement.bind(reference))")
        let end = reference + "\u{10FFFF}"
        branch(2, "t.external_id > \(statement.bind(reference)) AND t.external_id < \(statement.bind(end))")
        if let ids = Self.ids(beginningWith: reference) {
            branch(3, "t.id BETWEEN \(statement.bind(ids.lowerBound)) AND \(statement.bind(ids.upperBound))")
        }
        var found: [ArticleState] = []
        for row in try await database.client.query(statement.query) {
            var reader = ColumnReader(row)
            let rank: Int = try reader.next()
            let article = try Self.read(&reader)
            let state = ArticleState(article: article, isDeleted: try reader.next())
            if rank < 2 { return Candidates(match: state, ambiguous: []) }
            if !found.contains(where: { $0.article.id == article.id }) { found.append(state) }
        }
        if found.count == 1 { return Candidates(match: found[0], ambiguous: []) }
        return Candidates(match: nil, ambiguous: found.prefix(6).map(\.article))
    }

    /// The ids whose text begins with some hex digits, hyphens at their places.
    static func ids(beginningWith text: String) -> ClosedRange<EntityID>? {
        guard text.utf8.count < EntityID.textLength else { return nil }
        let rest = "00000000-0000-0000-0000-000000000000".dropFirst(text.utf8.count)
        guard let first = EntityID(text + rest), let last = EntityID(text + rest.map { $0 == "0" ? "f" : $0 }) else {
            return nil
        }
        return first...last
    }

    /// The text of a version of some live article that the viewer sees.
    package func text(project: EntityID, sight: Sight, sha256: SHA256Digest) async throws -> String? {
        var statement = Statement()
        statement.append(
            """
            SELECT v.text FROM article_versions v
            JOIN articles a ON a.project_id = v.project_id AND a.id = v.article_id AND a.deleted_at IS NULL
            WHERE v.project_id = \(statement.bind(project)) AND v.sha256 = \(statement.bind(sha256))
            """)
        sight.article("a.id", &statement)
        statement.append(" LIMIT 1")
        return try await database.client.query(statement.query).first?.decode(String.self)
    }

    /// An article as it stands within a transaction, locked against other changes of its row.
    package func lock(
        _ transaction: PostgresTransaction, project: EntityID, id: EntityID
    ) async throws -> ArticleState? {
        var statement = Statement()
        statement.append(
            """
            SELECT \(RowColumns.columns(.article)), t.deleted_at IS NOT NULL FROM articles t
            WHERE t.project_id = \(statement.bind(project)) AND t.id = \(statement.bind(id))
            FOR NO KEY UPDATE
            """)
        guard let row = try await transaction.query(statement.query).first else { return nil }
        var reader = ColumnReader(row)
        let article = try Self.read(&reader)
        return ArticleState(article: article, isDeleted: try reader.next())
    }

    private static func read(_ reader: inout ColumnReader) throws -> Article {
        guard case .article(let article) = try RowColumns.read(.article, &reader) else {
            throw StoreError(.damaged, "an article was not read as one")
        }
        return article
    }
}
