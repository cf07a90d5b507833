import AnnotationModel
import AnnotationStore
import Digest
import Logging
import Postgres
import SyncEngine
import SyncProtocol

// The push: short transactions, at mutation borders. A bad operation never fails the request; a statement that the
// database refuses is halved until the mutation that causes it is alone, and that one is refused and kept.
extension SyncService {
    /// How often a plan may be overtaken by others before the client is asked to come again.
    private static let attempts = 32

    /// Applies mutations exactly once, and gives their results in order with the last number that is known now.
    func push(
        _ mutations: [ReceivedMutation], _ request: ExchangeRequest, _ access: ProjectAccess
    ) async throws -> (results: [MutationResult], last: Int64) {
        var results: [MutationResult] = []
        var last: Int64 = 0
        // The same mutation twice in one push is one.
        var bytes: [Int64: [UInt8]] = [:]
        var remaining = mutations.filter { bytes.updateValue($0.bytes, forKey: $0.n) != $0.bytes }[...]
        var width = remaining.count
        var attempts = 0
        while !remaining.isEmpty {
            try Task.checkCancellation()
            guard attempts < Self.attempts else { throw Problem.unavailable(retryAfter: 1) }
            attempts += 1
            do {
                guard let step = try await pushOnce(Array(remaining.prefix(width)), request, access) else { continue }
                results += step.results
                last = step.last
                remaining = remaining.dropFirst(step.results.count)
                width = remaining.count
                attempts = 0
            } catch let error as PostgresError where error.code == .commitUnknown {
                // Whether it was applied is read again under the same numbers.
                database.logger.warning("the connection was lost during a commit; reading the numbers again")
            } catch let error as PostgresError where error.isTransient || error.sqlState == .lockNotAvailable {
                continue
            } catch let error as PostgresError where error.isAboutContent {
                database.logger.error("a push was refused by the database", metadata: ["error": "\(error)"])
                guard width == 1, let culprit = remaining.first else {
                    width = max(1, width / 2)
                    continue
                }
                guard let step = try await refuse(culprit, error, request, access) else { continue }
                results += step.results
                last = step.last
                remaining = remaining.dropFirst()
                width = remaining.count
                attempts = 0
            }
        }
        return (results, last)
    }

    private struct Step {
        var results: [MutationResult]
        var last: Int64
    }

    /// One transaction. Nil when others changed the project meanwhile: nothing was written.
    private func pushOnce(
        _ mutations: [ReceivedMutation], _ request: ExchangeRequest, _ access: ProjectAccess
    ) async throws -> Step? {
        return try await database.client.withTransaction(ChangeLog.transactionOptions) { transaction -> Step? in
            let opened = try await open(transaction, request, access)
            let last = opened.log.lastMutation ?? 0
            let numbering = try MutationNumbering(last: last, mutations: mutations)
            let replayed = try await replay(numbering.replayed, transaction, request, access)
            guard !numbering.fresh.isEmpty else { return Step(results: replayed, last: last) }

            let context = PushContext(
                user: access.principal.user.id, role: opened.role, client: request.clientID,
                since: request.cursor.since, ids: database.ids, assigned: opened.log.pushers[0].rights.assigned,
                done: opened.log.pushers[0].rights.done)
            let wanted = LoadRequest(for: numbering.fresh, context: context)
            var state = try await log.load(transaction, opened.log, wanted)
            let more = LoadRequest(following: state, mutations: numbering.fresh)
            if !more.isEmpty {
                state = try await log.load(transaction, opened.log, more, extending: state)
            }
            var planner = Planner(state: state)
            for mutation in numbering.fresh {
                guard planner.applyIfItFits(mutation, as: context) != nil else { break }
            }
            let plan = planner.plan
            guard let committed = try await log.commit(transaction, plan, opened: opened.log, client: context.client)
            else { return nil }
            let fresh = plan.results.map { $0.result.shifted(by: committed.base) }
            return Step(results: replayed + fresh, last: fresh.last?.n ?? last)
        }
    }

    /// Begins the transaction's work: the log's head first, then the client's progress row locked, and today's rights.
    private func open(
        _ transaction: PostgresTransaction, _ request: ExchangeRequest, _ access: ProjectAccess
    ) async throws -> (log: OpenedLog, role: Role) {
        let opened = try await log.open(
            transaction, project: access.project.id, user: access.principal.user.id, client: request.clientID)
        guard opened.head.epoch == request.cursor.epoch else {
            throw Problem.epochChanged(current: opened.head.epoch)
        }
        guard opened.lastMutation != nil else { throw Problem.unknownClient(request.clientID) }
        guard let role = opened.role else {
            // Annotations belong to members: an administrator who is none reads everything and writes nothing.
            guard opened.isAdmin else { throw Problem.notFound("there is no such project for you") }
            throw Problem.notAllowed("you are no member of this project; a manager adds you first")
        }
        return (opened, role)
    }

    /// The stored results of mutations that were applied before.
    private func replay(
        _ mutations: [ReceivedMutation], _ transaction: PostgresTransaction, _ request: ExchangeRequest,
        _ access: ProjectAccess
    ) async throws -> [MutationResult] {
        guard let first = mutations.first, let last = mutations.last else { return [] }
        let stored = try await log.storedResults(
            transaction, project: access.project.id, client: request.clientID, numbers: first.n...last.n)
        let byNumber = Dictionary(stored.map { ($0.n, $0) }, uniquingKeysWith: { first, _ in first })
        return try mutations.map { mutation in
            guard let known = byNumber[mutation.n] else { return MutationNumbering.expired(mutation.n) }
            try MutationNumbering.check(mutation, stored: known.sha256)
            guard let bytes = known.result else { return MutationNumbering.expired(mutation.n) }
            return try MutationResult(stored: bytes).shifted(by: known.base)
        }
    }

    /// Stores a mutation that the database would not take as refused, with its bytes, so that the next ones go on.
    private func refuse(
        _ mutation: ReceivedMutation, _ error: PostgresError, _ request: ExchangeRequest, _ access: ProjectAccess
    ) async throws -> Step? {
        try await database.client.withTransaction(ChangeLog.transactionOptions) { transaction -> Step? in
            let opened = try await open(transaction, request, access)
            let last = opened.log.lastMutation ?? 0
            let numbering = try MutationNumbering(last: last, mutations: [mutation])
            guard !numbering.fresh.isEmpty else {
                return Step(results: try await replay([mutation], transaction, request, access), last: last)
            }
            let result = MutationResult(
                n: mutation.n, status: .rejected, code: .malformed,
                message: "the database refuses its content (\(error.sqlState?.rawValue ?? error.code.rawValue))")
            var plan = WritePlan()
            plan.results = [
                ResultWrite(
                    client: request.clientID, result: result, digest: mutation.digest, payload: mutation.bytes)
            ]
            guard try await log.commit(transaction, plan, opened: opened.log, client: request.clientID) != nil
            else { return nil }
            return Step(results: [result], last: mutation.n)
        }
    }
}

extension PostgresError {
    /// The statement itself was refused, because of a value or a rule; not the connection, not a lock, not the disk.
    fileprivate var isAboutContent: Bool {
        if code == .parameterRefused { return true }
        guard code == .server, let state = sqlState?.rawValue else { return false }
        return ["22", "23", "54"].contains { state.hasPrefix($0) }
    }
}
