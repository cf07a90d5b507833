import AnnotationModel
import AnnotationStore
import SyncEngine
package import SyncProtocol

extension SyncService {
    /// The next page of the log after a cursor. Waits up to `wait` for something to come when there is nothing, and no
    /// longer than the login and the membership last.
    package func changes(
        _ access: ProjectAccess, cursor: Cursor, limit: Int?, wait: Duration = .zero
    ) async throws -> ChangesReply {
        try access.require(.read)
        let deadline = ContinuousClock.now + wait
        var watch = LoginWatch(logins, access.principal)
        while true {
            let (epoch, page) = try await page(access, after: cursor, limit: limit)
            let left = deadline - ContinuousClock.now
            guard page.to == page.from, left > .zero else { return ChangesReply(epoch: epoch, changes: page) }
            try await Task.sleep(for: min(left, Self.pollInterval))
            try await watch.confirm()
        }
    }

    private static let pollInterval = Duration.milliseconds(500)

    /// Reads records and rights in one round trip, the rights after the records: what was lost meanwhile is not shown.
    func page(
        _ access: ProjectAccess, after cursor: Cursor, limit: Int?
    ) async throws -> (epoch: EntityID, page: ChangePage) {
        let pull = try await pull(access, after: cursor.since)
        try check(cursor, against: pull.head, tagAtSince: pull.tagAtSince)
        guard let viewer = pull.rights.viewer(access.principal.user.id, of: pull.project) else {
            throw Problem.notFound("there is no such project for you")
        }
        let head = pull.head.head
        var builder = PageBuilder(viewer: viewer, since: cursor.since, at: cursor.at, head: head, limit: limit)
        var records = pull.records
        while let last = records.last {
            for record in records where record.seq <= head {
                guard builder.add(record) else { break }
            }
            // The reader's limits may have cut before the first whole transaction.
            guard !builder.isFull, builder.isEmpty, last.seq < head else { break }
            records = try await self.pull(access, after: last.seq).records
        }
        if case .all = builder.concerned {
            let articles = try await log.articleIDs(project: access.project.id, limit: Limits.viewsPerPage + 1)
            return (pull.head.epoch, builder.page(allArticles: articles))
        }
        return (pull.head.epoch, builder.page())
    }

    private func pull(_ access: ProjectAccess, after since: Int64) async throws -> Pull {
        let pull = try await log.pull(
            project: access.project.id, user: access.principal.user.id, after: since,
            limit: Limits.scannedChangesPerPage, bytes: Limits.pageBytes)
        guard let pull else { throw Problem.notFound("there is no such project for you") }
        return pull
    }
}
