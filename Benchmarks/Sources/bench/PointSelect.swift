import Postgres

/// One row by its primary key, prepared, each worker on a connection that it keeps.
struct PointSelect: Benchmark {
    let connections: Int
    let group = "point-select"
    var title: String { "point SELECT" }

    func references(_ tools: Tools) -> [any Side] {
        [PgBench(program: tools.pgbench, arguments: ["-S", "-M", "prepared"])] + tools.drivers(["asyncpg", "psycopg"])
    }

    func work(_ client: PostgresClient, until deadline: ContinuousClock.Instant) async throws -> Int {
        try await inParallel(connections) {
            try await client.withConnection { connection in
                var statements = 0
                var generator = SplitMix(seed: UInt64(truncatingIfNeeded: connection.processID))
                while ContinuousClock.now < deadline {
                    for _ in 0..<20 {
                        let account = Int32.random(in: 1...Int32(Fixture.accounts), using: &generator)
                        let rows = try await connection.query(
                            "SELECT abalance FROM pgbench_accounts WHERE aid = \(account)")
                        let balance = try rows[0].decode(Int32.self)
                        precondition(balance == 0)
                    }
                    statements += 20
                }
                return statements
            }
        }
    }
}

/// The same by `client.query`: each statement takes a connection and gives it back.
struct LeasedPointSelect: Benchmark {
    let connections: Int
    let group = "leased-select"
    var title: String { "point SELECT, leased" }

    func references(_ tools: Tools) -> [any Side] {
        [PgBench(program: tools.pgbench, arguments: ["-S", "-M", "prepared"])]
    }

    func work(_ client: PostgresClient, until deadline: ContinuousClock.Instant) async throws -> Int {
        try await inParallel(connections) {
            var statements = 0
            var generator = SplitMix(seed: UInt64.random(in: .min ... .max))
            while ContinuousClock.now < deadline {
                let account = Int32.random(in: 1...Int32(Fixture.accounts), using: &generator)
                let rows = try await client.query("SELECT abalance FROM pgbench_accounts WHERE aid = \(account)")
                let balance = try rows[0].decode(Int32.self)
                precondition(balance == 0)
                statements += 1
            }
            return statements
        }
    }
}

/// Runs so many workers at once, and gives the sum of what they give.
func inParallel(_ workers: Int, _ work: @escaping @Sendable () async throws -> Int) async throws -> Int {
    try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<workers { group.addTask { try await work() } }
        return try await group.reduce(0, +)
    }
}

/// A generator that costs nothing, as pgbench's does.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
