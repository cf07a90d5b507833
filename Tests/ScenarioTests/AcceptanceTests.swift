import Foundation
import JSONText
import Postgres
import Testing

/// The main job, as a small team plays it, through the real programs and a private PostgreSQL.
@Suite(.serialized, .ownThread)
struct AcceptanceTests {
    @Test("bob's laptop, bob's phone and carol work offline, sync in any order, and one command settles their conflict")
    func ownLayers() async throws {
        let team = try Team()
        defer { team.end() }
        try prepare(team, project: "tour", layers: "own", visibility: "all")

        let laptop = try team.clone("tour", user: "bob", device: "laptop")
        let phone = try team.clone("tour", user: "bob", device: "phone")
        let carol = try team.clone("tour", user: "carol", device: "desk")
        let disputed = try laptop.annotate("harbour", "--label", "LOC", "--quote", "Valbruck", "--occurrence", "1")
        let doomed = try laptop.annotate("harbour", "--label", "MISC", "--quote", "lighthouse", "--occurrence", "1")
        for clone in [laptop, phone, carol] { try clone.sync() }

        // The server is away: everybody goes on.
        team.server.stop()
        try laptop.run(["sync"], codes: [3])

        try laptop.json("edit", disputed, "--label", "ORG")
        try phone.json("edit", disputed, "--label", "PER")
        try laptop.json("delete", doomed)
        let speaker = try laptop.annotate(
            "harbour", "--label", "PER", "--quote", "Ada Lindqvist", "--occurrence", "1", "--comment",
            "the harbour master 👩🏽‍✈️")
        let said = try laptop.annotate(
            "harbour", "--label", "QUOTE", "--quote", "“We will light it again”", "--attribute", "stance=pro",
            "--attribute", "certain=true")
        try laptop.json("relate", said, speaker, "--label", "said_by")
        // Nested in the speaker's name, and crossing its border.
        _ = try phone.annotate("harbour", "--label", "PER", "--quote", "Lindqvist", "--occurrence", "1")
        _ = try phone.annotate("harbour", "--label", "topic", "--document")
        // Discontinuous, over emoji and combining characters.
        let text = try carol.json("show", "emoji")["text"]?.stringValue ?? ""
        let family = try place("👨‍👩‍👧‍👦", in: text)
        let accent = try place("e\u{301}te\u{301}", in: text)
        let pieces = try carol.annotate(
            "emoji", "--label", "MISC", "--span", "\(family.lowerBound):\(family.upperBound)", "--span",
            "\(accent.lowerBound):\(accent.upperBound)")
        try carol.json("comment", pieces, "two pieces, one thought")
        // Carol may not touch bob's layer: refused before anything is written.
        try carol.run(["edit", disputed, "--label", "PER"], codes: [4])

        try team.server.restart()
        var order = [laptop, phone, carol]
        for _ in 0..<3 {
            order.shuffle()
            for clone in order { try clone.sync() }
        }

        // Both devices of bob, and carol who sees his layer, see the one open conflict.
        for clone in [laptop, phone, carol] {
            let open = try clone.json("conflicts").arrayValue?.filter { $0["state"]?.stringValue == "open" } ?? []
            #expect(open.count == 1, "\(clone.directory)")
            #expect(open.first?["field"]?.stringValue == "label")
            #expect(open.first?["entity_id"]?.stringValue == disputed)
        }
        let conflict = try laptop.json("conflicts").arrayValue?.first?["id"]?.stringValue ?? ""
        try laptop.json("resolve", conflict, "--mine")
        for clone in [laptop, phone, carol, laptop, phone, carol] { try clone.sync(codes: [0]) }
        for clone in [laptop, phone, carol] {
            let open = try clone.json("conflicts").arrayValue?.filter { $0["state"]?.stringValue == "open" } ?? []
            #expect(open.isEmpty)
        }
        let settled = try carol.json("annotations", "harbour").arrayValue?.first { $0["id"]?.stringValue == disputed }
        #expect(settled?["label"]?.stringValue == "ORG")

        try await expectConverged(team, project: "tour", clones: [laptop, phone, carol], atLeast: 7)
        try expectPortable(team, project: "tour", clone: carol)
        try expectSound(team)
    }

