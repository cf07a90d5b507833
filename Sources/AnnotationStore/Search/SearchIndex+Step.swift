import AnnotationModel
import Postgres

extension SearchIndex {
    /// How many articles one transaction indexes, and how many code points of text; one article at least.
    private static let articlesPerStep = 200
    private static let textPerStep = 2_000_000
    /// How many changes, or articles, one transaction looks at.
    private static let changesPerStep: Int64 = 20_000
    private static let comparisonsPerStep = 5_000

    /// One transaction of work: a piece of the log, or of a pass over all articles.
    /// - Returns: the standing after it, with the head that the log had at its beginning.
    func step(_ project: EntityID, lockTimeout: Duration) async throws -> SearchStanding {
        let options = TransactionOptions(
            lockTimeout: lockTimeout, statementTimeout: .seconds(120), retry: .init(attempts: 3))
        return try await database.client.withTransaction(options) { transaction in
            let results = try await transaction.pipeline([
                // Progress that a crash takes back is made again.
                "SET LOCAL synchronous_commit = off",
                """
                INSERT INTO search_progress (project_id, epoch, seq, language, pass_after)
                SELECT l.project_id, l.epoch, l.head, p.language, \(EntityID.nobody)
                FROM project_log l JOIN projects p ON p.id = l.project_id
                WHERE l.project_id = \(project)
                ON CONFLICT (project_id) DO NOTHING
                """,
                "SELECT FROM search_progress WHERE project_id = \(project) FOR UPDATE",
                // A statement of its own: what others did while the lock was waited for is seen.
                SearchStanding.query(project),
            ])
            guard let row = results[3].first else { throw StoreError.noProject(project) }
            var standing = try SearchStanding(row)
            guard var progress = standing.progress else { throw StoreError.noProject(project) }
            if standing.needsPass {
                // The head is read before the articles: what changes meanwhile stands in the log behind it.
                progress.epoch = standing.epoch
                progress.seq = standing.head
                progress.language = standing.language
                progress.passAfter = .nobody
            }
            let work = try await work(transaction, project, standing, &progress)
            progress.languages = try await index(transaction, project, work, progress)
            try await transaction.commit(after: [Self.update(project, progress)])
            standing.progress = progress
            return standing
        }
    }

    private static func update(_ project: EntityID, _ progress: SearchStanding.Progress) -> PostgresQuery {
        """
        UPDATE search_progress SET epoch = \(progress.epoch), seq = \(progress.seq), language = \(progress.language),
            pass_after = \(progress.passAfter), languages = \(progress.languages)
        WHERE project_id = \(project)
        """
    }

    /// The articles to index next; `progress` is moved to where the index stands once they are.
    private func work(
        _ transaction: PostgresTransaction, _ project: EntityID, _ standing: SearchStanding,
        _ progress: inout SearchStanding.Progress
    ) async throws -> [EntityID] {
        var work = Work()
        if let after = progress.passAfter {
            let rows = try await transaction.query(Self.comparison(project, after, progress.language)).decode(
                (EntityID, Int, Bool).self)
            for (id, length, isStale) in rows {
                guard !isStale || work.add(id, length) else { return work.articles }
                progress.passAfter = id
            }
            if rows.count < Self.comparisonsPerStep { progress.passAfter = nil }
            return work.articles
        }
        let end = min(progress.seq + Self.changesPerStep, standing.head)
        let rows = try await transaction.query(Self.piece(project, progress.seq, end, progress.language)).decode(
            (Int64, EntityID, Int, Bool).self)
        for (seq, id, length, isStale) in rows {
            guard !isStale || work.add(id, length) else { return work.articles }
            progress.seq = seq
        }
        progress.seq = end
        return work.articles
    }

    /// Articles that fit into one transaction.
    private struct Work {
        var articles: [EntityID] = []
        private var known: Set<EntityID> = []
        private var length = 0

        /// False where the article does not fit any more.
        mutating func add(_ id: EntityID, _ length: Int) -> Bool {
            guard !known.contains(id) else { return true }
            guard
                articles.isEmpty
                    || articles.count < SearchIndex.articlesPerStep && self.length + length <= SearchIndex.textPerStep
            else { return false }
            self.length += length
            known.insert(id)
            articles.append(id)
            return true
        }
    }

    /// Whether the document of the article `a`, as `s`, was made of something else than what stands there now.
    private static func isStale(_ language: String) -> String {
        """
        s.version IS DISTINCT FROM a.version OR s.article_version IS DISTINCT FROM a.article_version
            OR s.language IS DISTINCT FROM \(Self.language(language))
        """
    }

    private static func language(_ parameter: String) -> String {
        "search_language(coalesce(nullif(a.metadata->>'lang', ''), \(parameter)))"
    }

    private static func comparison(_ project: EntityID, _ after: EntityID, _ language: String?) -> PostgresQuery {
        var statement = Statement()
        let language = statement.bind(language)
        statement.append(
            """
            SELECT a.id, a.length, \(isStale(language))
            FROM articles a
            LEFT JOIN article_search s ON s.project_id = a.project_id AND s.article_id = a.id
            WHERE a.project_id = \(statement.bind(project)) AND a.id > \(statement.bind(after))
            ORDER BY a.id
            LIMIT \(statement.bind(comparisonsPerStep))
            """)
        return statement.query
    }

    private static func piece(
        _ project: EntityID, _ after: Int64, _ end: Int64, _ language: String?
    ) -> PostgresQuery {
        var statement = Statement()
        let language = statement.bind(language)
        statement.append(
            """
            SELECT c.seq, a.id, a.length, \(isStale(language))
            FROM changes c
            JOIN articles a ON a.project_id = c.project_id
                AND a.id = CASE c.entity WHEN 'article' THEN c.entity_id ELSE c.article_id END
            LEFT JOIN article_search s ON s.project_id = a.project_id AND s.article_id = a.id
            WHERE c.project_id = \(statement.bind(project)) AND c.seq > \(statement.bind(after))
                AND c.seq <= \(statement.bind(end)) AND c.entity IN ('article', 'article_version')
            ORDER BY c.seq
            """)
        return statement.query
    }

    /// Makes the documents anew.
    /// - Returns: all languages of the project's documents, now or earlier.
    private func index(
        _ transaction: PostgresTransaction, _ project: EntityID, _ articles: [EntityID],
        _ progress: SearchStanding.Progress
    ) async throws -> [String] {
        guard !articles.isEmpty else { return progress.languages }
        var statement = Statement()
        let language = statement.bind(progress.language)
        statement.append(
            """
            WITH made AS (
                INSERT INTO article_search AS s (project_id, article_id, version, article_version, language, document)
                SELECT a.project_id, a.id, a.version, a.article_version, l.language,
                    search_document(search_config(l.language), a.metadata->>'title', v.text)
                FROM articles a
                JOIN article_versions v ON v.project_id = a.project_id AND v.article_id = a.id
                    AND v.sha256 = a.article_version
                CROSS JOIN LATERAL (SELECT \(Self.language(language)) AS language OFFSET 0) l
                WHERE a.project_id = \(statement.bind(project)) AND a.id = ANY (\(statement.bind(articles)))
                ON CONFLICT (project_id, article_id) DO UPDATE SET version = excluded.version,
                    article_version = excluded.article_version, language = excluded.language,
                    document = excluded.document
                RETURNING s.language
            )
            SELECT DISTINCT language FROM made
            """)
        let made = try await transaction.query(statement.query).decode(String.self)
        return Set(progress.languages).union(made).sorted()
    }
}
