import Postgres
import PostgresTestSupport
import Synchronization
import Testing

extension Stress {
    @Suite("Thousands of tasks on a small pool")
    struct Crowd {
        /// Who began to wait when, and who was served when.
        private final class Queue: Sendable {
            private let arrivals = Atomic(0)
            private let services = Atomic(0)
            private let farthest = Atomic(0)

            func arrive() -> Int { arrivals.add(1, ordering: .relaxed).newValue }
            func serve(_ arrival: Int) {
                let service = services.add(1, ordering: .relaxed).newValue
                farthest.max(service - arrival, ordering: .relaxed)
            }
            /// The most that one was served later than its place said.
            var mostOvertaken: Int { farthest.load(ordering: .relaxed) }
        }

        @Test("all are served, nobody is passed by the rest, each gets its own rows")
        func fair() async throws {
            try await StressBed.with { bed in
                let client = bed.client(poolSize: 4)
                let memory = MemoryBound()
                let total = 5_000 * Stress.scale
                let queue = Queue()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<total {
                        group.addTask {
                            let arrival = queue.arrive()
                            let rows = try await client.withConnection { connection in
                                queue.serve(arrival)
                                return try await connection.query("SELECT \(number), \("task \(number)")")
                            }
                            let (echo, text) = try rows[0].decode((Int, String).self)
                            #expect(echo == number)
                            #expect(text == "task \(number)")
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(client.counts.all <= 4)
                // A task that is put aside on its way to the queue is passed by those who run meanwhile; a pool that served
                // the last one first would let nearly all of them pass.
                #expect(queue.mostOvertaken < total / 2)
                memory.expect(growthBelow: 150 * Stress.scale)
                try await bed.expectQuiet(client)
            }
        }

        @Test("a mixture of queries, transactions, failures and cancellations: each is told its own, nothing is left")
        func mixture() async throws {
            try await StressBed.with { bed in
                try await bed.observer.query("CREATE TABLE work (number int PRIMARY KEY)")
                let client = bed.client(poolSize: 4)
                let memory = MemoryBound()
                let ledger = Ledger()
                let total = 2_000 * Stress.scale
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<total {
                        group.addTask { try await one(number, client, ledger) }
                    }
                    try await group.waitForAll()
                }
                #expect(client.counts.all <= 4)
                memory.expect(growthBelow: 200 * Stress.scale)
                ledger.check(against: try await bed.observer.query("SELECT number FROM work").decode(Int.self))
                #expect(ledger.count(.done) >= total / 4)
                #expect(ledger.count(.undone) >= total / 4)
                try await bed.expectQuiet(client)
            }
        }

        private func one(_ number: Int, _ client: PostgresClient, _ ledger: Ledger) async throws {
            let insert: PostgresQuery = "INSERT INTO work VALUES (\(number))"
            switch number % 8 {
            case 0, 1:
                try await client.withTransaction { transaction in
                    try await transaction.query(insert)
                    let rows = try await transaction.query("SELECT number FROM work WHERE number = \(number)")
                    let numbers = try rows.decode(Int32.self)
                    #expect(numbers == [Int32(number)])
                }
                ledger.note(number, .done)
            case 2:
                try await client.query(insert)
                ledger.note(number, .done)
            case 3:
                let error = try await #require(throws: PostgresError.self) {
                    try await client.withTransaction { transaction in
                        try await transaction.commit(after: [insert, insert, "SELECT 1"])
                    }
                }
                #expect(error.sqlState == .uniqueViolation)
                #expect(error.pipelineIndex == 1)
                ledger.note(number, .undone)
            case 4:
                await #expect(throws: BodyFailed.self) {
                    try await client.withTransaction { transaction in
                        try await transaction.query(insert)
                        throw BodyFailed()
                    }
                }
                ledger.note(number, .undone)
            case 5:
                let error = try await #require(throws: PostgresError.self) {
                    try await client.query("SELECT \("word \(number)")::int")
                }
                #expect(error.message.contains("word \(number)"), "another's error")
            case 6:
                let results = try await client.withConnection { connection in
                    try await connection.pipeline((0..<5).map { "SELECT \(number + $0)" })
                }
                for (place, rows) in results.enumerated() { #expect(try rows.decode(Int.self) == [number + place]) }
            default:
                let task = Task {
                    try await client.withTransaction { transaction in
                        try await transaction.query(insert)
                        try await transaction.query("SELECT pg_sleep(0.001)")
                    }
                }
                if number % 16 == 7 { task.cancel() }
                do {
                    try await task.value
                    ledger.note(number, .done)
                } catch is CancellationError {
                    ledger.note(number, .undone)
                }
            }
        }
    }
}
