import AnnotationModel
import AsyncHTTPClient
import Digest
import FailPoints
import JSONText
import NIOCore
import SyncEngine
import SyncProtocol

/// Takes a snapshot into `staging`, page by page; a cut or a kill costs at most one page.
struct SnapshotLoader {
    let store: CloneStore
    let server: ServerConnection
    let progress: SyncProgressHandler?

    /// Reads on from where the last attempt came to, until the end line has been checked.
    func load() async throws {
        var beginnings = 0
        while true {
            let resume = try store.read { try $0.meta(.resume) }
            if resume == nil { beginnings += 1 }
            guard beginnings <= 3 else {
                throw ClientError(
                    .environment, "damaged_snapshot",
                    "the server's snapshot did not add up, three times: try again later")
            }
            do {
                if try await server.retry.run(progress: progress, { try await read() }) { return }
            } catch let reply as ProblemReply where resume != nil && Self.isStale(reply.problem) {
                // The place to resume from is not known any longer.
            }
            try store.write { try $0.restartSnapshot() }
        }
    }

    private static func isStale(_ problem: Problem) -> Bool {
        problem.status == 400 || problem.status == 409 || problem.status == 410 || problem.status == 422
    }

    /// One response; false when what came does not fit together.
    private func read() async throws -> Bool {
        let (project, client, resume, first) = try store.read { db in
            (
                try db.requiredMetaID(.projectID), try db.requiredMetaID(.clientID), try db.meta(.resume),
                try db.snapshotHeader
            )
        }
        var path = "/v1/projects/\(project)/sync/snapshot?client_id=\(client)"
        if let resume { path += "&resume=\(ServerAddress.escape(resume))" }
        var stream = SnapshotStream(try await server.stream(path).body)
        guard case .header(let header) = try await stream.next() else { return false }
        if resume != nil {
            guard header == first else { return false }
        } else {
            try store.write { try $0.beginSnapshot(header) }
        }
        var total = try store.read { try $0.stagedCount() }
        var page: [SnapshotRow] = []
        while true {
            switch try await stream.next() {
            case .header: return false
            case .row(let kind, let wire): page.append(SnapshotRow(kind: kind, wire: wire))
            case .resume(let token):
                let rows = page
                try store.write { try $0.stageSnapshot(rows, resume: token) }
                try FailPoints.hit(.clientSnapshotAfterPage)
                total += page.count
                page = []
                progress?(.snapshot(rows: total))
            case .end:
                guard stream.isWhole else { return false }
                let rows = page
                try store.write { try $0.stageSnapshot(rows, resume: nil) }
                try FailPoints.hit(.clientSnapshotAfterPage)
                try store.write { try $0.finishSnapshot() }
                progress?(.snapshot(rows: total + page.count))
                return true
            }
        }
    }
}

/// The lines of one snapshot response.
struct SnapshotStream {
    private var body: HTTPClientResponse.Body.AsyncIterator
    private var cutter = LineBuffer(maxBytes: 256 * 1024 * 1024)
    private var lines: ArraySlice<[UInt8]> = []
    private var digest = RowDigest()
    private var end: (rows: Int, digest: String)?

    init(_ body: HTTPClientResponse.Body) { self.body = body.makeAsyncIterator() }

    /// Whether the end line came, and what it says is what was read.
    var isWhole: Bool {
        guard let end else { return false }
        return end.rows == digest.count && end.digest == digest.finalize().hex
    }

    /// The next line.
    ///
    /// - Throws: `ClientError` with `no_server` when the response ends before its end line.
    mutating func next() async throws -> SnapshotLine {
        while lines.isEmpty {
            let piece: ByteBuffer?
            do {
                piece = try await body.next()
            } catch {
                throw RetryPolicy.noServer(error) ?? error
            }
            guard let piece else { throw Self.cut }
            lines = try cutter.append(piece.readableBytesView)[...]
        }
        let line: SnapshotLine
        do throws(JSONError) {
            line = try SnapshotLine(reading: lines.removeFirst())
        } catch {
            throw ClientError(
                .environment, "unreadable_answer", "the server's snapshot cannot be read: update this program",
                detail: "\(error)")
        }
        switch line {
        case .row(let kind, let wire): digest.add(kind, wire: wire)
        case .end(let rows, let text): end = (rows, text)
        case .header, .resume: break
        }
        return line
    }

    private static var cut: ClientError {
        ClientError(.environment, "no_server", "the snapshot was cut off: try again later")
    }
}
