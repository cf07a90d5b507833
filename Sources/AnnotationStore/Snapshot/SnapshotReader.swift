package import AnnotationModel
import FailPoints
import Postgres
package import SyncEngine
package import SyncProtocol

/// Reads all that a user may see of a project, page by page.
///
/// Each statement stands for itself and nothing is held open between them, so that a slow client costs others nothing.
/// Rows can be newer than the header's `asOf`: the pull from there makes the replica exact.
package struct SnapshotReader: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// Bytes of texts in one page; one text can be larger.
    private static let textBytes = 4 * 1024 * 1024

    /// Where the log stands now, and the last mutation of the client that this history knows. Nil where there is no such
    /// project.
    package func header(project: EntityID, client: EntityID?) async throws -> SnapshotHeader? {
        let rows = try await database.client.query(
            """
            SELECT l.epoch, l.head, l.head_tag, coalesce(g.last_mutation, 0)
            FROM project_log l
            LEFT JOIN client_progress g ON g.project_id = l.project_id AND g.client_id = \(client)
            WHERE l.project_id = \(project)
            """)
        guard let row = rows.first else { return nil }
        let (epoch, head, tag, last) = try row.decode((EntityID, Int64, Tag?, Int64).self)
        return SnapshotHeader(
            protocolVersion: Limits.protocolVersion, epoch: epoch, asOf: head, at: tag, lastMutation: last)
    }

    /// The next rows: about `limit`, fewer where texts are large, and only what the viewer sees.
    ///
    /// - Parameters:
    ///   - articles: the articles of a partial snapshot, the same ones for each page; nil for all.
    ///   - viewer: with the rights of now.
    /// - Throws: `EpochChanged` when the log is no longer the one of the header.
    package func page(
        project: EntityID, after start: SnapshotPosition, limit: Int = Limits.snapshotRowsPerResume,
        articles: [EntityID]? = nil, withTexts: Bool, viewer: Viewer
    ) async throws -> SnapshotPage {
        let scope = Self.scope(articles, viewer)
        // Where articles are gone through one by one, they need not be named in each condition again.
        var looking = viewer
        if scope != nil { looking.project.access = .all }
        let sight = Sight(looking)
        var position = start
        var rows: [SnapshotRow] = []
        var bytes = 0
        while position.kind != nil, rows.count < limit, bytes < Self.textBytes {
            let step = SnapshotStep(
                project: project, position: position, limit: limit - rows.count,
                textBytes: withTexts ? Self.textBytes - bytes : nil, scope: scope, sight: sight)
            guard let query = step.query else {
                position.finishKind()
                continue
            }
            let results = try await database.client.withConnection { connection in
                try await connection.pipeline([
                    query, "SELECT epoch FROM project_log WHERE project_id = \(project)",
                ])
            }
            guard let epoch = try results[1].decode(EntityID.self).first else { throw StoreError.noProject(project) }
            guard epoch == position.header.epoch else { throw EpochChanged(current: epoch) }
            let read = try step.read(results[0])
            rows += read.rows
            bytes += read.rows.reduce(0) { $0 + ($1.text?.count ?? 0) }
            position = read.next
        }
        try FailPoints.hit(.snapshotAfterPage)
        return SnapshotPage(rows: rows, next: position.kind == nil ? nil : position)
    }

    /// The articles to go through one after the other, in the order of their ids; nil: the whole project by the ids of
    /// its rows.
    private static func scope(_ articles: [EntityID]?, _ viewer: Viewer) -> [EntityID]? {
        let isLimited = viewer.role == .annotator && viewer.project.access == .assigned
        guard isLimited else { return articles.map { Set($0).sorted() } }
        guard let articles else { return viewer.assigned.sorted() }
        return viewer.assigned.intersection(articles).sorted()
    }
}
