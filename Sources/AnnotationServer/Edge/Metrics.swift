import Synchronization

/// What was asked and how long it took, for `/metrics`.
final class Metrics: Sendable {
    /// The upper bounds of the histogram's buckets, in seconds.
    static let bounds: [(seconds: Double, text: String)] = [
        (0.001, "0.001"), (0.0025, "0.0025"), (0.005, "0.005"), (0.01, "0.01"), (0.025, "0.025"), (0.05, "0.05"),
        (0.1, "0.1"), (0.25, "0.25"), (0.5, "0.5"), (1, "1"), (2.5, "2.5"), (10, "10"),
    ]

    /// A route is its pattern, never a path: the number of these is bounded.
    struct Key: Hashable, Comparable {
        var method: String
        var route: String
        /// `2xx`, `4xx`…
        var status: String

        static func < (a: Key, b: Key) -> Bool {
            (a.route, a.method, a.status) < (b.route, b.method, b.status)
        }
    }

    struct Figures {
        var count = 0
        var seconds = 0.0
        /// How many fell into each bucket, not added up; those beyond the last bound in none.
        var buckets = Array(repeating: 0, count: Metrics.bounds.count)

        mutating func add(_ time: Double, _ bucket: Int?) {
            count += 1
            seconds += time
            if let bucket { buckets[bucket] += 1 }
        }
    }

    struct State {
        var requests: [Key: Figures] = [:]
        var inFlight = 0
    }

    private let state = Mutex(State())

    var snapshot: State { state.withLock { $0 } }

    func begin() { state.withLock { $0.inFlight += 1 } }

    func end(_ key: Key, seconds: Double) {
        let bucket = Self.bounds.firstIndex { seconds <= $0.seconds }
        state.withLock { state in
            state.inFlight -= 1
            state.requests[key, default: Figures()].add(seconds, bucket)
        }
    }
}
