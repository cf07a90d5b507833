import AnnotationModel
import Digest
import JSONText
import SyncEngine
import SyncProtocol
import Testing

@testable import AnnotationClient

extension CloneTests {
    /// What the server's answers do to outbox, journal and view.
    @Suite struct Answers {
        private func mark(_ replica: Replica, _ start: Int = 0) throws -> EntityID {
            try replica.clone.annotate("harbour", AnnotationDraft(label: "PER", place: .spans([start..<(start + 3)])))
                .annotation.id
        }

        private func rejection(_ n: Int64, _ code: OperationCode) -> MutationResult {
            MutationResult(
                n: n, status: .rejected,
                operations: [OperationResult(status: .rejected, code: code, message: "no")])
        }

        @Test("a refusal leaves the view and is kept with its content until its user decides")
        func refused() throws {
            let replica = try Replica()
            let id = try mark(replica)
            let sent = try replica.queue()[0].bytes
            try replica.take(replica.page(from: 100), results: [rejection(1, .notAllowed)])
            #expect(try replica.clone.annotations().isEmpty)
            let item = try #require(try replica.clone.rejected().first)
            #expect(item.n == 1 && item.operation == 0 && item.code == "not_allowed" && item.state == .open)
            #expect(item.mutation["ops"]?[0]?["id"]?.stringValue == id.text)
            #expect(try replica.clone.exportRejected(item.number)["mutation"]?["n"] == 1)
            #expect(try replica.clone.status().rejected == 1)

            // Told twice, it is kept once.
            try replica.take(replica.page(from: 100), results: [rejection(1, .notAllowed)])
            #expect(try replica.clone.rejected().count == 1)

            let retried = try replica.clone.retryRejected(item.number)
            #expect(retried.state == .retried)
            #expect(try replica.clone.rejected().isEmpty)
            #expect(try replica.clone.annotations().map(\.annotation.id) == [id])
            let again = try #require(try replica.queue().first)
            #expect(again.n == 2)
            let operations = try Mutation(reading: again.bytes).operations
            #expect(operations == (try Mutation(reading: sent).operations))
        }

        @Test("a discarded refusal is gone from the list, and cannot be retried")
        func discarded() throws {
            let replica = try Replica()
            _ = try mark(replica)
            try replica.take(replica.page(from: 100), results: [rejection(1, .articleGone)])
            let number = try #require(try replica.clone.rejected().first).number
            _ = try replica.clone.discardRejected(number)
            #expect(try replica.clone.rejected().isEmpty)
            #expect(try replica.clone.rejected(includingSettled: true).map(\.state) == [.discarded])
            #expect(throws: ClientError.self) { try replica.clone.retryRejected(number) }
        }

        @Test("an atomic mutation is refused, kept and tried again as a whole")
        func atomic() throws {
            let replica = try Replica()
            _ = try replica.clone.annotate(
                "harbour", AnnotationDraft(label: "PER", place: .spans([0..<3]), comment: "with a remark"))
            let result = MutationResult(
                n: 1, status: .rejected,
                operations: [
                    OperationResult(status: .rejected, code: .labelRetired, message: "retired"),
                    OperationResult(status: .rejected, code: .atomicAborted, message: "aborted"),
                ])
            try replica.take(replica.page(from: 100), results: [result])
            let items = try replica.clone.rejected()
            #expect(items.map(\.code) == ["label_retired"])
            #expect(items.map(\.operation) == [nil])
            _ = try replica.clone.retryRejected(items[0].number)
            let again = try Mutation(reading: try replica.queue()[0].bytes)
            #expect(again.atomic)
            #expect(again.operations.count == 2)
        }

        @Test("unknown_entity waits, and is sent again under a new number when the entity arrives")
        func waiting() throws {
            let replica = try Replica()
            try replica.take(replica.page(from: 100, [.annotation(replica.world.theirs())]))
            let theirs = replica.world.theirs()
            _ = try replica.clone.comment(theirs.id.text, text: "sure?")
            try replica.take(
                replica.page(from: 101, deleted: [(.annotation, theirs.id)]), results: [rejection(1, .unknownEntity)])
            #expect(try replica.clone.status().waiting == 1)
            #expect(try replica.queue().isEmpty)
            // Something else comes: it still waits.
            try replica.take(replica.page(from: 102, [.annotation(replica.world.theirs(77))]))
            #expect(try replica.queue().isEmpty)
            try replica.take(replica.page(from: 103, [.annotation(theirs)]))
            #expect(try replica.queue().map(\.n) == [2])
            #expect(try replica.clone.status().waiting == 0)
            let item = try #require(try replica.clone.annotations().first { $0.annotation.id == theirs.id })
            #expect(item.comments.map(\.comment.text) == ["sure?"])
        }

        @Test("what was merged into an existing entity is found under its old id, and pending edits go there")
        func alias() throws {
            let replica = try Replica()
            let mine = try mark(replica)
            _ = try replica.clone.edit(mine.text, EntityEdit(state: .final))
            var twin = replica.world.theirs(70)
            twin.author = replica.world.bob
            let merged = MutationResult(
                n: 1, status: .applied, operations: [OperationResult(status: .duplicate, aliasOf: twin.id)])
            try replica.take(replica.page(from: 100, [.annotation(twin)]), results: [merged])
            let seen = try replica.clone.annotations()
            #expect(seen.map(\.annotation.id) == [twin.id])
            #expect(seen.map(\.annotation.state) == [.final])
            #expect(try replica.clone.comment(mine.text, text: "still here").comment.annotationID == twin.id)
        }

