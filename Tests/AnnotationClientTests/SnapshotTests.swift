import AnnotationModel
import Digest
import FailPoints
import JSONText
import SyncProtocol
import Testing

@testable import AnnotationClient

extension CloneTests {
    /// A replica's rows taken anew.
    @Suite struct Snapshots {
        private func header(_ replica: Replica) -> SnapshotHeader {
            SnapshotHeader(
                protocolVersion: 1, epoch: replica.world.epoch, asOf: 200, at: Tag(bits: 200), lastMutation: 0)
        }

        @Test("nothing of a snapshot is shown before it is complete and the log since has come")
        func swap() throws {
            let replica = try Replica()
            try replica.take(replica.page(from: 100, [.annotation(replica.world.theirs(50))]))
            let fresh =
                replica.world.rows + [.annotation(replica.world.theirs(51)), .annotation(replica.world.theirs(52))]
            try replica.store.write { db in
                try db.beginSnapshot(header(replica))
                try db.stageSnapshot(fresh.map(replica.world.wire), resume: "next")
            }
            let shown = { (replica: Replica) in try replica.clone.annotations().map(\.annotation.id.low) }
            #expect(try shown(replica) == [50])
            try replica.store.write { try $0.finishSnapshot() }
            #expect(try shown(replica) == [50])
            let deletion: [(EntityKind, EntityID)] = [(.annotation, replica.world.theirs(52).id)]
            try replica.take(replica.page(from: 200, head: 202, [.annotation(replica.world.theirs(53))]))
            #expect(try shown(replica) == [50])

            FailPoints.arm(.clientSnapshotBeforeSwap, action: .error)
            defer { FailPoints.disarm(.clientSnapshotBeforeSwap) }
            #expect(throws: FailPointError.self) { try replica.take(replica.page(from: 201, deleted: deletion)) }
            #expect(try shown(replica) == [50])
            #expect(try replica.cursor() == 201)
            try replica.take(replica.page(from: 201, deleted: deletion))
            #expect(try shown(replica) == [51, 53])
            #expect(try replica.clone.article("harbour").text == replica.world.text)
            #expect(try !replica.clone.status().needsSnapshot)
        }

        @Test("pending work outlives a fresh snapshot")
        func pending() throws {
            let replica = try Replica()
            let mine = try replica.clone.annotate("harbour", AnnotationDraft(label: "PER", place: .spans([0..<3])))
            let bytes = try replica.queue()
            try replica.store.write { try $0.restartSnapshot() }
            try replica.takeSnapshot(replica.world.rows, asOf: 300)
            #expect(try replica.clone.annotations().map(\.annotation.id) == [mine.annotation.id])
            #expect(try replica.queue() == bytes)
        }

        @Test("a place to resume from is kept with the rows up to it, and forgotten with them")
        func resume() throws {
            let replica = try Replica(isComplete: false)
            try replica.store.write { db in
                try db.beginSnapshot(header(replica))
                try db.stageSnapshot(replica.world.rows.map(replica.world.wire), resume: "page 2")
            }
            let again = try replica.reopened()
            #expect(try again.store.read { try $0.meta(.resume) } == "page 2")
            #expect(try again.store.read { try $0.snapshotHeader } == header(replica))
            #expect(try again.store.read { try $0.stagedCount() } == replica.world.rows.count)
            try again.store.write { try $0.restartSnapshot() }
            #expect(try again.store.read { try $0.stagedCount() } == 0)
            #expect(try again.store.read { try $0.meta(.resume) } == nil)
        }

        @Test("a row of a snapshot is applied only over an older version")
        func versions() throws {
            let replica = try Replica()
            var newer = replica.world.theirs(50, label: "LOC")
            newer.version = 150
            var older = replica.world.theirs(50)
            older.version = 140
            try replica.takeSnapshot(
                replica.world.rows + [.annotation(newer), .annotation(older)], asOf: 145)
            #expect(try replica.clone.annotations().map(\.annotation.label) == ["LOC"])
        }

        @Test("a text that is not what its SHA-256 says is not taken: it is fetched by that")
        func damagedText() throws {
            let replica = try Replica(isComplete: false)
            var lines = replica.world.rows.map(replica.world.wire)
            let place = try #require(lines.firstIndex { $0.kind == .articleVersion })
            lines[place].wire["text"] = "another text"
            try replica.store.write { db in
                try db.beginSnapshot(header(replica))
                try db.stageSnapshot(lines, resume: nil)
                try db.finishSnapshot()
            }
            try replica.take(replica.page(from: 200))
            let missing = replica.world.article.articleVersion.hex
            #expect(try replica.store.read { try $0.missingTexts() } == [missing])
            let error = #expect(throws: ClientError.self) { try replica.clone.article("harbour") }
            #expect(error?.code == "no_text")
            #expect(try replica.store.write { try $0.keepText("still another", sha256: missing) } == false)
            #expect(try replica.store.write { try $0.keepText(replica.world.text, sha256: missing) })
            #expect(try replica.clone.article("harbour").text == replica.world.text)
        }
    }
}
