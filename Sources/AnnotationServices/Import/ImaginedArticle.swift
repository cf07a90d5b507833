import AnnotationModel
import SyncEngine

/// What a dry run would have written of one article, so that a later row of the same name finds it.
struct ImaginedArticle: Sendable {
    private(set) var article: Article
    private(set) var versions: Set<ArticleVersionKey> = []
    private(set) var annotations: [EntityID] = []
    /// Relations, comments and reviews.
    private(set) var others: [EntityID] = []

    init(article: Article) { self.article = article }

    mutating func add(_ row: Row) {
        switch row {
        case .article(let row): article = row
        case .articleVersion(let row):
            versions.insert(ArticleVersionKey(articleID: row.articleID, sha256: row.sha256))
        case .annotation(let row): annotations.append(row.id)
        case .relation, .comment, .review: others.append(row.id)
        case .project, .member, .label, .assignment, .conflict: break
        }
    }
}