        @Test("a mutation that the server cannot even read is kept as refused, and a void takes its number")
        func void() throws {
            let replica = try Replica()
            _ = try mark(replica)
            let isVoid = try replica.store.write { db in
                try db.void(1, code: "malformed", message: "unreadable", at: replica.world.ids.now())
            }
            #expect(isVoid)
            #expect(try replica.queue() == [QueuedMutation(n: 1, bytes: Mutation.void(n: 1).encode())])
            #expect(try replica.clone.rejected().map(\.code) == ["malformed"])
            try replica.take(
                replica.page(from: 100), results: [MutationResult(n: 1, status: .rejected, code: .void)])
            #expect(try replica.clone.rejected().count == 1)
            #expect(try replica.queue().isEmpty)
        }

        @Test("a restored server is sent again what its history lacks, with the same numbers and bytes")
        func healing() throws {
            let replica = try Replica()
            _ = try mark(replica, 0)
            _ = try mark(replica, 7)
            _ = try mark(replica, 20)
            let sent = try replica.queue()
            try replica.take(
                replica.page(from: 100),
                results: [try replica.applied(1, version: 101), try replica.applied(2, version: 102)])
            try replica.take(replica.page(from: 100, to: 103))
            #expect(try replica.queue().map(\.n) == [3])
            let other = EntityID(high: 7, low: 2)
            try replica.store.write { try $0.restartSnapshot() }
            try replica.takeSnapshot(replica.world.rows, asOf: 101, epoch: other, lastMutation: 1)
            #expect(try replica.queue() == Array(sent.dropFirst()))
            // Sent again and answered again, nothing doubles.
            try replica.take(
                replica.page(from: 101),
                results: [try replica.applied(2, version: 102), try replica.applied(3, version: 103)], epoch: other)
            #expect(try replica.queue().isEmpty)
            #expect(try replica.clone.log().count == 3)
        }

        @Test(
            "an answer that was lost is asked for again with the same bytes, even after a fresh snapshot that knows it")
        func lostAnswer() throws {
            let replica = try Replica()
            _ = try mark(replica, 0)
            _ = try mark(replica, 7)
            let sent = try replica.queue()
            try replica.store.write { try $0.restartSnapshot() }
            try replica.takeSnapshot(replica.world.rows, asOf: 150, lastMutation: 1)
            #expect(try replica.queue() == sent)
            try replica.take(
                replica.page(from: 150, to: 152),
                results: [try replica.applied(1, version: 120), try replica.applied(2, version: 151)])
            #expect(try replica.queue().isEmpty)
            #expect(try replica.clone.status().pending == 0)
        }

        @Test("an answer to more than was made here tells of a copy; the fork takes what is unresolved along, from 1")
        func fork() throws {
            let replica = try Replica()
            _ = try mark(replica, 0)
            _ = try mark(replica, 7)
            _ = try mark(replica, 20)
            try replica.take(replica.page(from: 100), results: [try replica.applied(1, version: 101)])
            let unresolved = try replica.queue().map { try Mutation(reading: $0.bytes).operations }
            let taken = try replica.take(
                replica.page(from: 100), results: [MutationResult(n: 9, status: .applied, operations: [])])
            #expect(taken.isCopied)
            let fresh = EntityID(high: 8, low: 2)
            try replica.store.write { try $0.fork(to: fresh, ids: replica.world.ids) }
            let queue = try replica.queue()
            #expect(queue.map(\.n) == [1, 2])
            #expect(try queue.map { try Mutation(reading: $0.bytes).operations } == unresolved)
            let status = try replica.clone.status()
            #expect(status.clientID == fresh)
            #expect(status.forkedFrom == replica.world.client)
            #expect(status.needsSnapshot)
            #expect(try replica.clone.annotations().count == 3)
        }

        @Test("acknowledged mutations are kept for 30 days")
        func thirtyDays() throws {
            let replica = try Replica()
            _ = try mark(replica)
            try replica.take(replica.page(from: 100, to: 101), results: [try replica.applied(1, version: 101)])
            let now = replica.world.ids.now()
            try replica.store.write { try $0.forgetOldAcknowledged(now: now.adding(seconds: 29 * 86_400)) }
            #expect(try replica.clone.log().count == 1)
            try replica.store.write { try $0.forgetOldAcknowledged(now: now.adding(seconds: 31 * 86_400)) }
            #expect(try replica.clone.log().isEmpty)
        }

        @Test("a project that is not there any longer: its rows go, the outbox stays and can be exported")
        func quarantine() throws {
            let replica = try Replica()
            let id = try mark(replica)
            try replica.store.write { try $0.quarantine() }
            let status = try replica.clone.status()
            #expect(status.isQuarantined && status.pending == 1 && status.articles == 0)
            #expect(throws: ClientError.self) { try replica.clone.annotations() }
            let exported = try replica.clone.exportRejected()
            #expect(exported[0]?["mutation"]?["ops"]?[0]?["id"]?.stringValue == id.text)
            // Taken back in, it goes on.
            try replica.takeSnapshot(replica.world.rows)
            #expect(try replica.clone.annotations().map(\.annotation.id) == [id])
            #expect(try !replica.clone.status().isQuarantined)
        }
    }
}
