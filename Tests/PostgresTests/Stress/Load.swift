import Postgres
import Synchronization
import Testing

/// Workers that each insert numbers of their own into the table `work`, in all the ways there are, and write down what
/// the driver told them of each. Every answer must be their own.
final class Load: Sendable {
    private let client: PostgresClient
    private let ledger: Ledger
    /// Codes that may be met: anything else fails the test.
    private let expected: Set<PostgresError.Code>
    /// Whether an unknown outcome can be read: not while a process may still be at it.
    private let readsUnknown: Bool
    private let isStopped = Atomic(false)
    private let finished = Atomic(0)
    private let seen = Atomic(0)

    private static let numbersOfWorker = 1_000_000

    init(
        client: PostgresClient, ledger: Ledger,
        expecting expected: Set<PostgresError.Code> = [.connectionLost, .commitUnknown], readsUnknown: Bool = true
    ) {
        self.client = client
        self.ledger = ledger
        self.expected = expected
        self.readsUnknown = readsUnknown
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Whether something has been done since it was asked last.
    func isMoving() -> Bool {
        let now = finished.load(ordering: .relaxed)
        return seen.exchange(now, ordering: .relaxed) != now
    }

    func run(worker: Int) async throws {
        var number = worker * Self.numbersOfWorker
        while !isStopped.load(ordering: .relaxed) {
            number += 1
            while try await !attempt(number) && !isStopped.load(ordering: .relaxed) {}
        }
    }

    /// Does the work, as an application does that must do it once: what is undone is to be done again, and what is
    /// unknown only when it is not there. True when it is done or left as unknown.
    private func attempt(_ number: Int) async throws -> Bool {
        do {
            if ledger.outcome(number) == .unknown {
                guard readsUnknown else { return true }
                let isThere = try await client.query("SELECT 1 FROM work WHERE number = \(number)").count == 1
                ledger.note(number, isThere ? .done : .undone)
                if isThere { return true }
            }
            try await work(number)
            ledger.note(number, .done)
            finished.add(1, ordering: .relaxed)
            return true
        } catch let error as PostgresError where expected.contains(error.code) {
            if error.code == .commitUnknown {
                ledger.note(number, .unknown)
            } else if ledger.outcome(number) != .unknown {
                ledger.note(number, .undone)
            }
            return false
        }
    }

    private func work(_ number: Int) async throws {
        switch number % 5 {
        case 0:
            try await client.withTransaction { transaction in
                try await transaction.query("INSERT INTO work VALUES (\(number))")
                try await expect(number, transaction.query("SELECT \(number)"))
            }
        case 1:
            try await client.withTransaction { transaction in
                let results = try await transaction.commit(
                    after: ["INSERT INTO work VALUES (\(number))", "SELECT \(number)"])
                expect(number, results[1])
            }
        case 2:
            try await client.withTransaction { transaction in
                let results = try await transaction.pipeline(
                    ["SELECT \(number)", "INSERT INTO work VALUES (\(number))", "SELECT \(number)"])
                expect(number, results[0])
                expect(number, results[2])
            }
        case 3:
            try await client.withTransaction { transaction in
                let count = try await transaction.copyIn(unsafeSQL: "COPY work FROM STDIN") {
                    try await $0.write(Array("\(number)\n".utf8))
                }
                #expect(count == 1)
            }
        default:
            try await client.withTransaction { transaction in
                try await transaction.savepoint {
                    _ = try await transaction.query("INSERT INTO work VALUES (\(number))")
                }
                var out: [UInt8] = []
                try await transaction.copyOut(unsafeSQL: "COPY (SELECT \(number)) TO STDOUT") { out += $0 }
                #expect(out == Array("\(number)\n".utf8))
            }
        }
    }

    private func expect(_ number: Int, _ rows: PostgresRows, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect((try? rows.decode(Int.self)) == [number], "another's row", sourceLocation: sourceLocation)
    }
}
