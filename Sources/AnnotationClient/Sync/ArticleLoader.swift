import AnnotationModel
import AsyncHTTPClient
import Digest
import SyncEngine
import SyncProtocol

/// Fetches what the log does not carry: articles that have come into view, and texts.
struct ArticleLoader {
    let store: CloneStore
    let server: ServerConnection
    let progress: SyncProgressHandler?

    private static let articlesAtOnce = 20

    /// Replaces the rows of every article whose view has changed; true when there was one.
    func loadStaleArticles() async throws -> Bool {
        var didLoad = false
        var attempts = 0
        while true {
            let articles = try store.read { try $0.staleArticles(limit: Self.articlesAtOnce) }
            guard !articles.isEmpty else { return didLoad }
            let (header, rows) = try await server.retry.run(progress: progress) { try await fetch(articles) }
            let isUsed = try store.write { try $0.replaceArticles(articles, with: rows, header: header) }
            didLoad = true
            guard !isUsed else {
                attempts = 0
                continue
            }
            // Older than the cursor, from a replica that lags, or of another history: the next exchange tells.
            attempts += 1
            guard attempts < 4 else {
                throw ClientError(
                    .environment, "unavailable", "the server's replica is behind: sync again later")
            }
            guard try store.read({ try $0.cursor?.epoch == header.epoch }) else { throw Self.historyChanged }
            try await server.retry.clock.sleep(for: .milliseconds(250))
        }
    }

    private static var historyChanged: PageFault { PageFault("the articles came from another history") }

    private func fetch(_ articles: [EntityID]) async throws -> (SnapshotHeader, [SnapshotRow]) {
        let (project, client) = try store.read {
            (try $0.requiredMetaID(.projectID), try $0.requiredMetaID(.clientID))
        }
        let list = articles.map(\.text).joined(separator: ",")
        let path = "/v1/projects/\(project)/sync/snapshot?client_id=\(client)&articles=\(list)"
        var stream = SnapshotStream(try await server.stream(path).body)
        guard case .header(let header) = try await stream.next() else { throw Self.damaged }
        var rows: [SnapshotRow] = []
        while true {
            switch try await stream.next() {
            case .header: throw Self.damaged
            case .row(let kind, let wire): rows.append(SnapshotRow(kind: kind, wire: wire))
            case .resume: continue
            case .end:
                guard stream.isWhole else { throw Self.damaged }
                return (header, rows)
            }
        }
    }

    private static var damaged: ClientError {
        ClientError(
            .environment, "damaged_snapshot", "the server's answer for some articles does not add up: sync again")
    }

    /// Fetches the texts that are missing; one that the server does not have (any longer) is left out.
    func loadMissingTexts() async throws {
        let missing = try store.read { try $0.missingTexts() }
        guard !missing.isEmpty else { return }
        let project = try store.read { try $0.requiredMetaID(.projectID) }
        for (index, sha256) in missing.enumerated() {
            do {
                let bytes = try await server.send(
                    .get, "/v1/projects/\(project)/article-texts/\(sha256)", limit: 256 * 1024 * 1024,
                    progress: progress)
                guard let text = String(validating: bytes, as: UTF8.self),
                    try store.write({ try $0.keepText(text, sha256: sha256) })
                else {
                    throw ClientError(
                        .environment, "damaged_text", "the text \(sha256) arrived damaged: sync again")
                }
            } catch let reply as ProblemReply where reply.problem.status == 404 {
                // Its article has gone out of view since: the next pages say so.
            }
            progress?(.texts(done: index + 1, total: missing.count))
        }
    }
}
