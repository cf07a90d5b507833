import AnnotationModel
import SyncEngine
import SyncProtocol
import Testing

@Suite("Numbers of mutations") struct NumberingTests {
    func mutation(_ n: Int64, _ bytes: String = "same") -> ReceivedMutation {
        ReceivedMutation(
            n: n, madeAt: nil, atomic: false, isVoid: false, bytes: Array(bytes.utf8), content: .success([]))
    }

    @Test("Known numbers are replayed, the next ones applied in their order")
    func split() throws {
        let numbering = try MutationNumbering(last: 3, mutations: (2...6).map { mutation($0) })
        #expect(numbering.replayed.map(\.n) == [2, 3])
        #expect(numbering.fresh.map(\.n) == [4, 5, 6])
        #expect(try MutationNumbering(last: 0, mutations: []).fresh.isEmpty)
    }

    @Test("A gap names the number expected")
    func gap() {
        #expect(throws: Problem.mutationGap(expected: 4)) {
            try MutationNumbering(last: 3, mutations: [mutation(5)])
        }
        #expect(throws: Problem.mutationGap(expected: 5)) {
            try MutationNumbering(last: 3, mutations: [mutation(4), mutation(6)])
        }
    }

    @Test("One number twice in a push is the same mutation, or an error")
    func twice() throws {
        let same = try MutationNumbering(last: 3, mutations: [mutation(4), mutation(4), mutation(5)])
        #expect(same.fresh.map(\.n) == [4, 5])
        #expect(same.replayed.map(\.n) == [4])
        #expect(throws: Problem.mutationReused(n: 4)) {
            try MutationNumbering(last: 3, mutations: [mutation(4), mutation(4, "other")])
        }
    }

    @Test("A known number with other bytes is reused; an expired result says so")
    func check() throws {
        try MutationNumbering.check(mutation(2), stored: mutation(2).digest)
        #expect(throws: Problem.mutationReused(n: 2)) {
            try MutationNumbering.check(mutation(2, "other"), stored: mutation(2).digest)
        }
        let expired = MutationNumbering.expired(7)
        #expect(expired.status == .duplicate)
        #expect(expired.code == .resultExpired)
        #expect(expired.operations.isEmpty)
    }
}
