package import AnnotationModel
import Postgres

/// A person or a program with an account in the instance.
package struct User: Sendable, Hashable {
    package var id: EntityID
    package var name: String
    /// May do everything in the instance.
    package var isAdmin: Bool
    package var disabledAt: Timestamp?
    package var createdAt: Timestamp

    package init(id: EntityID, name: String, isAdmin: Bool, disabledAt: Timestamp? = nil, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.isAdmin = isAdmin
        self.disabledAt = disabledAt
        self.createdAt = createdAt
    }

    package var isDisabled: Bool { disabledAt != nil }
}

extension User {
    /// For queries with the user as `u`, in the order of `init(row:from:)`.
    static let columns = "u.id, u.name, u.admin, u.disabled_at, u.created_at"

    init(row: PostgresRow, from column: Int = 0) throws(PostgresError) {
        self.init(
            id: try row[column], name: try row[column + 1], isAdmin: try row[column + 2],
            disabledAt: try row[column + 3], createdAt: try row[column + 4])
    }
}

/// What a token allows at most; its user's rights are the other limit.
package enum TokenScope: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Reading alone.
    case read
    /// Everything that its user may do in projects.
    case write
    /// Accounts too.
    case admin

    package static func < (left: TokenScope, right: TokenScope) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .read: 0
        case .write: 1
        case .admin: 2
        }
    }
}

extension TokenScope: PostgresCodable {}

/// One page of a list; `next` is what `after` takes for the page behind it.
package struct Page<Item: Sendable>: Sendable {
    package var items: [Item]
    package var next: String?

    package init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }

    /// Makes a page of `limit` from what a query for one more than `limit` gave.
    package init(_ found: [Item], limit: Int, key: (Item) -> String) {
        items = Array(found.prefix(limit))
        next = found.count > limit ? items.last.map(key) : nil
    }

    package func map<Other: Sendable>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(items: try items.map(transform), next: next)
    }
}
