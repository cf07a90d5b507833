/// What the store cannot do, beside the errors of PostgreSQL itself.
package struct StoreError: Error, Sendable, Hashable {
    package enum Code: Sendable, Hashable {
        case notFound
        /// Something with this unique field (`name`, `id`, …) is there already.
        case conflict(String)
        /// The database needs migrations that this program has.
        case oldSchema
        /// The database has migrations that this program does not know.
        case newerSchema
        /// A migration of the database is not the one that this program has under the same number.
        case checksumMismatch
        /// Others changed the same project again and again while this was being written.
        case contention
        /// A stored value cannot be what the program wrote.
        case damaged
    }

    package var code: Code
    /// One line: what was wrong, where, and what to do.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension StoreError: CustomStringConvertible {
    package var description: String { message }
}
