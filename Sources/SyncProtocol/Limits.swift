/// The protocol's limits; both sides check them, the client before a mutation enters its outbox.
package enum Limits {
    /// Bytes of canonical JSON of one log row.
    package static let rowBytes = 64 * 1024
    package static let operationsPerMutation = 256
    /// Bytes of resulting rows of one mutation.
    package static let mutationRowBytes = 1024 * 1024
    package static let mutationsPerPush = 256
    /// Bytes of one push, inflated.
    package static let pushBytes = 4 * 1024 * 1024
    package static let changesPerTransaction = 1000
    package static let transactionRowBytes = 2 * 1024 * 1024
    package static let visibleChangesPerPage = 5000
    package static let scannedChangesPerPage = 50_000
    package static let pageBytes = 4 * 1024 * 1024
    package static let articlesPerImportTransaction = 50
    /// Rows of a snapshot between two resume lines.
    package static let snapshotRowsPerResume = 1000
    package static let jsonDepth = 32
    package static let viewsPerPage = 1000
    /// Canonical values above this many bytes are given in `was` as their SHA-256.
    package static let wasInlineBytes = 64
    package static let protocolVersion = 1
    package static let schemaVersion = 1
}
