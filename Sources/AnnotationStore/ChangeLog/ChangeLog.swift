package import AnnotationModel
package import Postgres
package import SyncEngine
import SyncProtocol

/// The log of each project: the only code that writes to `changes`.
///
/// A push is one short transaction of three round trips: `open`, `load`, and `commit`, which takes the project's lock,
/// writes everything by one statement and commits in one flush. The lock is never held while anything is waited for.
package struct ChangeLog: Sendable {
    let database: Database
    let labels = LabelCache()

    package init(_ database: Database) { self.database = database }

    /// How a transaction runs that writes to the log: bounded waits, and again after a deadlock.
    package static let transactionOptions = TransactionOptions(
        lockTimeout: .seconds(10), statementTimeout: .seconds(60), retry: .init(attempts: 4))

    /// How often a plan that lost its ground is made anew before the caller is told.
    private static let attempts = 20

    /// Plans and commits until the plan stands: for writes of administrators, and others that need no numbering.
    ///
    /// - Parameters:
    ///   - raisesGuard: for changes of members, labels, settings and of articles' liveness: plans made before cannot commit.
    ///   - build: makes the plan from what stands now; nil: there is nothing to write. It runs again when somebody
    ///     else came first.
    /// - Returns: nil when there was nothing to write.
    package func write(
        project: EntityID, raisesGuard: Bool, by user: EntityID,
        _ build: (PostgresTransaction, OpenedLog) async throws -> WritePlan?
    ) async throws -> CommittedLog? {
        for _ in 0..<Self.attempts {
            try Task.checkCancellation()
            let outcome = try await database.client.withTransaction(Self.transactionOptions) { tx -> Outcome in
                let opened = try await open(tx, project: project, user: user, client: nil)
                guard let plan = try await build(tx, opened) else { return .nothing }
                return try await commit(tx, plan, opened: opened, raisesGuard: raisesGuard).map { .committed($0) }
                    ?? .lost
            }
            switch outcome {
            case .committed(let log): return log
            case .nothing: return nil
            case .lost: continue
            }
        }
        throw StoreError(
            .contention,
            "others kept changing the same project (\(project.text)) \(Self.attempts) times over; try again")
    }

    private enum Outcome {
        case committed(CommittedLog)
        case nothing
        case lost
    }

    /// Begins a new history of one project's log, or of all: clients take a fresh snapshot and push again what it lacks.
    package func rotateEpoch(project: EntityID?) async throws -> [(project: EntityID, epoch: EntityID)] {
        let rows = try await database.client.query(
            """
            UPDATE project_log SET epoch = gen_random_uuid()
            WHERE \(project)::uuid IS NULL OR project_id = \(project)
            RETURNING project_id, epoch
            """)
        let rotated = try rows.decode((EntityID, EntityID).self)
        if let project, rotated.isEmpty { throw StoreError.noProject(project) }
        return rotated.map { (project: $0.0, epoch: $0.1) }
    }
}

extension StoreError {
    static func noProject(_ project: EntityID) -> StoreError {
        StoreError(.notFound, "there is no project \(project.text)")
    }
}
