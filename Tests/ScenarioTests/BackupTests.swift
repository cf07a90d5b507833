import FailPoints
import Foundation
import JSONText
import Postgres
import Testing

/// What an administrator does with the whole database, and what a kill in the middle of it leaves.
@Suite(.serialized, .ownThread)
struct BackupTests {
    @Test("a backup of yesterday that is brought back heals itself from its clients")
    func healing() async throws {
        let team = try Stage.smallTeam("heal")
        defer { team.end() }
        let bob = try team.clone("heal", user: "bob", device: "laptop")
        let carol = try team.clone("heal", user: "carol", device: "desk")
        let kept = try bob.annotate("harbour", "--label", "LOC", "--quote", "Valbruck", "--occurrence", "1")
        try bob.sync(codes: [0])
        try team.admin("backup", team.path("backup"))
        // All of this the backup lacks.
        try bob.json("edit", kept, "--label", "ORG")
        _ = try bob.annotate("harbour", "--label", "MISC", "--quote", "lighthouse", "--occurrence", "1")
        _ = try carol.annotate("emoji", "--label", "MISC", "--span", "0:8")
        for clone in [bob, carol, bob] { try clone.sync(codes: [0]) }

        try team.admin("restore", team.path("backup"), "--replace", codes: [4])
        team.server.stop()
        try team.admin("restore", team.path("backup"), codes: [4])
        try team.admin("restore", team.path("backup"), "--replace")
        try team.server.restart()
        for clone in [bob, carol, bob, carol] { try clone.sync(codes: [0]) }

        let truth = try await Truth.connect(team.server.dataDirectory)
        let expected = try await truth.annotations("heal")
        await truth.client.close()
        #expect(expected.count == 3)
        for clone in [bob, carol] {
            let lines = try annotationLines(try clone.json("annotations"))
            #expect(lines == expected)
        }
        let label = try carol.json("annotations", "harbour").arrayValue?.first { $0["id"]?.stringValue == kept }?[
            "label"]
        #expect(label?.stringValue == "ORG")
        try team.admin("verify")
        try team.admin("replay", "--check")
    }

    @Test("an export, a backup and a start that are killed leave nothing half-made, and run again")
    func killed() async throws {
        let team = try Stage.smallTeam("crash")
        defer { team.end() }
        for (point, command, target) in [
            (FailPoint.exportAfterSpool, ["export", "crash", "-o", team.path("out.jsonl")], team.path("out.jsonl")),
            (.backupAfterBase, ["backup", team.path("backup")], team.path("backup")),
        ] {
            let arguments = command + ["--data-dir", team.server.dataDirectory]
            let killed = try Program.manicule.run(
                arguments, in: team.folder.path, environment: ["MANICULE_FAILPOINT": point.name + ":1"])
            #expect(killed.wasKilled, "\(point.name): \(killed.standardError)")
            #expect(!FileManager.default.fileExists(atPath: target), "\(point.name)")
            let again = try Program.manicule.run(arguments, in: team.folder.path)
            try team.check(again, [0], command)
            #expect(FileManager.default.fileExists(atPath: target), "\(point.name)")
        }
        team.server.stop()
        let start = FailPoint.serveAfterStart.name + ":1"
        #expect(throws: ServerProcess.Failure.self) {
            try team.server.restart(environment: ["MANICULE_FAILPOINT": start])
        }
        // The PostgreSQL that the killed server left is adopted.
        try team.server.restart()
        let clone = try team.clone("crash", user: "bob", device: "laptop")
        _ = try clone.annotate("harbour", "--label", "LOC", "--quote", "Valbruck", "--occurrence", "1")
        try clone.sync(codes: [0])
        try team.admin("verify")
    }
}
