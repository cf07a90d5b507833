package import Digest
package import SyncProtocol

/// Which of a push's mutations are known already, and which are new. A client's numbers have no gaps.
package struct MutationNumbering: Sendable {
    /// Numbers that have a result: it is repeated.
    package private(set) var replayed: [ReceivedMutation] = []
    /// To be applied, in this order.
    package private(set) var fresh: [ReceivedMutation] = []

    /// - Parameter last: the client's last number that has a result.
    /// - Throws: `mutation_gap`, and `mutation_reused` where one push has a number twice with different bytes.
    package init(last: Int64, mutations: [ReceivedMutation]) throws(Problem) {
        var next = last + 1
        for mutation in mutations {
            guard mutation.n <= next else { throw Problem.mutationGap(expected: next) }
            if mutation.n == next {
                fresh.append(mutation)
                next += 1
                continue
            }
            if mutation.n > last, let first = fresh.first(where: { $0.n == mutation.n }) {
                try Self.check(mutation, stored: first.digest)
            }
            replayed.append(mutation)
        }
    }

    /// A number stands for its bytes for ever.
    package static func check(_ mutation: ReceivedMutation, stored digest: SHA256Digest) throws(Problem) {
        guard mutation.digest == digest else { throw Problem.mutationReused(n: mutation.n) }
    }

    /// The answer to a number whose result's body is not kept any more.
    package static func expired(_ n: Int64) -> MutationResult {
        MutationResult(
            n: n, status: .duplicate, code: .resultExpired, message: "applied long ago; its result is kept no more")
    }
}
