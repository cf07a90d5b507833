import Logging
import Postgres
import PostgresTestSupport
import Testing

extension Stress {
    @Suite("Cancellation at every stage")
    struct Cancellation {
        /// One task's work on the number, in one of the ways that can be cancelled.
        private enum Stage: Int, CaseIterable, Sendable {
            case query, pipeline, copyIn, copyOut, transaction, commit, deferredCommit, rollback, savepoint
        }

        private func createTables(_ bed: StressBed) async throws {
            try await bed.observer.withConnection { connection in
                try await connection.execute(
                    unsafeSQL: """
                        CREATE TABLE work (number int);
                        CREATE TABLE slow (number int);
                        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                            'BEGIN PERFORM pg_sleep(0.002); INSERT INTO work VALUES (NEW.number); RETURN NULL; END';
                        CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
                            FOR EACH ROW EXECUTE FUNCTION wait();
                        """)
            }
        }

        private func work(_ number: Int, _ stage: Stage, _ client: PostgresClient) async throws {
            let insert: PostgresQuery = "INSERT INTO work VALUES (\(number))"
            switch stage {
            case .query:
                try await client.query("INSERT INTO work SELECT \(number) FROM pg_sleep(0.001)")
            case .pipeline:
                let results = try await client.withConnection { connection in
                    try await connection.pipeline([insert, "SELECT \(number) FROM pg_sleep(0.001)", "SELECT \(number)"])
                }
                for result in results[1...] { #expect(try result.decode(Int.self) == [number]) }
            case .copyIn:
                _ = try await client.withConnection { connection in
                    try await connection.copyIn(unsafeSQL: "COPY work FROM STDIN") { writer in
                        try await writer.write(Array("\(number)\n".utf8))
                        await Task.yield()
                    }
                }
            case .copyOut:
                try await client.withTransaction { transaction in
                    try await transaction.query(insert)
                    var bytes = 0
                    try await transaction.copyOut(
                        unsafeSQL: "COPY (SELECT repeat('x', 999) FROM generate_series(1, 500)) TO STDOUT"
                    ) {
                        bytes += $0.count
                        await Task.yield()
                    }
                    #expect(bytes == 500_000)
                }
            case .transaction:
                try await client.withTransaction { transaction in
                    try await transaction.query(insert)
                    await Task.yield()
                    let rows = try await transaction.query("SELECT \(number) FROM pg_sleep(0.001)")
                    #expect(try rows.decode(Int.self) == [number])
                }
            case .commit:
                _ = try await client.withTransaction { transaction in
                    try await transaction.commit(after: ["SELECT pg_sleep(0.001)", insert])
                }
            case .deferredCommit:
                try await client.withTransaction { transaction in
                    _ = try await transaction.query("INSERT INTO slow VALUES (\(number))")
                }
            case .rollback:
                try await client.withTransaction { transaction in
                    try await transaction.query(insert)
                    await Task.yield()
                    throw BodyFailed()
                }
            case .savepoint:
                try await client.withTransaction { transaction in
                    try await transaction.query(insert)
                    try? await transaction.savepoint {
                        _ = try await transaction.query("SELECT 1 / 0 FROM pg_sleep(0.001)")
                    }
                    await Task.yield()
                }
            }
        }

        @Test(
            "at random, in each kind of work: it is told truly, and never hits the statement of another",
            arguments: [true, false])
        func atRandom(sendsCancelRequests: Bool) async throws {
            try await StressBed.with { bed in
                try await createTables(bed)
                let client = bed.client(poolSize: 4, sendsCancelRequests: sendsCancelRequests)
                let ledger = Ledger()
                let cancelled = Counter()
                let total = 270 * Stress.scale
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let over = Counter()
                    let answers = Counter()
                    // They are never cancelled, so nothing may ever happen to them.
                    let bystanders = (0..<3).map { _ in
                        Task {
                            while over.value == 0 {
                                let number = answers.value
                                let answer = try await client.query("SELECT \(number)").decode(Int.self)
                                #expect(answer == [number])
                                answers.add()
                            }
                        }
                    }
                    for worker in 0..<6 {
                        group.addTask {
                            var generator = SeededGenerator(worker)
                            for number in stride(from: worker, to: total, by: 6) {
                                let stage = Stage.allCases[number / 6 % Stage.allCases.count]
                                let task = Task { try await work(number, stage, client) }
                                // From before it has begun until after it is over; some are left alone.
                                for _ in 0..<1 << Int.random(in: 0...12, using: &generator) { await Task.yield() }
                                if Int.random(in: 0..<5, using: &generator) > 0 { task.cancel() }
                                do {
                                    try await task.value
                                    ledger.note(number, .done)
                                } catch is CancellationError {
                                    cancelled.add()
                                    // A connection that is cut does not say what became of a statement by itself.
                                    let isSingle = [.query, .pipeline, .copyIn].contains(stage)
                                    ledger.note(number, isSingle && !sendsCancelRequests ? .unknown : .undone)
                                } catch let error as PostgresError where error.code == .commitUnknown {
                                    #expect(!sendsCancelRequests, "a request ends the statement, and that is known")
                                    ledger.note(number, .unknown)
                                } catch is BodyFailed {
                                    #expect(stage == .rollback)
                                    ledger.note(number, .undone)
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                    over.add()
                    for bystander in bystanders { try await bystander.value }
                    #expect(answers.value > 10)
                }
                #expect(cancelled.value > total / 10, "hardly anything was cancelled in time")
                #expect(ledger.count(.done) > 0)
                // A process whose connection was cut may still be at its last statement.
                try await eventually("processes are left") {
                    try await bed.observer.query(
                        """
                        SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
                        AND application_name = 'stress' AND state <> 'idle'
                        """
                    ).isEmpty
                }
                ledger.check(against: try await bed.observer.query("SELECT number FROM work").decode(Int.self))
                try await bed.expectQuiet(client)
            }
        }

        @Test("while waiting for a connection: hundreds leave the queue, those who stay are served in order")
        func waiting() async throws {
            try await StressBed.with { bed in
                let client = bed.client(poolSize: 1)
                let order = Journal()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let gate = Gate()
                    group.addTask { try await client.withConnection { _ in try await gate.pass() } }
                    try await eventually("nobody holds it") {
                        client.counts.all == 1 && client.counts.idle == 0 && client.counts.waiting == 0
                    }
                    var leaving: [Task<Void, any Error>] = []
                    for number in 0..<300 * Stress.scale {
                        if number % 3 == 0 {
                            group.addTask { try await client.withConnection { _ in order.add(number) } }
                        } else {
                            leaving.append(Task { try await client.withConnection { _ in order.add(number) } })
                        }
                        try await eventually("it does not wait") { client.counts.waiting == number + 1 }
                    }
                    for task in leaving.shuffled() { task.cancel() }
                    for task in leaving { await #expect(throws: CancellationError.self) { try await task.value } }
                    #expect(client.counts.waiting == 100 * Stress.scale)
                    gate.open()
                    try await group.waitForAll()
                }
                #expect(order.entries == Array(stride(from: 0, to: 300 * Stress.scale, by: 3)))
                #expect(client.counts.all == 1)
                try await bed.expectQuiet(client)
            }
        }

        @Test("while connecting to a server that never answers: at once, and the attempts end by themselves")
        func connecting() async throws {
            let server = try SilentServer()
            defer { server.close() }
            let client = PostgresClient(
                configuration: PostgresConfiguration(
                    connectionString: "host=127.0.0.1 port=\(server.port) user=nobody sslmode=disable", poolSize: 4,
                    connectTimeout: .seconds(1)),
                logger: Logger(label: "test"))
            for _ in 0..<5 * Stress.scale {
                let failures = Counter()
                let tasks = (0..<20).map { _ in
                    Task {
                        defer { failures.add() }
                        try await client.query("SELECT 1")
                    }
                }
                // An attempt that has ended meanwhile took one of them with it.
                try await eventually("they do not wait") { client.counts.waiting + failures.value == 20 }
                for task in tasks { task.cancel() }
                for task in tasks {
                    await #expect(throws: (any Error).self) { try await task.value }
                }
                #expect(client.counts.waiting == 0)
                #expect(client.counts.all <= 4)
            }
            try await eventually("the attempts do not end") { client.counts.all == 0 }
            await client.close()
            #expect(ProcessProbe.descriptors(connectedTo: server.port) ?? 0 == 0)
        }
    }
}
