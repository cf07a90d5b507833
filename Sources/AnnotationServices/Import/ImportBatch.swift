import AnnotationModel
import Interchange
import SyncProtocol

/// The articles of one transaction: at most 50 of them and 1,000 changes, an article with more alone and whole.
struct ImportBatch: Sendable {
    private(set) var articles: [ImportedArticle] = []
    private(set) var changes = 0
    private(set) var bytes = 0

    var isEmpty: Bool { articles.isEmpty }

    /// Whether the batch has no room left for this article.
    func isFull(for article: ImportedArticle) -> Bool {
        !isEmpty
            && (articles.count >= Limits.articlesPerImportTransaction
                || changes + article.record.changeCount > Limits.changesPerTransaction
                || bytes + article.record.textBytes > Self.textBytes)
    }

    mutating func append(_ article: ImportedArticle) {
        articles.append(article)
        changes += article.record.changeCount
        bytes += article.record.textBytes
    }

    /// Texts are no part of the log, but of the message that carries the batch.
    private static let textBytes = 8 * 1024 * 1024
}

extension ArticleRecord {
    /// How many entries of the log the article takes when all of it is new.
    var changeCount: Int {
        1 + versions.count + annotations.reduce(0) { $0 + 1 + $1.comments.count } + relations.count + reviews.count
    }

    fileprivate var textBytes: Int { versions.reduce(0) { $0 + $1.text.utf8Length } }
}
