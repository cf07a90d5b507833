import AnnotationModel
import Postgres

/// How many failed logins are borne within one window.
package struct LoginLimits: Sendable, Hashable {
    package var windowSeconds: Int64
    /// For one account from one address.
    package var perPair: Int
    /// From one address, for all accounts.
    package var perAddress: Int
    /// For one account, from all addresses that it never logged in from.
    package var perAccount: Int

    package init(windowSeconds: Int64, perPair: Int, perAddress: Int, perAccount: Int) {
        self.windowSeconds = windowSeconds
        self.perPair = perPair
        self.perAddress = perAddress
        self.perAccount = perAccount
    }

    package static let standard = LoginLimits(windowSeconds: 900, perPair: 10, perAddress: 100, perAccount: 100)
}

/// Counts failed logins in the database, so that all server processes share the limits.
///
/// An attempt counts before the password is checked: many at once gain nothing. Nobody can lock an account out: a
/// stranger's failures count against the stranger's address, and the account-wide limit, which stops guessing from many
/// addresses, spares the addresses that the account has logged in from within 90 days.
package struct LoginLimiter: Sendable {
    private static let knownSeconds: Int64 = 90 * 86_400

    private let database: Database
    private let limits: LoginLimits

    package init(_ database: Database, limits: LoginLimits = .standard) {
        self.database = database
        self.limits = limits
    }

    /// Counts an attempt. `account` is nil for names that no account can have.
    /// - Returns: nil when it may go on, else the seconds after which another attempt may.
    package func begin(account: String?, address: String) async throws -> Int? {
        let now = database.now()
        let start = now.adding(seconds: -limits.windowSeconds)
        let subjects = Subjects(account: account, address: address)
        let rows = try await database.client.query(
            """
            WITH attempt AS (
                INSERT INTO login_attempts AS l (subject, failures, window_start)
                SELECT s, 1, \(now) FROM unnest(\(subjects.counted)) s ORDER BY s COLLATE "C"
                ON CONFLICT (subject) DO UPDATE SET
                    failures = CASE WHEN l.window_start <= \(start) THEN 1 ELSE l.failures + 1 END,
                    window_start = CASE WHEN l.window_start <= \(start) THEN \(now) ELSE l.window_start END
                RETURNING l.subject, l.failures, l.window_start
            )
            SELECT subject, failures, window_start FROM attempt
            UNION ALL
            SELECT subject, 0, window_start FROM login_attempts
            WHERE subject = \(subjects.known) AND window_start > \(now.adding(seconds: -Self.knownSeconds))
            """)
        var over: [(subject: String, start: Timestamp)] = []
        var isKnown = false
        for (subject, failures, start) in try rows.decode((String, Int, Timestamp).self) {
            if failures == 0 { isKnown = true }
            if failures > limit(subject, subjects) { over.append((subject, start)) }
        }
        if isKnown { over.removeAll { ExactString.equal($0.subject, subjects.account) } }
        guard let last = over.map(\.start).max() else { return nil }
        let wait = last.adding(seconds: limits.windowSeconds).microseconds - now.microseconds
        return max(1, Int((wait + 999_999) / 1_000_000))
    }

    /// Takes the attempt back, which was a success: the pair starts anew, and the account knows the address.
    package func succeed(account: String, address: String) async throws {
        let subjects = Subjects(account: account, address: address)
        let now = database.now()
        // In the order in which `begin` locks them.
        let less: [PostgresQuery] = [subjects.account, subjects.address].map {
            "UPDATE login_attempts SET failures = greatest(failures - 1, 0) WHERE subject = \($0)"
        }
        let rest: [PostgresQuery] = [
            """
            INSERT INTO login_attempts (subject, failures, window_start)
            VALUES (\(subjects.known), 0, \(now))
            ON CONFLICT (subject) DO UPDATE SET window_start = excluded.window_start
            """,
            "DELETE FROM login_attempts WHERE subject = \(subjects.pair)",
        ]
        _ = try await database.client.withConnection { try await $0.pipeline(less + rest) }
    }

    /// Deletes what no limit depends on any more.
    package func prune() async throws {
        let now = database.now()
        try await database.client.query(
            """
            DELETE FROM login_attempts
            WHERE window_start < \(now.adding(seconds: -Self.knownSeconds))
                OR failures > 0 AND window_start < \(now.adding(seconds: -limits.windowSeconds))
            """)
    }

    private func limit(_ subject: String, _ subjects: Subjects) -> Int {
        if ExactString.equal(subject, subjects.address) { return limits.perAddress }
        return ExactString.equal(subject, subjects.account) ? limits.perAccount : limits.perPair
    }

    private struct Subjects {
        let pair: String?
        let account: String?
        let known: String?
        let address: String

        init(account: String?, address: String) {
            pair = account.map { "pair:\($0)@\(address)" }
            self.account = account.map { "account:\($0)" }
            known = account.map { "known:\($0)@\(address)" }
            self.address = "address:\(address)"
        }

        var counted: [String] { [pair, account, address].compactMap { $0 } }
    }
}
