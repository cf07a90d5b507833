import FailPoints
import Foundation
import JSONText
import Postgres
import Testing

/// Killed at any registered point and started again: nothing is lost, and nothing happened twice.
@Suite(.serialized, .ownThread)
struct CrashTests {
    @Test("a client killed at each of its fail points goes on as if it had not been")
    func clientSweep() async throws {
        let team = try Stage.smallTeam("crash")
        defer { team.end() }
        let witness = try team.clone("crash", user: "carol", device: "desk")
        let clone = try team.clone("crash", user: "bob", device: "laptop")
        var made = 0

        // A mutation is in the outbox, or it is not: never half, and its effect is seen at once.
        let killed = try clone.runUntilKilled(
            ["annotate", "harbour", "--label", "LOC", "--quote", "Valbruck", "--occurrence", "1"],
            at: FailPoint.clientMutationAfterWrite.name + ":1")
        #expect(killed.standardOutput.isEmpty)
        made = try clone.json("annotations").arrayValue?.count ?? 0
        #expect(made <= 1)

        for point in [
            FailPoint.clientSyncBeforeSend, .clientSyncAfterReply, .clientSyncMidPage,
        ] {
            _ = try clone.annotate("harbour", "--label", "MISC", "--span", "\(made):\(made + 3)")
            made += 1
            // Something of somebody else's, so that a page has rows to apply.
            _ = try witness.annotate("harbour", "--label", "MISC", "--span", "\(made + 20):\(made + 23)")
            try witness.sync()
            _ = try clone.runUntilKilled(["sync"], at: point.name + ":1")
            try clone.sync(codes: [0])
            let status = try clone.json("status")
            #expect(status["pending"]?.intValue == 0, "\(point.name)")
        }
        try witness.sync()
        let truth = try await Truth.connect(team.server.dataDirectory)
        let expected = try await truth.annotations("crash")
        #expect(expected.count == made + 3)
        for replica in [clone, witness] { #expect(try annotationLines(try replica.json("annotations")) == expected) }
        try await expectExactlyOnce(truth)
        await truth.client.close()
    }

    @Test("a clone killed while it takes its snapshot is taken up again")
    func cloneSweep() async throws {
        let team = try Stage.smallTeam("crash")
        defer { team.end() }
        let token = try team.adminJSON("token", "create", "bob", "--name", "cut")["token"]?.stringValue ?? ""
        for point in [FailPoint.clientSnapshotAfterPage, .clientSnapshotBeforeSwap] {
            let directory = team.path("cut-\(point.name)")
            let arguments = ["clone", team.server.address, "crash", directory, "--token-stdin"]
            let killed = try Program.client.run(
                arguments, in: team.folder.path, environment: ["MANICULE_FAILPOINT": point.name + ":1"],
                input: token + "\n")
            #expect(killed.wasKilled, "\(point.name): \(killed.standardError)")
            let again = try Program.client.run(arguments, in: team.folder.path, input: token + "\n")
            try team.check(again, [0], arguments)
            let clone = Clone(team: team, directory: directory, user: "bob")
            #expect(try clone.json("articles").arrayValue?.count == 2)
        }
    }

    @Test("a server killed before the flush, or between the commit and the reply, applies each mutation exactly once")
    func serverSweep() async throws {
        let team = try Stage.smallTeam("crash")
        defer { team.end() }
        let clone = try team.clone("crash", user: "bob", device: "laptop")
        var made = 0
        for point in [FailPoint.pushBeforeFlush, .pushAfterCommitBeforeReply] {
            team.server.stop()
            try team.server.restart(environment: ["MANICULE_FAILPOINT": point.name + ":1"])
            _ = try clone.annotate("harbour", "--label", "MISC", "--span", "\(made):\(made + 4)")
            made += 1
            try clone.run(["sync"], codes: [3])
            team.server.waitUntilGone()
            try team.server.restart()
            try clone.sync(codes: [0])
            let truth = try await Truth.connect(team.server.dataDirectory)
            #expect(try await truth.annotations("crash").count == made, "\(point.name)")
            try await expectExactlyOnce(truth)
            await truth.client.close()
        }
        try team.admin("verify")
        try team.admin("replay", "--check")
    }

    @Test("PostgreSQL killed under a running server comes back by itself, and so does a server killed above it")
    func postgresKilled() async throws {
        let team = try Stage.smallTeam("crash")
        defer { team.end() }
        let clone = try team.clone("crash", user: "bob", device: "laptop")
        _ = try clone.annotate("harbour", "--label", "LOC", "--quote", "Valbruck", "--occurrence", "1")
        try clone.sync(codes: [0])
        try team.server.killPostgres()
        _ = try clone.annotate("harbour", "--label", "MISC", "--quote", "lighthouse", "--occurrence", "1")
        try syncUntilThrough(clone)
        team.server.killHard()
        try team.server.restart()
        _ = try clone.annotate("harbour", "--label", "MISC", "--quote", "cottage")
        try clone.sync(codes: [0])
        let truth = try await Truth.connect(team.server.dataDirectory)
        #expect(try await truth.annotations("crash").count == 3)
        try await expectExactlyOnce(truth)
        await truth.client.close()
        try team.admin("verify")
    }

    @Test("an import killed after a batch, and run again, ends as if it had not been interrupted")
    func importKilled() async throws {
        let team = try Stage.smallTeam("crash")
        defer { team.end() }
        let lines = (0..<130).map { index in
            #"{"external_id":"row-\#(index)","metadata":{},"text":"Article number \#(index)."}"#
        }
        try (lines.joined(separator: "\n") + "\n").write(
            toFile: team.path("rows.jsonl"), atomically: true, encoding: .utf8)
        for point in [FailPoint.importAfterBatch.name + ":2", FailPoint.importBeforeFinish.name + ":1"] {
            let killed = try Program.manicule.run(
                ["import", "crash", team.path("rows.jsonl"), "--data-dir", team.server.dataDirectory],
                in: team.folder.path, environment: ["MANICULE_FAILPOINT": point])
            #expect(killed.wasKilled, "\(point): \(killed.standardError)")
        }
        let report = try team.adminJSON("import", "crash", team.path("rows.jsonl"))
        #expect(report["articles_read"]?.intValue == 130)
        #expect(report["unchanged"]?.intValue == 130)
        #expect(try team.adminJSON("article", "list", "crash").arrayValue?.count == 132)
        try team.admin("verify")
        try team.admin("replay", "--check")
    }

    /// Each mutation stands in the results once, and its entries in the log carry its number once an entity.
    private func expectExactlyOnce(_ truth: Truth) async throws {
        let doubled = try await truth.count(
            """
            SELECT count(*) FROM (SELECT 1 FROM changes WHERE origin_n IS NOT NULL
              GROUP BY project_id, origin_client, origin_n, entity, entity_id HAVING count(*) > 1) AS twice
            """)
        #expect(doubled == 0)
        let gaps = try await truth.count(
            """
            SELECT count(*) FROM (SELECT count(*) AS n, max(seq) AS last, min(seq) AS first FROM changes GROUP BY project_id) AS p
            WHERE last - first + 1 <> n
            """)
        #expect(gaps == 0)
    }

    /// Syncs again as long as there is no server; the client itself waits between its tries.
    private func syncUntilThrough(_ clone: Clone) throws {
        for _ in 0..<60 {
            if try clone.run(["sync"], codes: [0, 3]).exitCode == 0 { return }
        }
        Issue.record("the server did not come back")
    }
}
