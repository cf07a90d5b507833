import AnnotationModel
import FailPoints
import GRDB
import JSONText
import SyncEngine
import SyncProtocol

/// One sync: exchanges until nothing is left to push and the head is reached, with all that may come in between.
///
/// Each step is one local transaction; a kill between any two leaves a clone from which the next sync goes on.
struct SyncSession {
    let store: CloneStore
    let server: ServerConnection
    let ids: IDSource
    let progress: SyncProgressHandler?
    var report = SyncReport()
    /// How often a sync begins anew before it gives up.
    private var restarts = 0
    private var forks = 0
    private var registrations = 0
    private var pushLimit = Limits.mutationsPerPush
    private var pushTotal: Int?
    private var pushDone = 0

    init(store: CloneStore, server: ServerConnection, ids: IDSource, progress: SyncProgressHandler?) {
        self.store = store
        self.server = server
        self.ids = ids
        self.progress = progress
    }

    /// Runs to the end. Whatever was done before an error stays done.
    mutating func run() async throws -> SyncReport {
        while true {
            try Task.checkCancellation()
            do {
                if try await step() { break }
            } catch let reply as ProblemReply {
                try handle(reply)
            } catch let fault as PageFault {
                try repair(fault.message)
            } catch is ForkNeeded {
                try fork()
            }
        }
        return try store.write { db in
            try db.forgetOldAcknowledged(now: ids.now())
            try db.setMeta(.lastSync, ids.now().text)
            report.cursor = try db.metaNumber(.since) ?? 0
            return report
        }
    }

    /// The next thing to do; true when all is done.
    private mutating func step() async throws -> Bool {
        guard try store.read({ try $0.meta(.registered) }) != nil else {
            try await register()
            return false
        }
        guard try store.read({ try $0.phase }) != .snapshot else {
            try await SnapshotLoader(store: store, server: server, progress: progress).load()
            return false
        }
        if try await exchange() { return false }
        let articles = ArticleLoader(store: store, server: server, progress: progress)
        // What was fetched may be newer than the cursor: the log catches up.
        if try await articles.loadStaleArticles() { return false }
        try await articles.loadMissingTexts()
        return true
    }

    // MARK: Exchange

    private struct Request {
        var project: EntityID
        var cursor: SyncProtocol.Cursor
        var known: Int64
        var mutations: [QueuedMutation]
        var body: [UInt8]
    }

    /// One round trip; true when there is more to push or to pull.
    private mutating func exchange() async throws -> Bool {
        let request = try nextRequest()
        try FailPoints.hit(.clientSyncBeforeSend)
        let bytes = try await server.send(
            .post, "/v1/projects/\(request.project)/sync", body: request.body, progress: progress)
        try FailPoints.hit(.clientSyncAfterReply)
        let reply: ExchangeReply
        do throws(JSONError) {
            reply = try ExchangeReply(reading: bytes)
        } catch {
            throw ClientError(
                .environment, "unreadable_answer",
                "the server's answer cannot be read: update this program, or look what stands between",
                detail: "\(error)")
        }
        guard reply.epoch == request.cursor.epoch, reply.lastMutation >= request.known else {
            try restart()
            return true
        }
        try take(reply, to: request)
        pushDone += request.mutations.count
        if let pushTotal, pushTotal > 0 { progress?(.pushing(done: min(pushDone, pushTotal), total: pushTotal)) }
        progress?(.pulling(seq: reply.changes.to, head: reply.changes.head))
        let left = try store.read { try $0.queueCount() }
        if !reply.changes.complete { return true }
        guard left > 0 else { return false }
        // Without an answer to anything sent, going on would never end.
        guard request.mutations.isEmpty || !reply.results.isEmpty else {
            throw ClientError(
                .environment, "unreadable_answer", "the server answered without a result for what was pushed")
        }
        return true
    }

    private mutating func nextRequest() throws -> Request {
        let limit = pushLimit
        let (request, total) = try store.read { db in
            guard let cursor = try db.cursor else {
                throw ClientError(.environment, "incomplete", "the clone has no cursor: take it again")
            }
            let known = try db.metaNumber(.serverLast) ?? 0
            guard known <= (try db.metaNumber(.lastN) ?? 0) else { throw ForkNeeded() }
            let queue = try db.queue(limit: limit)
            let first = min(queue.first?.n ?? 0, known + 1)
            for (index, queued) in queue.enumerated() where queued.n != first + Int64(index) {
                // A mutation that this history lacks is gone here too: its number can never be filled.
                throw ForkNeeded()
            }
            let batch = Array(queue.prefix(PushBatch.count(of: queue.map(\.bytes.count), limit: limit)))
            let body = ExchangeRequest.encode(
                clientID: try db.requiredMetaID(.clientID), cursor: cursor, mutations: batch.map(\.bytes))
            let request = Request(
                project: try db.requiredMetaID(.projectID), cursor: cursor, known: known, mutations: batch, body: body)
            return (request, try db.queueCount())
        }
        if pushTotal == nil { pushTotal = total }
        return request
    }

