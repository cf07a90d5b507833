import Logging
import Postgres

/// Which history of the database this is: what changes when a backup is restored, a standby promoted, a database
/// copied. Clients that saw the other history must not go on as if nothing had happened, so all epochs rotate at once.
enum HistoryIdentity {
    /// Compares the history with the stored one. A standby is left alone, and so is a database without a schema.
    static func check(_ connection: PostgresConnection, logger: Logger) async throws {
        let rows: PostgresRows
        do {
            rows = try await connection.query(readStatement)
        } catch let error as PostgresError where error.sqlState == .undefinedTable {
            return
        }
        guard let row = rows.first else { return }
        let (isSame, isFirst) = try row.decode((Bool, Bool).self)
        guard !isSame else { return }
        let rotated = try await connection.query(replaceStatement)
        guard !isFirst, !rotated.isEmpty else { return }
        logger.warning(
            "the database is another history than the one stored (a restore, a promotion or a copy): began new epochs",
            metadata: ["projects": "\(rotated.count)"])
    }

    /// `pg_control_checkpoint()` still shows the old timeline after a promotion; the name of the current segment does not.
    private static let current = """
        SELECT c.system_identifier, l.timeline, d.oid AS database_oid, 'project_log'::regclass::oid AS log_oid
        FROM pg_control_system() c, pg_database d,
            (SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int AS timeline
                WHERE NOT pg_is_in_recovery()) l
        WHERE d.datname = current_database()
        """

    /// No row on a standby.
    private static let readStatement = PostgresQuery(
        unsafeSQL: """
            SELECT coalesce((h.system_identifier, h.timeline, h.database_oid, h.log_oid)
                = (n.system_identifier, n.timeline, n.database_oid, n.log_oid), false), h.only_row IS NULL
            FROM (\(current)) n LEFT JOIN history_identity h ON true
            """, isPrepared: false)

    /// Of several connections that find another history at once, one rotates; the others see its row then. The first
    /// identity of a new database rotates nothing.
    private static let replaceStatement = PostgresQuery(
        unsafeSQL: """
            WITH known AS (SELECT FROM history_identity),
            changed AS (
                INSERT INTO history_identity AS h (system_identifier, timeline, database_oid, log_oid)
                \(current)
                ON CONFLICT (only_row) DO UPDATE
                    SET (system_identifier, timeline, database_oid, log_oid)
                        = (excluded.system_identifier, excluded.timeline, excluded.database_oid, excluded.log_oid)
                    WHERE (h.system_identifier, h.timeline, h.database_oid, h.log_oid)
                        <> (excluded.system_identifier, excluded.timeline, excluded.database_oid, excluded.log_oid)
                RETURNING 1
            )
            UPDATE project_log SET epoch = gen_random_uuid()
            FROM changed WHERE EXISTS (SELECT FROM known)
            RETURNING project_id, epoch
            """, isPrepared: false)
}
