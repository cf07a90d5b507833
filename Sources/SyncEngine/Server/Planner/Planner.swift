import AnnotationModel
import JSONText
package import SyncProtocol

/// Decides what pushed mutations do: loaded state in, a plan of writes and results out.
///
/// Mutations are applied one after the other, each sees the earlier ones. The mutations of several clients may go
/// into one plan: that is a group commit. Nothing here knows a clock, a socket or a database.
package struct Planner: Sendable {
    /// The project as it stands after all mutations so far. The versions of rows they changed are provisional.
    package internal(set) var state: ProjectState
    package internal(set) var plan = WritePlan()
    package internal(set) var size = Size()

    /// What a plan takes of the limits of one transaction.
    package struct Size: Sendable, Hashable {
        package var changes = 0
        package var rowBytes = 0

        package init() {}
    }

    /// What the running mutation has changed, so that it can be undone, and so that its entries can be written.
    var journal: [Change] = []
    /// Where a row's write stands in `plan.rows`.
    var planned: [EntityKey: Int] = [:]
    /// The review of each reviewer on each annotation.
    var reviews: [ReviewKey: EntityID] = [:]
    /// Rows of which an exchange has been told already that others had changed them.
    var merged: Set<MergedKey> = []

    package init(state: ProjectState) {
        self.state = state
        for case .review(let row) in state.rows.values.lazy.map(\.row) {
            reviews[ReviewKey(row)] = row.id
        }
    }

    /// Plans all mutations of one client.
    package static func plan(
        _ mutations: [ReceivedMutation], in state: ProjectState, as context: PushContext
    ) -> WritePlan {
        var planner = Planner(state: state)
        for mutation in mutations { planner.apply(mutation, as: context) }
        return planner.plan
    }

    /// Plans one mutation on top of the earlier ones, whatever its size.
    @discardableResult
    package mutating func apply(_ mutation: ReceivedMutation, as context: PushContext) -> MutationResult {
        let draft = self.draft(of: mutation, as: context)
        return commit(draft, of: mutation, as: context)
    }

    /// Plans one mutation on top of the earlier ones, unless the transaction would become too large by it: then
    /// nothing is done, nil is returned, and the caller begins another transaction. One mutation always fits.
    package mutating func applyIfItFits(_ mutation: ReceivedMutation, as context: PushContext) -> MutationResult? {
        let draft = self.draft(of: mutation, as: context)
        let changes = size.changes + draft.size.changes
        let rowBytes = size.rowBytes + draft.size.rowBytes
        if !plan.results.isEmpty,
            changes > Limits.changesPerTransaction || rowBytes > Limits.transactionRowBytes
        {
            undo(to: 0)
            return nil
        }
        return commit(draft, of: mutation, as: context)
    }
}

/// One row per reviewer and annotation.
struct ReviewKey: Hashable {
    var annotation: EntityID
    var reviewer: EntityID

    init(_ review: Review) {
        annotation = review.annotationID
        reviewer = review.reviewer
    }
}

/// A row as one client pushes to it.
struct MergedKey: Hashable {
    var row: EntityKey
    var client: EntityID
}

/// One step that can be undone.
enum Change {
    /// The row before; nil when it is new.
    case row(EntityKey, StoredRow?)
    case alias(EntityID)
    case openConflicts(EntityKey, [EntityID]?)
    case twins(TwinKey, [EntityID]?)
    case review(ReviewKey, EntityID?)
}

/// Who acts, and how their values are stamped: the same for all operations of one mutation.
struct Actor {
    let context: PushContext
    let stamp: Stamp
    let viewer: Viewer

    init(_ context: PushContext, madeAt: Timestamp?, project: Project) {
        self.context = context
        stamp = Stamp(by: context.user, client: context.client, at: madeAt ?? context.ids.now())
        viewer = context.viewer(of: project)
    }

    var user: EntityID { context.user }
    var role: Role { context.role }
    var isReviewer: Bool { role == .reviewer || role == .manager }

    func side(_ value: JSONValue) -> ConflictSide { ConflictSide(value, stamp) }
}
