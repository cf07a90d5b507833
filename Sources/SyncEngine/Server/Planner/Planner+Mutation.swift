import AnnotationModel
import SyncProtocol

/// What became of one operation, before its seq is known.
struct Outcome {
    var result: OperationResult
    /// The row whose version the result tells; nil where nothing of the operation stands.
    var version: EntityKey?

    init(_ status: OperationStatus, _ code: OperationCode? = nil, version: EntityKey?) {
        result = OperationResult(status: status, code: code)
        self.version = version
    }

    init(_ refusal: Refusal) {
        result = OperationResult(status: .rejected, code: refusal.code, message: refusal.message)
    }

    /// Whether it makes an atomic mutation fail.
    var isFault: Bool { result.status == .rejected || result.status == .conflict }
}

/// A mutation that has been applied to the state and can still be undone.
struct Draft {
    /// Nil when it is refused whole.
    var outcomes: [Outcome]?
    var refusal: Refusal?
    var size = Planner.Size()
}

extension Planner {
    /// Applies a mutation to the state; what it changed stands in the journal.
    mutating func draft(of mutation: ReceivedMutation, as context: PushContext) -> Draft {
        assert(journal.isEmpty, "each mutation is committed or undone before the next")
        guard !mutation.isVoid else { return Draft(refusal: Refusal(.void, "stands in for a mutation not sent")) }
        let operations: [Result<Operation, Refusal>]
        switch mutation.content {
        case .failure(let refusal): return Draft(refusal: refusal)
        case .success(let read): operations = read
        }
        guard operations.count <= Limits.operationsPerMutation else {
            let limit = Limits.operationsPerMutation
            return Draft(refusal: Refusal(.tooLarge, "\(operations.count) operations; at most \(limit) are allowed"))
        }
        let actor = Actor(context, madeAt: mutation.madeAt, project: state.project)
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(operations.count)
        for operation in operations {
            outcomes.append(perform(operation, actor))
            guard mutation.atomic, let last = outcomes.last, last.isFault else { continue }
            undo(to: 0)
            return Draft(outcomes: Self.aborted(operations.count, by: last.result, at: outcomes.count - 1))
        }
        let size = journalSize()
        guard size.rowBytes <= Limits.mutationRowBytes, size.changes <= Limits.changesPerTransaction else {
            undo(to: 0)
            return Draft(
                refusal: Refusal(
                    .tooLarge,
                    "\(size.changes) rows of \(size.rowBytes) bytes would result; at most "
                        + "\(Limits.changesPerTransaction) rows of \(Limits.mutationRowBytes) bytes are allowed"))
        }
        return Draft(outcomes: outcomes, size: size)
    }

    private mutating func perform(_ operation: Result<Operation, Refusal>, _ actor: Actor) -> Outcome {
        let mark = journal.count
        do throws(Refusal) {
            return try perform(try operation.get(), actor)
        } catch {
            undo(to: mark)
            return Outcome(error)
        }
    }

    private mutating func perform(_ operation: Operation, _ actor: Actor) throws(Refusal) -> Outcome {
        guard operation.entity.isPushable else {
            throw Refusal(.notAllowed, "clients do not write \(operation.entity.rawValue) rows")
        }
        guard actor.role != .viewer else { throw Refusal(.notAllowed, "a viewer may read, and write nothing") }
        return switch operation {
        case .create(let kind, let id, let row): try create(kind, id, row, actor)
        case .update(let kind, let id, let edits, let revive):
            try update(real(kind, id), edits, revive: revive, actor)
        case .delete(let kind, let id, let was): try delete(real(kind, id), was: was, actor)
        case .resolve(let id, let choice, let value, let was):
            try resolve(EntityKey(.conflict, id), choice, value: value, was: was, actor)
        }
    }

    /// The culprit keeps its code, the others say that they fell with it.
    private static func aborted(_ count: Int, by culprit: OperationResult, at index: Int) -> [Outcome] {
        (0..<count).map { position in
            guard position == index else {
                return Outcome(Refusal(.atomicAborted, "operation \(index) of the same atomic mutation failed"))
            }
            let code = culprit.code ?? .editedSince
            return Outcome(Refusal(code, culprit.message ?? "met another value, and the mutation is atomic"))
        }
    }

    /// Gives the changed rows their places in the log, and the mutation its result.
    mutating func commit(
        _ draft: Draft, of mutation: ReceivedMutation, as context: PushContext
    ) -> MutationResult {
        writeEntries(of: mutation, as: context)
        size.changes += draft.size.changes
        size.rowBytes += draft.size.rowBytes
        var result = MutationResult(n: mutation.n, status: .rejected)
        if let outcomes = draft.outcomes {
            result.operations = outcomes.map { outcome in
                var operation = outcome.result
                operation.version = outcome.version.flatMap { version(of: $0) }
                return operation
            }
            result.status = Self.status(of: result.operations)
        } else {
            result.code = draft.refusal?.code
            result.message = draft.refusal?.message
        }
        let isJournaled = draft.refusal != nil || result.operations.contains { $0.status == .rejected }
        plan.results.append(
            ResultWrite(
                client: context.client, result: result, digest: mutation.digest,
                payload: isJournaled ? mutation.bytes : nil))
        return result
    }

    static func status(of operations: [OperationResult]) -> MutationStatus {
        let rejected = operations.count { $0.status == .rejected }
        if rejected > 0, rejected == operations.count { return .rejected }
        let isUnapplied = operations.contains { $0.status == .conflict && $0.version == nil }
        return rejected > 0 || isUnapplied ? .partial : .applied
    }
}
