package import AnnotationModel
import AnnotationStore
import FailPoints
import Interchange
import Postgres
import SyncProtocol

/// Writes a whole project as canonical JSONL: one consistent snapshot, in memory that does not grow with it.
///
/// The lines go into a spool file as fast as they come, so that no snapshot of the database waits for a slow reader.
package struct ExportService: Sendable {
    let database: Database

    package struct Summary: Sendable, Hashable {
        package var articles = 0
        package var annotations = 0
        package var relations = 0
        package var reviews = 0
        package var comments = 0
        /// The head of the log that the export shows.
        package var head: Int64 = 0
        package var bytes: Int64 = 0
    }

    /// Appends the project's lines to the spool, and says what they hold.
    package func export(
        project: EntityID, into spool: SpoolFile, progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> Summary {
        let summary = try await database.client.withTransaction(.snapshot) { transaction in
            let reader = ExportReader(transaction, project: project)
            guard let head = try await reader.head() else { throw Problem.notFound("there is no such project") }
            let writer = ManiculeWriter()
            try spool.append(
                writer.header(
                    HeaderRecord(
                        settings: ProjectSettings(head.project), labels: head.labels, users: Array(head.people.values)))
            )
            var summary = Summary(head: head.head)
            var last: String?
            while true {
                let items = try await reader.items(after: last, limit: Self.articlesPerPage)
                for item in items {
                    try spool.append(writer.article(Self.record(item, head.people)))
                    summary.articles += 1
                    summary.annotations += item.annotations.count
                    summary.relations += item.relations.count
                    summary.reviews += item.reviews.count
                    summary.comments += item.comments.count
                }
                progress(summary.articles, head.articleCount)
                guard items.count == Self.articlesPerPage else { break }
                last = items.last?.article.externalID
            }
            return summary
        }
        try spool.flush()
        try FailPoints.hit(.exportAfterSpool)
        var result = summary
        result.bytes = spool.size
        return result
    }

    private static let articlesPerPage = 200

    private static func record(_ item: ExportReader.Item, _ people: [EntityID: String]) -> ArticleRecord {
        var comments: [EntityID: [CommentRecord]] = [:]
        for comment in item.comments {
            comments[comment.annotationID, default: []].append(
                CommentRecord(
                    id: comment.id, author: people[comment.author], text: comment.text, createdAt: comment.createdAt))
        }
        var versions = item.texts.map { VersionRecord(ArticleText($0.text), sha256: $0.sha256) }
        // The current text is the last one, whatever order the texts came in.
        if let current = versions.firstIndex(where: { $0.sha256 == item.article.articleVersion }) {
            versions.append(versions.remove(at: current))
        }
        var record = ArticleRecord(
            externalID: item.article.externalID, id: item.article.id, metadata: item.article.metadata,
            versions: versions)
        record.annotations = item.annotations.map { annotation in
            AnnotationRecord(
                id: annotation.id, author: people[annotation.author], layer: annotation.layer, label: annotation.label,
                attributes: annotation.attributes, anchor: annotation.anchor, state: annotation.state,
                createdAt: annotation.createdAt, comments: comments[annotation.id] ?? [])
        }
        record.relations = item.relations.map { relation in
            RelationRecord(
                id: relation.id, author: people[relation.author], layer: relation.layer, label: relation.label,
                attributes: relation.attributes, from: relation.from, to: relation.to, createdAt: relation.createdAt)
        }
        record.reviews = item.reviews.map { review in
            ReviewRecord(
                id: review.id, annotationID: review.annotationID, reviewer: people[review.reviewer],
                decision: review.decision, text: review.text, createdAt: review.createdAt)
        }
        return record
    }
}
