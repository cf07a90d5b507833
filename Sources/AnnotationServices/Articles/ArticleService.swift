package import AnnotationModel
package import AnnotationStore
package import Digest
package import JSONText
import Postgres
import SyncEngine
import SyncProtocol

/// One article as it is shown: with its text and its annotations where they were asked for.
package struct ArticleView: Sendable {
    package var article: Article
    package var text: String?
    package var annotations: [AnnotationView]?
}

/// Articles of a project. What a viewer may not see is not there.
package struct ArticleService: Sendable {
    let database: Database
    let log: ChangeLog
    let store: ArticleStore
    private let annotations: AnnotationService

    init(database: Database, log: ChangeLog, annotations: AnnotationService) {
        self.database = database
        self.log = log
        store = ArticleStore(database)
        self.annotations = annotations
    }

    /// By external id, ordered by its bytes.
    package func list(
        _ access: ProjectAccess, after externalID: String? = nil, limit: Int
    ) async throws -> Page<Article> {
        try await list(access, ArticleFilter(), after: externalID, limit: limit).page
    }

    /// Those that fit a filter, in the same order. Deleted ones are for managers.
    ///
    /// A search brings the index up to date first; `isComplete` is false where that took too long.
    package func list(
        _ access: ProjectAccess, _ filter: ArticleFilter, after externalID: String? = nil, limit: Int
    ) async throws -> (page: Page<Article>, isComplete: Bool) {
        try access.require(.read)
        if filter.deleted { try access.requireManager() }
        var filter = filter
        var search: SearchState?
        // Nothing but spaces is no query.
        if filter.query?.unicodeScalars.allSatisfy(\.properties.isWhitespace) == true { filter.query = nil }
        if let query = filter.query {
            guard query.unicodeScalars.count <= Self.longestQuery else {
                throw Problem.invalid("the query has more than \(Self.longestQuery) characters; search for less")
            }
            search = try await SearchIndex(database).catchUp(project: access.project.id, budget: Self.searchBudget)
        }
        let page = try await store.list(
            project: access.project.id, sight: access.sight, filter: filter, languages: search?.languages ?? [],
            after: externalID, limit: limit)
        return (page, search?.isComplete ?? true)
    }

    private static let longestQuery = 1000
    /// How long a search works on the index before it looks into it as it is.
    private static let searchBudget = Duration.seconds(2)

    /// All texts that the article has had, oldest first.
    package func versions(_ access: ProjectAccess, article reference: String) async throws -> [ArticleVersion] {
        try access.require(.read)
        let article = try await resolve(reference, access)
        return try await store.versions(project: access.project.id, article: article.id)
    }

    /// The article of this id or external id, or the only one of which either begins like this.
    ///
    /// Several: `conflict`, with up to five of them in `details.candidates`.
    package func resolve(
        _ reference: String, _ access: ProjectAccess, includingDeleted: Bool = false
    ) async throws -> Article {
        let found = try await store.find(
            reference, project: access.project.id, sight: access.sight, includingDeleted: includingDeleted)
        if let match = found.match { return match.article }
        guard !found.ambiguous.isEmpty else { throw Self.unknown(reference, access) }
        let names = found.ambiguous.prefix(5).map(\.externalID)
        let rest = found.ambiguous.count > 5 ? " and others" : ""
        throw Problem.conflict(
            "“\(reference)” may be \(names.map { "“\($0)”" }.joined(separator: ", "))\(rest); give more of it",
            details: ["candidates": .array(names.map { .string($0) })])
    }

    package func show(
        _ access: ProjectAccess, article reference: String, text: Bool = false,
        annotations withAnnotations: Bool = false
    ) async throws -> ArticleView {
        try access.require(.read)
        let article = try await resolve(reference, access)
        var view = ArticleView(article: article)
        if text { view.text = try await self.text(access, sha256: article.articleVersion) }
        if withAnnotations {
            view.annotations = try await annotations.all(access, article: article.id)
        }
        return view
    }

    /// The text of a version of some article that the viewer sees.
    package func text(_ access: ProjectAccess, sha256: SHA256Digest) async throws -> String {
        try access.require(.read)
        let text = try await store.text(project: access.project.id, sight: access.sight, sha256: sha256)
        guard let text else {
            throw Problem.notFound("there is no text with the SHA-256 \(sha256) in \(access.project.name)")
        }
        return text
    }

    /// Sets members of the metadata; null takes one away. With `expecting`, only while the article has that version.
    package func patchMetadata(
        _ access: ProjectAccess, article reference: String, _ changes: JSONObject, expecting: Int64? = nil
    ) async throws -> Article {
        try access.require(.manage)
        return try await change(access, reference, "article.set", raisesGuard: false) { state in
            guard !state.isDeleted else { throw Self.unknown(reference, access) }
            try Expectation.check(expecting, .article(state.article))
            var article = state.article
            for (key, value) in changes {
                if value.isNull { article.metadata.removeValue(forKey: key) } else { article.metadata[key] = value }
            }
            guard Row.article(article) != .article(state.article) else { return .keep(article) }
            let size = Row.article(article).canonicalBytes.count
            guard size <= Limits.rowBytes else {
                throw Problem.tooLarge(
                    "the article with its metadata has \(size) bytes; at most \(Limits.rowBytes) are allowed")
            }
            return .put(article)
        }
    }

    /// Takes an article away, and with it all below it; `restore` brings all of it back.
    package func delete(_ access: ProjectAccess, article reference: String, expecting: Int64? = nil) async throws {
        try access.require(.manage)
        _ = try await change(access, reference, "article.delete", raisesGuard: true) { state in
            guard !state.isDeleted else { throw Self.unknown(reference, access) }
            try Expectation.check(expecting, .article(state.article))
            return .delete(state.article)
        }
    }

    /// Brings a deleted article back; one that is there stays as it is.
    package func restore(_ access: ProjectAccess, article reference: String) async throws -> Article {
        try access.require(.manage)
        return try await change(access, reference, "article.restore", raisesGuard: true) { state in
            state.isDeleted ? .put(state.article) : .keep(state.article)
        }
    }

    private enum Change {
        case keep(Article)
        case put(Article)
        case delete(Article)
    }

    private func change(
        _ access: ProjectAccess, _ reference: String, _ action: String, raisesGuard: Bool,
        _ decide: (ArticleState) throws -> Change
    ) async throws -> Article {
        let principal = access.principal
        let id = try await resolve(reference, access, includingDeleted: true).id
        var result: Article?
        let committed = try await log.write(
            project: access.project.id, raisesGuard: raisesGuard, by: principal.user.id
        ) { transaction, opened in
            try access.confirm(opened, .manage)
            guard let state = try await store.lock(transaction, project: access.project.id, id: id) else {
                throw Self.unknown(reference, access)
            }
            var plan = AdminPlan(by: principal.user.id, at: database.now())
            switch try decide(state) {
            case .keep(let article): result = article
            case .put(let article):
                result = article
                plan.put(.article(article), isNew: false)
            case .delete(let article):
                result = article
                plan.delete(.article(article))
            }
            guard !plan.isEmpty else { return nil }
            let entry = principal.audit(
                action, project: access.project.id, subject: state.article.externalID,
                details: ["id": .string(id.text)])
            try await transaction.query(entry.query(database))
            return plan.plan
        }
        guard var result else { throw Self.unknown(reference, access) }
        if let committed { result.version = committed.base + 1 }
        return result
    }

    private static func unknown(_ reference: String, _ access: ProjectAccess) -> Problem {
        .notFound("there is no article “\(reference)” in \(access.project.name)")
    }
}