    @Test("in a shared layer bob and carol meet in one field; both values are kept until one of them chooses")
    func sharedLayer() async throws {
        let team = try Team()
        defer { team.end() }
        try prepare(team, project: "shared", layers: "shared", visibility: "all")
        let bob = try team.clone("shared", user: "bob", device: "laptop")
        let carol = try team.clone("shared", user: "carol", device: "desk")
        let common = try bob.annotate("harbour", "--label", "LOC", "--quote", "Valbruck", "--occurrence", "1")
        let removed = try bob.annotate("harbour", "--label", "MISC", "--quote", "lighthouse", "--occurrence", "1")
        try bob.sync()
        try carol.sync()
        team.server.stop()
        try bob.json("edit", common, "--label", "ORG")
        try carol.json("edit", common, "--label", "PER")
        try bob.json("delete", removed)
        try carol.json("edit", removed, "--label", "LOC")
        try team.server.restart()
        for clone in [bob, carol, bob, carol] { try clone.sync() }

        let seen = try bob.json("conflicts").arrayValue ?? []
        #expect(Set(seen.compactMap { $0["field"]?.stringValue }) == ["label", "deleted"])
        for conflict in seen {
            let id = conflict["id"]?.stringValue ?? ""
            try (conflict["field"]?.stringValue == "label" ? carol : bob).json("resolve", id, "--theirs")
        }
        for clone in [carol, bob, carol, bob] { try clone.sync() }
        let label = try carol.json("annotations", "harbour").arrayValue?.first { $0["id"]?.stringValue == common }
        #expect(label?["label"]?.stringValue == "ORG", "carol took bob's value")
        try await expectConverged(team, project: "shared", clones: [bob, carol], atLeast: 1)
        try expectSound(team)
    }

    // MARK: The stage

    /// The small team's stage, and the real article with its gold spans when it lies beside the repository.
    private func prepare(_ team: Team, project: String, layers: String, visibility: String) throws {
        try Stage.prepare(team, project: project, layers: layers, visibility: visibility)
        guard let gold = try RealArticle.canonicalLines(author: "bob") else {
            print("the real article is not beside the repository: only the samples are used")
            return
        }
        try gold.write(toFile: team.path("gold.jsonl"), atomically: true, encoding: .utf8)
        let report = try team.adminJSON("import", project, team.path("gold.jsonl"), "--create-labels")
        #expect(report["inserted"]?.intValue == 1)
        #expect(report["annotations"]?.intValue == RealArticle.goldCount)
    }

    /// Where a text stands, in code points.
    private func place(_ needle: String, in text: String) throws -> Range<Int> {
        let scalars = Array(text.unicodeScalars)
        let wanted = Array(needle.unicodeScalars)
        for start in 0...max(0, scalars.count - wanted.count)
        where scalars.count >= wanted.count && Array(scalars[start..<(start + wanted.count)]) == wanted {
            return start..<(start + wanted.count)
        }
        throw Team.Failed(description: "“\(needle)” is not in the text")
    }

    // MARK: The oracles

    /// Each replica equals what SQL says its user may see, and nothing waits.
    private func expectConverged(_ team: Team, project: String, clones: [Clone], atLeast: Int) async throws {
        let truth = try await Truth.connect(team.server.dataDirectory)
        let expected = try await truth.annotations(project)
        #expect(expected.count >= atLeast)
        for clone in clones {
            #expect(try annotationLines(try clone.json("annotations")) == expected, "\(clone.directory)")
            let status = try clone.json("status")
            #expect(status["pending"]?.intValue == 0)
        }
        await truth.client.close()
    }

    /// The export carries everything, and gives the same annotations under the same ids in an empty project.
    private func expectPortable(_ team: Team, project: String, clone: Clone) throws {
        try team.admin("export", project, "-o", team.path("out.jsonl"))
        let export = try String(contentsOfFile: team.path("out.jsonl"), encoding: .utf8)
        for annotation in try clone.json("annotations").arrayValue ?? [] {
            #expect(export.contains("\"id\":\"\(annotation["id"]?.stringValue ?? "?")\""))
        }
        try team.admin("project", "create", "copy")
        try team.admin("import", "copy", team.path("out.jsonl"), "--add-members")
        try team.admin("export", "copy", "-o", team.path("again.jsonl"))
        let again = try String(contentsOfFile: team.path("again.jsonl"), encoding: .utf8)
        #expect(again.utf8.elementsEqual(export.utf8))
    }

    /// The server's own checks of its invariants.
    private func expectSound(_ team: Team) throws {
        try team.admin("verify")
        try team.admin("replay", "--check")
    }
}
