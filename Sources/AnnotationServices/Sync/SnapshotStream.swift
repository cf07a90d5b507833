package import AnnotationModel
import AnnotationStore
import Digest
import JSONText
import SyncEngine
import SyncProtocol

/// A snapshot on its way to a client, page by page. Between two pages nothing of the database is held.
package struct SnapshotStream: Sendable {
    private let sync: SyncService
    private let access: ProjectAccess
    private let reader: SnapshotReader
    private let articles: [EntityID]?
    private let withTexts: Bool
    private let header: SnapshotHeader
    private var position: SnapshotPosition
    private var rows = 0
    private var digest = RowDigest()
    private var hasBegun = false
    private var hasEnded = false
    private var watch: LoginWatch

    init(
        sync: SyncService, access: ProjectAccess, reader: SnapshotReader, header: SnapshotHeader,
        position: SnapshotPosition, articles: [EntityID]?, withTexts: Bool
    ) {
        self.sync = sync
        self.access = access
        self.reader = reader
        self.header = header
        self.position = position
        self.articles = articles
        self.withTexts = withTexts
        watch = LoginWatch(sync.logins, access.principal)
    }

    /// The next lines; nil after the last.
    package mutating func next() async throws -> [UInt8]? {
        guard !hasEnded else { return nil }
        try await watch.confirm()
        var lines = JSONWriter(reservingCapacity: 256 * 1024)
        if !hasBegun {
            hasBegun = true
            SnapshotLine.header(header).write(to: &lines)
        }
        let page: SnapshotPage
        do {
            page = try await reader.page(
                project: access.project.id, after: position, articles: articles, withTexts: withTexts,
                viewer: try await viewer())
        } catch let error as EpochChanged {
            throw Problem.epochChanged(current: error.current)
        }
        for row in page.rows {
            SnapshotLine.writeRow(row.kind, row.line, to: &lines)
            digest.add(row.kind, id: row.id, version: row.version, stored: row.canonical)
        }
        rows += page.rows.count
        if let next = page.next {
            position = next
            SnapshotLine.resume(next.encoded).write(to: &lines)
        } else {
            hasEnded = true
            SnapshotLine.end(rows: rows, digest: digest.finalize().hex).write(to: &lines)
        }
        return lines.finish()
    }

    /// The rights as of now: they may have been taken away since the page before.
    private func viewer() async throws -> Viewer {
        let user = access.principal.user.id
        guard let (project, rights, _) = try await sync.log.rights(project: access.project.id, user: user),
            let viewer = rights.viewer(user, of: project)
        else { throw Problem.notFound("there is no such project for you") }
        return viewer
    }
}

extension SyncService {
    /// Begins a snapshot, or takes one up again from a resume token of this history.
    package func snapshot(
        _ access: ProjectAccess, client: EntityID?, resume: String?, articles: [EntityID]?,
        withTexts: Bool
    ) async throws -> SnapshotStream {
        try access.require(.read)
        if let client { try await requireClient(client, of: access.principal.user.id) }
        let reader = SnapshotReader(database)
        guard let now = try await reader.header(project: access.project.id, client: client) else {
            throw Problem.notFound("there is no such project for you")
        }
        var position = SnapshotPosition(start: now, ofArticles: articles != nil)
        if let resume {
            guard let earlier = SnapshotPosition(encoded: resume) else {
                throw Problem.malformed("resume must be what a snapshot of this project gave")
            }
            guard earlier.header.epoch == now.epoch else { throw Problem.epochChanged(current: now.epoch) }
            position = earlier
        }
        return SnapshotStream(
            sync: self, access: access, reader: reader, header: position.header, position: position,
            articles: articles, withTexts: withTexts)
    }
}
