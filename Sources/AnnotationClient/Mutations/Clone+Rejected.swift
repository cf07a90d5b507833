import AnnotationModel
import FailPoints
import Foundation
package import JSONText
import SyncProtocol

extension Clone {
    /// What the server refused, oldest first: what is open or waits, or all that is still kept.
    package func rejected(includingSettled: Bool = false) throws -> [RejectedItem] {
        try store.read { db in
            try db.rejectedItems(states: includingSettled ? RejectedItem.State.allCases : [.open, .waiting])
        }
    }

    /// Sends what was refused again, under a new number: when a right was given back, or a label came.
    package func retryRejected(_ number: Int64) throws -> RejectedItem {
        let item = try store.write { db in
            let item = try Self.unsettled(
                number, in: try db.rejectedItems([number], states: RejectedItem.State.allCases))
            let (operations, atomic) = try db.rejectedOperations(number)
            guard !operations.isEmpty else {
                throw ClientError(.usage, "nothing_to_do", "refusal \(number) holds no operation: export or discard it")
            }
            let mutation = try db.enqueue(operations, madeAt: ids.now(), atomic: atomic)
            try db.extendOverlay(with: mutation)
            try db.setState(.retried, ofRejected: number)
            return item
        }
        try FailPoints.hit(.clientMutationAfterWrite)
        return item.settled(.retried)
    }

    /// Gives up what was refused. It stays in the list of settled ones.
    package func discardRejected(_ number: Int64) throws -> RejectedItem {
        try store.write { db in
            let item = try Self.unsettled(
                number, in: try db.rejectedItems([number], states: RejectedItem.State.allCases))
            try db.setState(.discarded, ofRejected: number)
            return item.settled(.discarded)
        }
    }

    /// One refusal with its content; without a number all of them, and what waits in the outbox of a clone whose
    /// project is not there any longer.
    package func exportRejected(_ number: Int64? = nil) throws -> JSONValue {
        try store.read { db in
            if let number {
                let items = try db.rejectedItems([number], states: RejectedItem.State.allCases)
                guard let item = items.first else { throw Self.unknown(number) }
                return item.json
            }
            var items = try db.rejectedItems(states: [.open, .waiting]).map(\.json)
            if try db.meta(.quarantined) != nil {
                for queued in try db.queue(limit: Int(Int32.max)) {
                    items.append([
                        "number": .null, "n": .number(Double(queued.n)), "op": .null, "code": "quarantined",
                        "message": "the project is not there for this user",
                        "mutation": (try? JSONValue(parsing: queued.bytes)) ?? .null, "state": "open",
                    ])
                }
            }
            return .array(items)
        }
    }

    private static func unsettled(_ number: Int64, in items: [RejectedItem]) throws -> RejectedItem {
        guard let item = items.first else { throw unknown(number) }
        guard item.state == .open || item.state == .waiting else {
            throw ClientError(.usage, "nothing_to_do", "refusal \(number) is \(item.state.rawValue) already")
        }
        return item
    }

    private static func unknown(_ number: Int64) -> ClientError {
        ClientError(.usage, "not_found", "this clone has no refusal \(number)")
    }
}

extension RejectedItem {
    fileprivate func settled(_ state: State) -> RejectedItem {
        var item = self
        item.state = state
        return item
    }
}