    private mutating func take(_ reply: ExchangeReply, to request: Request) throws {
        let taken = try store.take(reply, after: request.cursor.since, at: ids.now())
        for meaning in taken.meanings { report.count(meaning) }
        if taken.isCopied { throw ForkNeeded() }
        if let fault = taken.fault { throw fault }
        report.pulled += reply.changes.count
    }

    // MARK: What may come in between

    private mutating func register() async throws {
        let (client, body) = try store.read { db in
            var object: JSONObject = [
                "device": .string(try db.meta(.device) ?? ""), "schema_version": .number(Double(Limits.schemaVersion)),
            ]
            if let old = try db.meta(.forkedFrom) { object["forked_from"] = .string(old) }
            return (try db.requiredMetaID(.clientID), object.canonicalBytes())
        }
        registrations += 1
        do {
            _ = try await server.send(.put, "/v1/sync/clients/\(client)", body: body, progress: progress)
        } catch let reply as ProblemReply where reply.problem.status == 404 && reply.isOurs {
            // The id is somebody else's: this clone was copied from theirs.
            throw ForkNeeded()
        }
        try store.write { try $0.setMeta(.registered, "1") }
    }

    private mutating func handle(_ reply: ProblemReply) throws {
        let problem = reply.problem
        switch ProblemMeaning(problem) {
        case .renewToken:
            throw ClientError(
                .refused, "auth_expired", "the server does not take this clone's token any longer: give it a new one",
                detail: problem.detail)
        case .refused: throw ClientError(.refused, problem.code, problem.detail)
        case .quarantine:
            guard reply.isOurs else { throw Self.foreign(problem) }
            try store.write { try $0.quarantine() }
            throw ClientError(
                .refused, "not_found",
                "the project is not there for you any longer; what you made and had not pushed is kept and can be exported",
                detail: problem.detail)
        case .registerAgain:
            guard registrations < 2 else { throw ForkNeeded.tooOften }
            try store.write { try $0.setMeta(.registered, nil) }
        case .bootstrap: try restart()
        case .resend(let n): try resend(from: n)
        case .fork: try fork()
        case .void(let n): try void(n, problem)
        case .sendLess:
            let first = try store.read { try $0.queue(limit: pushLimit) }
            guard let only = first.first else { throw Self.defect(problem) }
            if pushLimit == 1 || first.count == 1 { try void(only.n, problem) }
            pushLimit = max(1, min(pushLimit, first.count) / 2)
        case .wait: throw ClientError(.environment, problem.code, problem.detail)
        case .failed: throw reply.isOurs ? Self.defect(problem) : Self.foreign(problem)
        }
    }

    /// The rows cannot be trusted, or are of another history: they are taken anew. Outbox and journal stay.
    private mutating func restart() throws {
        restarts += 1
        guard restarts <= 4 else {
            throw ClientError(
                .environment, "history_changed", "the server's history changed again and again: try again later")
        }
        try store.write { try $0.restartSnapshot() }
    }

    private mutating func repair(_ message: String) throws {
        guard restarts < 2 else {
            throw ClientError(
                .environment, "damaged_page", "the server's pages do not add up: \(message)")
        }
        report.repaired = true
        try restart()
    }

    private mutating func fork() throws {
        forks += 1
        guard forks <= 2 else { throw ForkNeeded.tooOften }
        let fresh = ids.id()
        let old = try store.write { db in
            let old = try db.requiredMetaID(.clientID)
            try db.fork(to: fresh, ids: ids)
            return old
        }
        report.forkedFrom = old
    }

    /// The history knows less than was acknowledged: the rest is sent again, if every number of it is still here.
    private mutating func resend(from n: Int64) throws {
        let canResend = try store.write { db in
            let known = try db.metaNumber(.serverLast) ?? 0
            guard n >= 1, n <= known else { return false }
            try db.setMeta(.serverLast, number: n - 1)
            return try db.queue(limit: 1).first?.n == n
        }
        if !canResend { try fork() }
    }

    private mutating func void(_ n: Int64, _ problem: Problem) throws {
        let isVoid = try store.write { db in
            guard try db.void(n, code: problem.code, message: problem.detail, at: ids.now()) else { return false }
            try db.rebuildOverlay()
            return true
        }
        guard isVoid else { throw Self.defect(problem) }
        report.pushed += 1
        report.rejected += 1
    }

    private static func defect(_ problem: Problem) -> ClientError {
        ClientError(.environment, problem.code, "the server could not do it: \(problem.detail)")
    }

    private static func foreign(_ problem: Problem) -> ClientError {
        ClientError(
            .environment, "no_server",
            "what answers at this address is no Manicule server, or something stands between (status \(problem.status))",
            detail: problem.detail)
    }
}

/// The history under this client's id is not this clone's: it goes on under a new one.
struct ForkNeeded: Error {
    static var tooOften: ClientError {
        ClientError(.environment, "unknown_client", "the server takes none of this clone's ids: try again later")
    }
}

extension SyncReport {
    mutating func count(_ meaning: ResultMeaning) {
        applied += meaning.applied
        merged += meaning.merged
        conflicts += meaning.conflicts
        rejected += meaning.refusedCount
        waiting += meaning.rejections.count { !$0.waitsFor.isEmpty }
        pushed += meaning.applied + meaning.merged + meaning.conflicts + meaning.refusedCount
    }
}
