package import AnnotationModel
import Digest
import JSONText
package import Postgres
package import SyncEngine

/// What of a batch of records a project holds already.
package struct ImportLookup: Sendable {
    /// An article of the same external id.
    package struct KnownArticle: Sendable {
        package var article: Article
        package var isDeleted: Bool

        package init(article: Article, isDeleted: Bool) {
            self.article = article
            self.isDeleted = isDeleted
        }
    }

    /// By external id.
    package var articles: [ExactString: KnownArticle] = [:]
    /// Ids of articles that are taken, and by which external id.
    package var takenArticles: [EntityID: String] = [:]
    /// The texts that the articles of the same external ids have had.
    package var versions: Set<ArticleVersionKey> = []
    /// Annotations that are there, deleted ones too, with their articles.
    package var annotations: [EntityID: EntityID] = [:]
    /// Relations, comments and reviews that are there, deleted ones too.
    package var others: Set<EntityID> = []

    /// The ids of a batch.
    package struct Request: Sendable {
        package var externalIDs: [String] = []
        package var articles: [EntityID] = []
        package var annotations: [EntityID] = []
        package var relations: [EntityID] = []
        package var comments: [EntityID] = []
        package var reviews: [EntityID] = []

        package init() {}
    }

    /// Looks everything up in one round trip.
    package static func load(
        _ transaction: PostgresTransaction, project: EntityID, _ request: Request
    ) async throws -> ImportLookup {
        let results = try await transaction.pipeline([
            """
            SELECT id, external_id, metadata, article_version, length, version, deleted_at IS NOT NULL
            FROM articles WHERE project_id = \(project) AND external_id = ANY(\(request.externalIDs))
            """,
            "SELECT id, external_id FROM articles WHERE project_id = \(project) AND id = ANY(\(request.articles))",
            "SELECT id, article_id FROM annotations WHERE project_id = \(project) AND id = ANY(\(request.annotations))",
            """
            SELECT id FROM relations WHERE project_id = \(project) AND id = ANY(\(request.relations))
            UNION ALL
            SELECT id FROM comments WHERE project_id = \(project) AND id = ANY(\(request.comments))
            UNION ALL
            SELECT id FROM reviews WHERE project_id = \(project) AND id = ANY(\(request.reviews))
            """,
            """
            SELECT v.article_id, v.sha256 FROM articles AS a
            JOIN article_versions AS v ON v.project_id = a.project_id AND v.article_id = a.id
            WHERE a.project_id = \(project) AND a.external_id = ANY(\(request.externalIDs))
            """,
        ])
        var lookup = ImportLookup()
        for row in results[0] {
            let (id, externalID, metadata, digest, length, version, isDeleted) = try row.decode(
                (EntityID, String, PostgresJSONB, SHA256Digest, Int, Int64, Bool).self)
            let article = Article(
                id: id, externalID: externalID,
                metadata: try JSONValue(parsing: metadata.bytes, options: .lenient).objectValue ?? JSONObject(),
                articleVersion: digest, length: length, version: version)
            lookup.articles[ExactString(externalID)] = KnownArticle(article: article, isDeleted: isDeleted)
        }
        for row in results[1] {
            let (id, externalID) = try row.decode((EntityID, String).self)
            lookup.takenArticles[id] = externalID
        }
        for row in results[2] {
            let (id, article) = try row.decode((EntityID, EntityID).self)
            lookup.annotations[id] = article
        }
        lookup.others = Set(try results[3].decode(EntityID.self))
        for row in results[4] {
            let (article, sha256) = try row.decode((EntityID, SHA256Digest).self)
            lookup.versions.insert(ArticleVersionKey(articleID: article, sha256: sha256))
        }
        return lookup
    }
}
