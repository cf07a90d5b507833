package import AnnotationModel
import FailPoints
package import Postgres
package import SyncEngine
import SyncProtocol

extension ChangeLog {
    /// The last step of a push, one flush: waits for the project's turn, writes the plan by one statement, commits. The
    /// transaction is over afterwards.
    ///
    /// This is the only function that writes to `changes`. A seq is the head before plus the entry's offset; both are
    /// made under the counter row's lock, so that the log is gapless and in commit order.
    ///
    /// - Parameters:
    ///   - opened: what the plan was made on: it cannot commit when a guard was raised since, or the epoch is another.
    ///   - client: whose results the plan's are, where they do not say so themselves; nil stores none of those.
    ///   - raisesGuard: plans that were made before this one cannot commit.
    /// - Returns: nil when nothing was written because the guard moved or a key is there already: load and plan again, in
    ///   a new transaction. A lost connection throws `commitUnknown`: ask for the stored results.
    package func commit(
        _ tx: PostgresTransaction, _ plan: WritePlan, opened: OpenedLog, client: EntityID? = nil,
        raisesGuard: Bool = false
    ) async throws -> CommittedLog? {
        guard plan.entries.enumerated().allSatisfy({ $0.element.offset == Int64($0.offset) + 1 }) else {
            throw StoreError(.damaged, "the entries of a plan are not numbered from 1: the log would have a gap")
        }
        let project = opened.head.project
        let statement = CommitStatement(
            plan, opened.head, tag: Tag(bits: database.ids.random()), client: client, raisesGuard: raisesGuard,
            now: database.now())
        try FailPoints.hit(.pushBeforeFlush)
        let results: [PostgresRows]
        do {
            results = try await tx.commit(after: [Self.lockQuery(project), statement.statement.query])
        } catch let error as PostgresError where error.sqlState == .uniqueViolation {
            if error.constraint == "projects_name_key" {
                throw StoreError(.conflict("name"), "there is a project of this name already; choose another")
            }
            tx.acceptRollback()
            return nil
        }
        guard let row = results[1].first else { return nil }
        let (base, head, tag) = try row.decode((Int64, Int64, Tag?).self)
        try FailPoints.hit(.pushAfterCommitBeforeReply)
        return CommittedLog(base: base, head: head, tag: tag)
    }

    /// The turn of a project: a fair queue, which waiting for the counter row's lock is not.
    private static func lockQuery(_ project: EntityID) -> PostgresQuery {
        "SELECT pg_advisory_xact_lock(\(Int64(bitPattern: project.high ^ project.low)))"
    }
}
