import AnnotationModel
import AnnotationStore
import JSONText
import Postgres
import SyncEngine
import SyncProtocol

extension SyncService {
    /// One exchange: applies the client's mutations, then pulls what it has not seen.
    ///
    /// `bytes` is the whole body. Checks come in the protocol's order: token, project, client, epoch and tag, `n`, content.
    package func exchange(_ access: ProjectAccess, body bytes: [UInt8]) async throws -> [UInt8] {
        try access.require(.read)
        let request: ExchangeRequest
        do throws(Problem) {
            request = try ExchangeRequest(reading: bytes)
        } catch {
            throw try await completed(error, bytes, access)
        }
        let start = try await start(access, client: request.clientID, since: request.cursor.since)
        guard request.schemaVersion >= Limits.schemaVersion else { throw Problem.schemaTooOld() }
        try check(request.cursor, against: start.head, tagAtSince: start.tagAtSince)

        var results: [MutationResult] = []
        var last = start.lastMutation
        if !request.mutations.isEmpty {
            try access.principal.require(.write)
            (results, last) = try await push(request.mutations, request, access)
            results = try await withCurrentRows(results, of: request.mutations, access)
        }
        let (epoch, page) = try await page(access, after: request.cursor, limit: request.limit)
        return ExchangeReply(
            epoch: epoch, lastMutation: max(last, results.last?.n ?? 0), results: results, changes: page
        ).encode()
    }

    /// Where the client stands; an unknown client and somebody else's are the same.
    private func start(_ access: ProjectAccess, client: EntityID, since: Int64) async throws -> ExchangeStart {
        let start = try await log.exchangeStart(project: access.project.id, client: client, since: since)
        guard let start, start.clientOwner == access.principal.user.id else { throw Problem.unknownClient(client) }
        return start
    }

    /// Where even the number of the first mutation cannot be read, the error names the one that is expected.
    private func completed(_ problem: Problem, _ bytes: [UInt8], _ access: ProjectAccess) async throws -> Problem {
        guard let client = ExchangeRequest.clientID(in: bytes) else { return problem }
        let start = try await log.exchangeStart(project: access.project.id, client: client, since: 0)
        guard let start, start.clientOwner == access.principal.user.id else { return problem }
        return problem.expecting(firstN: start.lastMutation + 1)
    }

    /// A conflict's result shows the row as it is now, and only to who may see it.
    private func withCurrentRows(
        _ results: [MutationResult], of mutations: [ReceivedMutation], _ access: ProjectAccess
    ) async throws -> [MutationResult] {
        var results = results
        var wanted: [(result: Int, operation: Int, key: EntityKey)] = []
        let byNumber = Dictionary(mutations.map { ($0.n, $0) }, uniquingKeysWith: { first, _ in first })
        for (index, result) in results.enumerated() {
            guard let mutation = byNumber[result.n] else { continue }
            for (operation, key) in mutation.keysWantingCurrent(in: result) { wanted.append((index, operation, key)) }
        }
        guard !wanted.isEmpty else { return results }
        let keys = Set(wanted.map(\.key))
        let state = try await currentState(keys, access)
        for (result, operation, key) in wanted {
            let id = state.aliases[key.id] ?? key.id
            guard let stored = state.rows[EntityKey(key.kind, id)], stored.deleted == nil,
                access.viewer.sees(stored.row.audience { state.rows[$0]?.row })
            else { continue }
            results[result].operations[operation].current = .object(stored.row.json)
        }
        return results
    }

    private func currentState(_ keys: Set<EntityKey>, _ access: ProjectAccess) async throws -> ProjectState {
        var request = LoadRequest()
        request.rows = keys
        return try await database.client.withTransaction(ChangeLog.transactionOptions) { [request] transaction in
            let opened = try await log.open(
                transaction, project: access.project.id, user: access.principal.user.id, client: nil)
            return try await log.load(transaction, opened, request)
        }
    }
}
