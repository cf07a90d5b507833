/// One step of the schema. Forward only; never edited after it has landed.
package struct Migration: Sendable, Hashable {
    /// Counted from 1 without a gap.
    package var number: Int
    package var name: String
    package var sql: [UInt8]

    package init(number: Int, name: String, sql: [UInt8]) {
        self.number = number
        self.name = name
        self.sql = sql
    }
}

/// The migrations in their order, and what is run after them.
package enum MigrationList {
    package static let all = [
        Migration(number: 1, name: "initial", sql: PackageResources.m0001_initial_sql),
        Migration(number: 2, name: "search", sql: PackageResources.m0002_search_sql),
    ]

    /// Run after the migrations, each time: what the server's role may do.
    package static let roles = PackageResources.roles_sql
}
