package import AnnotationModel
import JSONText
package import SyncProtocol

/// What the server's answer to one mutation means for the replica that made it.
package struct ResultMeaning: Sendable {
    /// An operation that was refused, or the whole mutation when `operation` is nil.
    package struct Rejection: Sendable, Hashable {
        package var operation: Int?
        package var code: OperationCode
        package var message: String
        /// What it needs and has not found; empty unless it waits for that.
        package var waitsFor: [EntityID]
    }

    /// The operations that stand, as indices: they stay in the user's view until the cursor has passed `version`.
    package var standing: [Int] = []
    /// The newest version that the mutation made; 0 when it changed nothing.
    package var version: Int64 = 0
    package var rejections: [Rejection] = []
    /// Entities that were merged into an existing one.
    package var aliases: [(alias: EntityID, id: EntityID)] = []
    package var applied = 0
    package var merged = 0
    package var conflicts = 0
    /// Refused operations; a mutation refused whole counts as many as it has, at least one.
    package var refusedCount = 0

    /// - Parameter operations: the mutation's; empty for a void one.
    package init(_ result: MutationResult, operations: [Operation]) {
        guard !(result.operations.isEmpty && result.status == .rejected) else {
            // A void stands for a mutation that is journaled already.
            guard result.code != .void else { return }
            rejections = [
                Rejection(
                    operation: nil, code: result.code ?? .malformed, message: result.message ?? "refused whole",
                    waitsFor: [])
            ]
            refusedCount = max(1, operations.count)
            return
        }
        guard !result.operations.isEmpty else {
            // A duplicate whose body has expired: it was applied long ago, and the rows have it.
            applied = operations.count
            return
        }
        for (index, outcome) in result.operations.enumerated() {
            version = max(version, outcome.version ?? 0)
            let operation = index < operations.count ? operations[index] : nil
            if let id = outcome.aliasOf, let alias = operation?.id, alias != id { aliases.append((alias, id)) }
            switch outcome.status {
            case .applied, .duplicate: applied += 1
            case .merged: merged += 1
            case .conflict: conflicts += 1
            case .rejected:
                refusedCount += 1
                let code = outcome.code ?? .malformed
                rejections.append(
                    Rejection(
                        operation: index, code: code, message: outcome.message ?? code.rawValue,
                        waitsFor: code == .unknownEntity ? operation?.references ?? [] : []))
                continue
            }
            if outcome.status != .conflict || outcome.version != nil { standing.append(index) }
        }
    }
}

extension Operation {
    /// Every entity that has to be there before this can be applied.
    package var references: [EntityID] {
        switch self {
        case .create(_, _, let row):
            ["article_id", "annotation_id", "from", "to"].compactMap { row[$0]?.stringValue.flatMap { EntityID($0) } }
        case .update(_, let id, _, _), .delete(_, let id, _), .resolve(let id, _, _, _): [id]
        }
    }
}
