package import AnnotationModel
package import Digest
package import Migrations

/// One migration, as the program and the database know it.
package struct MigrationState: Sendable, Hashable {
    package var number: Int
    package var name: String
    /// SHA-256 of its SQL.
    package var checksum: SHA256Digest
    /// Nil while the database lacks it.
    package var appliedAt: Timestamp?
    /// False when only the database has it.
    package var isKnown: Bool

    package init(number: Int, name: String, checksum: SHA256Digest, appliedAt: Timestamp?, isKnown: Bool) {
        self.number = number
        self.name = name
        self.checksum = checksum
        self.appliedAt = appliedAt
        self.isKnown = isKnown
    }

    static func merge(known: [Migration], applied: [MigrationState]) -> [MigrationState] {
        let byNumber = Dictionary(applied.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        let mine = known.map { migration in
            MigrationState(
                number: migration.number, name: migration.name, checksum: migration.checksum,
                appliedAt: byNumber[migration.number]?.appliedAt, isKnown: true)
        }
        let numbers = Set(known.map(\.number))
        return (mine + applied.filter { !numbers.contains($0.number) }).sorted { $0.number < $1.number }
    }

    /// Refuses a database that is newer than the program, or that other files have migrated.
    static func check(known: [Migration], applied: [MigrationState]) throws(StoreError) {
        for state in applied {
            guard let migration = known.first(where: { $0.number == state.number }) else {
                throw StoreError(
                    .newerSchema,
                    "the database has the migration \(state.number) (\(state.name)), which this program does not know; "
                        + "use the program that wrote it, or a newer one")
            }
            guard migration.checksum == state.checksum else {
                throw StoreError(
                    .checksumMismatch,
                    "the migration \(state.number) (\(state.name)) of the database is another one than this program's; "
                        + "use the release that migrated it")
            }
        }
    }
}

extension Migration {
    /// SHA-256 of its SQL.
    package var checksum: SHA256Digest { SHA256.hash(sql) }
}
