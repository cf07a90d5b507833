import GRDB
import Glibc

/// The one file of a clone. Several processes, and several handles in one, may have it open.
struct CloneStore: Sendable {
    let pool: DatabasePool

    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "manicule clone"
        // Writers are short: they wait for each other instead of failing.
        configuration.busyMode = .timeout(20)
        configuration.maximumReaderCount = 3
        configuration.prepareDatabase { db in
            // A mutation that was reported as made survives a power cut.
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        // One at a time: SQLite does not wait where two switch a new file to its write-ahead log at once.
        let lock = try OpeningLock.take("\(path)-opening")
        defer { lock.release() }
        do {
            // Made here first: what SQLite puts beside it takes its mode. Never opened again: closing it would drop the
            // locks that SQLite holds on it for others in this process.
            let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 { Glibc.close(descriptor) }
            pool = try DatabasePool(path: path, configuration: configuration)
            let migrator = CloneSchema.migrator
            guard try !pool.read(migrator.hasBeenSuperseded) else {
                throw ClientError(
                    .refused, "schema_too_old", "\(path) was written by a newer program: update this one")
            }
            try Self.migrate(pool, migrator)
        } catch let error as DatabaseError {
            throw ClientError(
                .environment, "no_database", "\(path) cannot be opened: \(error.message ?? "unknown reason")",
                detail: "\(error)")
        }
    }

    /// Of several processes that open an old file at once one comes first; the others find it done.
    private static func migrate(_ pool: DatabasePool, _ migrator: DatabaseMigrator) throws {
        guard try !pool.read(migrator.hasCompletedMigrations) else { return }
        do {
            try migrator.migrate(pool)
        } catch let error as DatabaseError {
            guard try pool.read(migrator.hasCompletedMigrations) else { throw error }
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try translating { try pool.read(body) }
    }

    /// One transaction, synchronised to the disk when it returns.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try translating { try pool.write(body) }
    }

    private func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw ClientError(
                .environment, error.resultCode == .SQLITE_BUSY ? "busy" : "no_database",
                "the clone's file cannot be used: \(error.message ?? "unknown reason")", detail: "\(error)")
        }
    }
}

/// GRDB and the model both have a `Row`.
typealias SQLRow = GRDB.Row
