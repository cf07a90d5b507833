package import AnnotationModel
import AnnotationStore
package import Digest
package import JSONText
import Postgres
import SyncEngine
import SyncProtocol

/// A new article as its maker describes it.
package struct ArticleDraft: Sendable {
    /// Chosen by the maker, who can then ask again without making another.
    package var id: EntityID?
    package var externalID: String
    package var metadata: JSONObject
    package var text: ArticleText
    package var sha256: SHA256Digest

    /// The longest external id, in bytes: an index holds it.
    static let longestExternalID = 1024

    /// Without an external id the article is known by the SHA-256 of its text.
    package init(_ reader: RowReader) throws {
        let members = ["id", "external_id", "metadata", "text"]
        if let stranger = reader.object.keys.first(where: { key in !members.contains { ExactString.equal($0, key) } }) {
            throw Problem.malformed("“\(stranger.prefix(60))” does not belong into a new article")
        }
        let string = try reader.string("text")
        guard !string.isEmpty else { throw Problem.invalid("text must not be empty") }
        id = try reader.optionalID("id")
        metadata = try reader.object("metadata") ?? JSONObject()
        text = ArticleText(string)
        sha256 = SHA256.hash(string)
        externalID = try reader.optionalString("external_id") ?? "sha256:" + sha256.hex
        guard (1...Self.longestExternalID).contains(externalID.utf8.count) else {
            throw Problem.invalid("external_id must have 1 to \(Self.longestExternalID) bytes")
        }
        let size = JSONValue.object(metadata).canonicalBytes().count
        guard size <= Limits.rowBytes - 2048 else {
            throw Problem.tooLarge("the metadata takes \(size) bytes; at most \(Limits.rowBytes - 2048) are allowed")
        }
    }
}

extension ArticleService {
    /// Makes an article; one that is there and says the same is the answer too, and nothing is written.
    package func create(
        _ access: ProjectAccess, _ draft: ArticleDraft
    ) async throws -> (article: Article, isNew: Bool) {
        try access.require(.manage)
        let project = access.project.id
        var request = ImportLookup.Request()
        request.externalIDs = [draft.externalID]
        request.articles = [draft.id].compactMap { $0 }
        let principal = access.principal
        var result: (article: Article, isNew: Bool)?
        let committed = try await log.write(project: project, raisesGuard: false, by: principal.user.id) {
            [request] transaction, opened in
            try access.confirm(opened, .manage)
            let lookup = try await ImportLookup.load(transaction, project: project, request)
            if let known = lookup.articles[ExactString(draft.externalID)] {
                result = (try Self.same(known, draft), false)
                return nil
            }
            if let id = draft.id, let other = lookup.takenArticles[id] {
                throw Problem.conflict("the id \(id) belongs to the article “\(other)”")
            }
            let article = Article(
                id: draft.id ?? database.ids.id(), externalID: draft.externalID, metadata: draft.metadata,
                articleVersion: draft.sha256, length: draft.text.length)
            let version = ArticleVersion(
                id: EntityID(derivedFrom: ["article_version", article.id.text, draft.sha256.hex]),
                articleID: article.id, sha256: draft.sha256, length: draft.text.length)
            result = (article, true)
            var plan = AdminPlan(by: principal.user.id, at: database.now())
            plan.put(.article(article), isNew: true)
            plan.put(version, text: draft.text.text)
            let entry = principal.audit(
                "article.create", project: project, subject: draft.externalID, details: ["id": .string(article.id.text)]
            )
            try await transaction.query(entry.query(database))
            return plan.plan
        }
        guard var result else { throw Problem.internalError("the article was not made") }
        if let committed { result.article.version = committed.base + 1 }
        return result
    }

    private static func same(
        _ known: ImportLookup.KnownArticle, _ draft: ArticleDraft
    ) throws(Problem) -> Article {
        let article = known.article
        guard !known.isDeleted else {
            throw .conflict(
                "the article “\(draft.externalID)” is deleted; restore it", details: ["id": .string(article.id.text)])
        }
        guard article.articleVersion == draft.sha256, article.metadata == draft.metadata,
            draft.id == nil || draft.id == article.id
        else {
            throw .conflict(
                "there is another article with the external id “\(draft.externalID)”",
                details: ["id": .string(article.id.text)])
        }
        return article
    }
}
