import AnnotationModel
import Digest
import JSONText
import SyncEngine
import SyncProtocol
import Testing

/// What each answer of the server asks of the client.
struct ClientMeaningTests {
    @Test(
        "an error of the envelope asks for one thing, and never touches the outbox",
        arguments: [
            (Problem.authExpired("expired"), ProblemMeaning.renewToken),
            (.notAllowed("the role"), .refused),
            (.notFound("the project"), .quarantine),
            (.unknownClient(EntityID(high: 1, low: 1)), .registerAgain),
            (.epochChanged(current: EntityID(high: 1, low: 1)), .bootstrap),
            (.historyChanged(epoch: EntityID(high: 1, low: 1), head: 5), .bootstrap),
            (.cursorExpired(horizon: 9), .bootstrap),
            (.mutationGap(expected: 7), .resend(from: 7)),
            (.mutationReused(n: 3), .fork),
            (.malformed("no n", n: 41), .void(n: 41)),
            (.malformed("the envelope"), .failed),
            (.tooLarge("too much"), .sendLess),
            (.schemaTooOld(), .refused),
            (.rateLimited(retryAfter: 4), .wait(seconds: 4)),
            (Problem(reading: Array("<html>".utf8), status: 502), .wait(seconds: nil)),
            (.internalError("a defect"), .wait(seconds: nil)),
            (.invalid("a plain write"), .failed),
        ])
    func problems(_ problem: Problem, _ meaning: ProblemMeaning) {
        #expect(ProblemMeaning(problem) == meaning)
    }

    private static let id = EntityID(high: 3, low: 1)
    private static let missing = EntityID(high: 3, low: 9)

    private func operations(_ count: Int) -> [SyncProtocol.Operation] {
        (0..<count).map { .delete(.annotation, id: EntityID(high: 3, low: UInt64($0)), was: SHA256.hash("\($0)")) }
    }

    @Test("what stands stays in view until the newest version of the mutation has come; what was refused does not")
    func partial() {
        let result = MutationResult(
            n: 4, status: .partial,
            operations: [
                OperationResult(status: .applied, version: 20), OperationResult(status: .merged, version: 22),
                OperationResult(status: .rejected, code: .notAllowed, message: "not yours"),
                OperationResult(status: .conflict, code: .deletedSince, conflictID: Self.id),
                OperationResult(
                    status: .conflict, code: .editedSince, version: 21,
                    conflicts: [FieldConflict(field: "label", conflictID: Self.id, applied: true)]),
            ])
        let meaning = ResultMeaning(result, operations: operations(5))
        #expect(meaning.standing == [0, 1, 4])
        #expect(meaning.version == 22)
        #expect(meaning.rejections.map(\.operation) == [2])
        #expect(meaning.rejections.first?.code == .notAllowed)
        #expect(meaning.rejections.first?.waitsFor == [])
        #expect([meaning.applied, meaning.merged, meaning.conflicts, meaning.refusedCount] == [1, 1, 2, 1])
    }

    @Test("unknown_entity waits for every entity that the operation needs")
    func waits() {
        let create = SyncProtocol.Operation.create(
            .comment, id: Self.id,
            row: ["article_id": .string(Self.id.text), "annotation_id": .string(Self.missing.text)])
        let result = MutationResult(
            n: 1, status: .rejected, operations: [OperationResult(status: .rejected, code: .unknownEntity)])
        let meaning = ResultMeaning(result, operations: [create])
        #expect(meaning.rejections.first?.waitsFor == [Self.id, Self.missing])
    }

    @Test("a mutation refused whole is one refusal of as many operations as it has; a void is none")
    func refusedWhole() {
        let refused = ResultMeaning(
            MutationResult(n: 1, status: .rejected, code: .malformed, message: "U+0000"), operations: operations(2))
        #expect(refused.rejections.map(\.operation) == [nil])
        #expect(refused.refusedCount == 2)
        #expect(refused.standing.isEmpty)
        let void = ResultMeaning(MutationResult(n: 1, status: .rejected, code: .void), operations: [])
        #expect(void.rejections.isEmpty)
        #expect(void.refusedCount == 0)
    }

    @Test("an answer whose body has expired counts as done")
    func expired() {
        let meaning = ResultMeaning(
            MutationResult(n: 1, status: .duplicate, code: .resultExpired), operations: operations(2))
        #expect(meaning.applied == 2)
        #expect(meaning.standing.isEmpty)
    }

    @Test("a create that was merged into an existing entity is an alias of it")
    func alias() {
        let create = SyncProtocol.Operation.create(.annotation, id: Self.id, row: [:])
        let result = MutationResult(
            n: 1, status: .applied, operations: [OperationResult(status: .duplicate, aliasOf: Self.missing)])
        let meaning = ResultMeaning(result, operations: [create])
        #expect(meaning.aliases.map(\.alias) == [Self.id])
        #expect(meaning.aliases.map(\.id) == [Self.missing])
    }

    @Test("a push takes as many mutations as the limits allow, and one that is alone in any case")
    func batches() {
        #expect(PushBatch.count(of: []) == 0)
        #expect(PushBatch.count(of: Array(repeating: 100, count: 1000)) == Limits.mutationsPerPush)
        #expect(PushBatch.count(of: Array(repeating: 100, count: 1000), limit: 10) == 10)
        #expect(PushBatch.count(of: [Limits.pushBytes * 2, 100]) == 1)
        let megabyte = 1024 * 1024
        #expect(PushBatch.count(of: Array(repeating: megabyte, count: 10)) == 3)
    }
}
