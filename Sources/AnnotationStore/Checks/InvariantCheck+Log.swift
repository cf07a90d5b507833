import AnnotationModel
import Postgres
import SyncProtocol

extension InvariantCheck {
    /// Seqs of one statement.
    private static let logPage: Int64 = 20_000

    /// The log from its horizon to the head of now: gapless, each transaction in one piece under one tag, and each
    /// mutation's effects in one transaction, in the order of its client's numbers.
    func checkLog(_ project: EntityID, _ observer: CheckObserver) async throws -> Int {
        guard let start = try await head(project) else { return 0 }
        var scan = LogScan(project: project, horizon: start.horizon)
        scan.lastMutations = try await lastMutations(project)
        while scan.seq < start.head {
            try Task.checkCancellation()
            let results = try await database.client.withConnection { connection in
                try await connection.pipeline([
                    // The horizon may rise meanwhile: what is below it then is no gap. It is read after the page.
                    """
                    SELECT seq, tag, transaction_end, origin_client, origin_n FROM changes
                    WHERE project_id = \(project) AND seq > \(scan.seq) AND seq <= \(start.head)
                    ORDER BY seq LIMIT \(Self.logPage)
                    """,
                    "SELECT horizon FROM project_log WHERE project_id = \(project)",
                ])
            }
            let horizon = try results[1].decode(Int64.self).first ?? start.horizon
            if results[0].isEmpty {
                scan.end(at: max(start.head, scan.seq), horizon: horizon)
                break
            }
            for row in results[0] {
                var reader = ColumnReader(row)
                let seq: Int64 = try reader.next()
                scan.add(
                    seq, tag: try reader.next(), end: try reader.next(), client: try reader.next(),
                    n: try reader.next(), horizon: horizon)
            }
            for finding in scan.takeFindings() { try await observer.found(finding) }
            try await observer.progress(
                CheckProgress(project: project, table: "changes", done: scan.seq - start.horizon))
        }
        if start.head > start.horizon, scan.seq == start.head, scan.tag != start.headTag {
            scan.find("log-head", "\(start.head)", "the tag of the head is not that of its change")
        }
        for finding in scan.takeFindings() { try await observer.found(finding) }
        return scan.count
    }

    private func head(_ project: EntityID) async throws -> LogHead? {
        let rows = try await database.client.query(
            PostgresQuery(
                unsafeSQL: "SELECT \(LogHead.columns) FROM project_log l WHERE l.project_id = $1",
                bindings: ChangeLog.bindings(project)))
        guard let row = rows.first else { return nil }
        var reader = ColumnReader(row)
        return try LogHead(&reader)
    }

    // Read after the head: what the log holds below it is counted here.
    private func lastMutations(_ project: EntityID) async throws -> [EntityID: Int64] {
        let rows = try await database.client.query(
            "SELECT client_id, last_mutation FROM client_progress WHERE project_id = \(project)")
        return Dictionary(try rows.decode((EntityID, Int64).self), uniquingKeysWith: { first, _ in first })
    }
}

/// What a walk along the log remembers.
private struct LogScan {
    let project: EntityID
    var seq: Int64
    var tag: Tag?
    private var transactionEnd: Int64
    /// Of each client: the number and the transaction of its last effects.
    private var clients: [EntityID: (n: Int64, end: Int64)] = [:]
    var lastMutations: [EntityID: Int64] = [:]
    private(set) var count = 0
    private var findings: [Finding] = []

    init(project: EntityID, horizon: Int64) {
        self.project = project
        seq = horizon
        transactionEnd = horizon
    }

    mutating func add(_ seq: Int64, tag: Tag, end: Int64, client: EntityID?, n: Int64?, horizon: Int64) {
        checkGap(before: seq, horizon: horizon)
        if self.seq >= transactionEnd || self.seq != seq - 1 {
            if end < seq { find("log-transaction", "\(seq)", "its transaction ends before it, at \(end)") }
            transactionEnd = end
        } else if end != transactionEnd || tag != self.tag {
            find("log-transaction", "\(seq)", "it stands inside a transaction, with another tag or end")
            transactionEnd = end
        }
        self.seq = seq
        self.tag = tag
        guard let client, let n else { return }
        if let known = clients[client], n < known.n || n == known.n && end != known.end {
            find("effects-twice", "\(seq)", "the mutation \(n) of the client \(client.text) stands in the log again")
        }
        if n > lastMutations[client] ?? 0 {
            find(
                "results", "\(seq)",
                "the mutation \(n) of the client \(client.text) is in the log, but was never counted")
        }
        clients[client] = (n, end)
    }

    /// The page ended before the head.
    mutating func end(at head: Int64, horizon: Int64) {
        checkGap(before: head + 1, horizon: horizon)
        seq = head
        tag = nil
    }

    private mutating func checkGap(before next: Int64, horizon: Int64) {
        let first = max(seq, horizon) + 1
        if first < next { find("log-gap", "\(first)", "the log lacks the changes \(first) to \(next - 1)") }
        // Retention took the start of a transaction away, never a part of one.
        if seq < horizon { transactionEnd = horizon }
    }

    mutating func find(_ check: String, _ id: String, _ message: String) {
        count += 1
        findings.append(Finding(check: check, project: project, id: id, message: message))
    }

    mutating func takeFindings() -> [Finding] {
        defer { findings = [] }
        return findings
    }
}
