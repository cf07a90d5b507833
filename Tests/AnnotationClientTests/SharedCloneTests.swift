import AnnotationModel
import FailPoints
import Foundation
import SyncProtocol
import Testing

@testable import AnnotationClient

extension CloneTests {
    /// Several users of one clone at once, and what a kill leaves.
    @Suite struct SharedClones {
        private let draft = AnnotationDraft(label: "PER", place: .spans([0..<3]))

        @Test("handles that write at the same time give each mutation its own number, without a gap")
        func concurrentWriters() async throws {
            let replica = try Replica()
            let handles = try [replica.reopened(), replica.reopened(), replica.reopened(), replica.reopened()]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for handle in handles {
                    group.addTask {
                        for _ in 0..<15 { _ = try handle.annotate("harbour", draft) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try replica.queue().map(\.n) == Array(1...60))
            #expect(try replica.clone.annotations().count == 60)
            for handle in handles { try handle.close() }
        }

        @Test("a new file that several processes open at once is made once")
        func concurrentOpening() async throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "manicule-open-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            for round in 0..<20 {
                let path = folder.appendingPathComponent("clone-\(round).sqlite").path
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            let store = try CloneStore(path: path)
                            try store.write { try $0.setMeta(.device, "one") }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test("the bytes of a mutation are those of the moment it was made, whatever comes after")
        func bytes() throws {
            let replica = try Replica()
            let id = try replica.clone.annotate("harbour", draft).annotation.id.text
            let first = try replica.queue()
            _ = try replica.clone.edit(id, EntityEdit(label: "LOC"))
            try replica.take(replica.page(from: 100, [.annotation(replica.world.theirs())]))
            let again = try replica.reopened()
            #expect(try again.store.read { try $0.queue(limit: 1) } == first)
            try replica.take(replica.page(from: 101), results: [try replica.applied(1, version: 102)])
            // A history that does not know it any longer is sent the same again.
            try replica.store.write { try $0.setMeta(.serverLast, number: 0) }
            #expect(try replica.queue().first == first[0])
            try again.close()
        }

        @Test("a mutation is whole in the outbox as soon as it was written, whoever dies after that")
        func afterWrite() throws {
            let replica = try Replica()
            FailPoints.arm(.clientMutationAfterWrite, action: .error)
            defer { FailPoints.disarm(.clientMutationAfterWrite) }
            #expect(throws: FailPointError.self) { try replica.clone.annotate("harbour", draft) }
            let other = try replica.reopened()
            #expect(try other.annotations().count == 1)
            #expect(try other.status().pending == 1)
            try other.close()
        }

        @Test("one sync at a time: a second waits for the first, and says so when that takes too long")
        func lock() async throws {
            let replica = try Replica()
            let path = replica.clone.place.lockFile
            do {
                let held = try await SyncLock.take(path)
                let error = await #expect(throws: ClientError.self) {
                    _ = try await SyncLock.take(path, timeout: .milliseconds(10))
                }
                #expect(error?.code == "busy")
                // Reading and writing go on.
                _ = try replica.clone.annotate("harbour", draft)
                withExtendedLifetime(held) {}
            }
            _ = try await SyncLock.take(path, timeout: .zero)
        }

        @Test("the token is in a file for its owner alone, and nowhere else")
        func token() throws {
            let replica = try Replica()
            let place = replica.clone.place
            let mode = try FileManager.default.attributesOfItem(atPath: place.tokenFile)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            #expect(try TokenFile(path: place.tokenFile).read() == Replica.token)
            try TokenFile(path: place.tokenFile).write("  another\n")
            #expect(try TokenFile(path: place.tokenFile).read() == "another")
            let files = try FileManager.default.contentsOfDirectory(atPath: place.folder)
            #expect(files.contains("clone.sqlite"))
            for file in files {
                let url = URL(fileURLWithPath: place.folder).appendingPathComponent(file)
                let mode = try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? NSNumber
                #expect((mode?.intValue ?? 0) & 0o077 == 0, "\(file)")
                guard file.hasPrefix("clone.sqlite") else { continue }
                #expect(try Data(contentsOf: url).range(of: Data(Replica.token.utf8)) == nil, "\(file)")
            }
        }

        @Test("a clone is found from the directories below it, and nowhere else")
        func opening() throws {
            let replica = try Replica()
            let below = try replica.reopened()
            #expect(below.directory == replica.clone.directory)
            try below.close()
            let error = #expect(throws: ClientError.self) { try Clone.open(from: "/") }
            #expect(error?.code == "not_a_clone")
        }

        @Test("without a server a sync says so, and the outbox is as it was")
        func noServer() async throws {
            let replica = try Replica()
            _ = try replica.clone.annotate("harbour", draft)
            let clone = try Clone.open(from: replica.directory, ids: replica.world.ids, retry: RetryPolicy(pauses: []))
            let error = await #expect(throws: ClientError.self) { try await clone.sync() }
            #expect(error?.code == "no_server")
            #expect(error?.kind == .environment)
            #expect(try clone.status().pending == 1)
            try clone.close()
        }
    }
}
