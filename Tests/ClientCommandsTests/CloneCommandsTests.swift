import AnnotationModel
import CommandSupport
import JSONText
import SyncProtocol
import Testing

@Suite("The commands in a clone, without a server")
struct CloneCommandsTests {
    private func id(_ value: JSONValue) throws -> String { try #require(value["id"]?.stringValue) }

    private func keys(_ value: JSONValue?) -> Set<String> { Set(value?.objectValue?.keys ?? []) }

    @Test("articles are listed by external id, with the keys of the interface")
    func articles() async throws {
        try await TestClone.with { clone in
            let list = try await clone.json("articles")
            #expect(list.arrayValue?.compactMap { $0["external_id"]?.stringValue } == ["harbour", "harvest"])
            #expect(
                keys(list[0])
                    == ["id", "external_id", "metadata", "version", "article_version", "length"])
            let table = await clone.run("articles")
            #expect(table.output.split(separator: "\n").count == 3 && table.output.contains("EXTERNAL ID"))
        }
    }

    @Test("what is annotated is seen at once, waits to be sent, and stands in the log")
    func annotate() async throws {
        try await TestClone.with { clone in
            let made = try await clone.json(
                "annotate", "harb", "--label", "PER", "--quote", "Ada Lindqvist", "--comment", "the master 👩🏽‍✈️")
            #expect(
                keys(made).isSuperset(of: [
                    "id", "article_id", "author", "layer", "label", "attributes", "anchor", "state", "version",
                    "comments",
                ]))
            #expect(made["author"]?.stringValue == "bob" && made["layer"]?.stringValue == "own")
            #expect(made["comments"]?[0]?["author"]?.stringValue == "bob")
            #expect(made["anchor"]?["spans"]?[0]?["quote"]?.stringValue == "Ada Lindqvist")
            let list = try await clone.json("annotations", "harbour")
            #expect(list == .array([made]))
            #expect(try await clone.json("annotations") == list)
            #expect(try await clone.json("annotations", "harvest") == [])
            let shown = try await clone.json("show", "harbour")
            #expect(shown["annotations"] == list && shown["relations"] == [])
            #expect(ExactString(shown["text"]?.stringValue ?? "") == ExactString(TestClone.texts["harbour"] ?? ""))
            let text = await clone.run("show", "harbour")
            #expect(text.output.contains("said ‹Ada Lindqvist›{1 PER}, who"))
            #expect(text.output.contains("bob: the master 👩🏽‍✈️") && text.output.contains("not sent yet"))
            let status = try await clone.json("status")
            #expect(status["pending"]?.intValue == 1)
            let log = try await clone.json("log")
            #expect(log.arrayValue?.count == 1 && log[0]?["n"]?.intValue == 1)
        }
    }

    @Test("a place can be said by spans, by an occurrence, or as the whole article")
    func places() async throws {
        try await TestClone.with { clone in
            let pieces = try await clone.json(
                "annotate", "harbour", "--label", "LOC", "--span", "18:26", "--span", "4:14")
            #expect(pieces["anchor"]?["spans"]?.arrayValue?.compactMap { $0["start"]?.intValue } == [4, 18])
            let second = try await clone.json(
                "annotate", "harbour", "--label", "LOC", "--quote", "Valbruck", "--occurrence", "2")
            #expect((second["anchor"]?["spans"]?[0]?["start"]?.intValue ?? 0) > 26)
            let whole = try await clone.json("annotate", "harbour", "--label", "topic", "--document")
            #expect(whole["anchor"]?["spans"] == [])
            let gap = try await clone.json("annotate", "harbour", "--label", "GAP", "--span", "3:3")
            #expect(gap["anchor"]?["spans"]?[0]?["quote"]?.stringValue == "")
            let text = await clone.run("show", "harbour").output
            #expect(text.contains("The‹›{") && text.contains("LOC 1/2}"))

            let listed = await clone.failure(.usage, "annotate", "harbour", "--label", "LOC", "--quote", "Valbruck")
            #expect(listed.contains("2 times in harbour") && listed.contains("1 at 18:26"))
            for arguments in [["--span", "1:9999"], ["--span", "1:5", "--span", "3:7"], ["--quote", "nowhere"]] {
                let result = await ClientCommandsTests.run(
                    ["annotate", "harbour", "--label", "LOC"] + arguments + ["-C", clone.directory])
                #expect(result.code == .usage && result.error.filter(\.isNewline).count == 1, "\(arguments)")
            }
            #expect(try await clone.json("status")["pending"]?.intValue == 4)
        }
    }

    @Test("attributes are typed by the label")
    func attributes() async throws {
        try await TestClone.with { clone in
            let quote = [
                "annotate", "harbour", "--label", "QUOTE", "--quote", "“We will light it again”", "-C", clone.directory,
            ]
            let made = try await clone.json(
                "annotate", "harbour", "--label", "QUOTE", "--quote", "“We will light it again”", "--attribute",
                "stance=pro", "--attribute", "certain=true", "--attribute", "weight=1.50")
            #expect(made["attributes"] == ["stance": "pro", "certain": true, "weight": 1.5])
            for attribute in ["stance=maybe", "certain=yes", "weight=heavy", "weight=nan", "colour=red"] {
                let result = await ClientCommandsTests.run(quote + ["--attribute", attribute])
                #expect(result.code == .usage && result.error.filter(\.isNewline).count == 1, "\(attribute)")
            }
            let edited = try await clone.json(
                "edit", try id(made), "--attribute", "stance=", "--attribute", "certain=false")
            #expect(edited["attributes"] == ["certain": false, "weight": 1.5])
            _ = await clone.failure(.usage, "edit", try id(made), "--label", "PER")
        }
    }

    @Test("edit, comment, relate and delete take the beginning of an id, and print what they did")
    func editing() async throws {
        try await TestClone.with { clone in
            let person = try id(await clone.json("annotate", "harbour", "--label", "LOC", "--quote", "Ada Lindqvist"))
            let quote = try id(await clone.json("annotate", "harbour", "--label", "QUOTE", "--quote", "light it"))
            let edited = try await clone.json("edit", person, "--label", "PER", "--state", "final")
            #expect(edited["label"]?.stringValue == "PER" && edited["state"]?.stringValue == "final")
            let moved = await clone.run("edit", person, "--span", "88:91")
            #expect(
                moved.code == .fine && moved.output.hasPrefix(person) && moved.output.filter(\.isNewline).count == 1)
            _ = await clone.failure(.usage, "edit", person, "--state", "final")

            let remark = try await clone.json("comment", String(person.uppercased()), "two\nlines")
            #expect(remark["annotation_id"]?.stringValue == person)
            let rewritten = try await clone.json("edit", try id(remark), "--text", "better")
            #expect(rewritten["text"]?.stringValue == "better")

            let relation = try await clone.json("relate", quote, person, "--label", "said_by")
            #expect(relation["from"]?.stringValue == quote && relation["to"]?.stringValue == person)
            #expect(relation["author"]?.stringValue == "bob")
            _ = await clone.failure(.usage, "relate", person, quote, "--label", "said_by")
            let shown = await clone.run("show", "harbour")
            #expect(shown.output.contains("} said_by · bob"))

            #expect(try await id(clone.json("delete", try id(relation))) == id(relation))
            #expect(try await id(clone.json("delete", try id(remark))) == id(remark))
            let gone = await clone.run("delete", person)
            #expect(gone.code == .fine && gone.output.hasPrefix(person))
            #expect(try await clone.json("annotations").arrayValue?.compactMap { $0["id"]?.stringValue } == [quote])
            _ = await clone.failure(.usage, "delete", person)
        }
    }

    @Test("a beginning that fits several is refused; so is what fits none")
    func prefixes() async throws {
        try await TestClone.with { clone in
            #expect(await clone.failure(.usage, "show", "har").contains("harvest"))
            _ = await clone.failure(.usage, "show", "port")
            try clone.putAnnotation(20, "PER", 0..<3, author: TestClone.bob)
            try clone.putAnnotation(21, "PER", 4..<14, author: TestClone.bob)
            let common = String(TestClone.id(20).text.prefix(8))
            #expect(await clone.failure(.usage, "edit", common, "--label", "LOC").contains(TestClone.id(21).text))
            let longer = String(TestClone.id(21).text.prefix(14))
            #expect(try await id(clone.json("edit", longer, "--label", "LOC")) == TestClone.id(21).text)
            let subfolder = await ClientCommandsTests.run(["articles", "-C", clone.directory + "/.manicule"])
            #expect(subfolder.code == .fine)
        }
    }

    @Test("nobody edits another's own layer: refused with 4 before anything is written; commenting it is fine")
    func rights() async throws {
        try await TestClone.with { clone in
            try clone.putAnnotation(20, "PER", 0..<3)
            let carols = TestClone.id(20).text
            _ = await clone.failure(.refused, "edit", carols, "--label", "LOC")
            _ = await clone.failure(.refused, "delete", carols)
            #expect(try await clone.json("status")["pending"]?.intValue == 0)
            _ = try await clone.json("comment", carols, "really?")
            #expect(try await clone.json("annotations")[0]?["comments"]?[0]?["author"]?.stringValue == "bob")
        }
        try await TestClone.with(role: .viewer) { clone in
            _ = await clone.failure(.refused, "annotate", "harbour", "--label", "PER", "--span", "0:3")
        }
    }

    @Test("a conflict is listed with both values and settled by --mine, --theirs, or a third value")
    func conflicts() async throws {
        let at = Timestamp(microseconds: 1_700_000_000_000_000)
        let mine = ConflictSide(value: "LOC", by: TestClone.bob, client: TestClone.client, at: at)
        let phone = ConflictSide(value: "PER", by: TestClone.bob, client: TestClone.id(6), at: at)
        for (choice, label) in [(["--mine"], "LOC"), (["--theirs"], "PER"), (["--value", "GAP"], "GAP")] {
            try await TestClone.with { clone in
                let row = try clone.putAnnotation(20, "LOC", 18..<26, author: TestClone.bob)
                try clone.putConflict(30, of: row, kept: mine, other: phone)
                let list = try await clone.json("conflicts")
                #expect(
                    keys(list[0]).isSuperset(of: [
                        "id", "entity", "entity_id", "field", "kept", "other", "state",
                    ]))
                #expect(list[0]?["kept"]?["by"]?.stringValue == "bob")
                let table = await clone.run("conflicts")
                #expect(table.output.contains("LOC (bob)*") && table.output.contains("PER (bob)"))
                #expect(try await clone.json("status")["conflicts"]?.intValue == 1)

                let settled = await ClientCommandsTests.run(
                    ["resolve", TestClone.id(30).text, "-C", clone.directory] + choice)
                #expect(settled.code == .fine && settled.output.filter(\.isNewline).count == 1, "\(settled.error)")
                #expect(try await clone.json("conflicts") == [])
                #expect(try await clone.json("conflicts", "--all")[0]?["state"]?.stringValue == "resolved")
                #expect(try await clone.json("annotations")[0]?["label"]?.stringValue == label)
            }
        }
    }

    @Test("where neither value is this user's, --mine is an error that names --kept and --other")
    func notMine() async throws {
        let at = Timestamp(microseconds: 1_700_000_000_000_000)
        try await TestClone.with(role: .reviewer) { clone in
            let row = try clone.putAnnotation(20, "LOC", 18..<26, author: TestClone.carol)
            try clone.putConflict(
                30, of: row, kept: ConflictSide(value: "LOC", by: TestClone.carol, client: TestClone.id(6), at: at),
                other: ConflictSide(value: "PER", by: TestClone.carol, client: TestClone.id(7), at: at))
            let line = await clone.failure(.usage, "resolve", TestClone.id(30).text, "--mine")
            #expect(line.contains("--kept") && line.contains("--other"))
        }
    }

    @Test("what the server refused is listed, printed whole, sent again under a new number, or let go")
    func rejected() async throws {
        try await TestClone.with { clone in
            let row = try clone.putAnnotation(20, "PER", 18..<26, author: TestClone.bob)
            let edit = FieldEdit(field: "label", was: SeenValue("PER"), value: "LOC")
            let operation = Operation.update(.annotation, id: row.id, edits: [edit], revive: false)
            try clone.putRejected(1, code: "not_allowed", message: "you are a viewer", operation)
            try clone.putRejected(2, code: "label_retired", message: "LOC is retired", operation)
            let list = try await clone.json("rejected")
            #expect(list.arrayValue?.compactMap { $0["code"]?.stringValue } == ["not_allowed", "label_retired"])
            let table = await clone.run("rejected")
            #expect(table.output.contains("you are a viewer"))
            let exported = try await clone.json("rejected", "export", "1")
            #expect(exported["mutation"]?["ops"]?[0]?["set"]?["label"]?.stringValue == "LOC")
            let all = await clone.run("rejected", "export")
            #expect(all.code == .fine && all.output.hasPrefix("[{"))

            let discarded = await clone.run("rejected", "discard", "2")
            #expect(discarded.code == .fine && discarded.output.contains("2 (label_retired)"))
            #expect(try await clone.json("status")["pending"]?.intValue == 0)
            _ = try await clone.json("rejected", "retry", "1")
            #expect(try await clone.json("status")["pending"]?.intValue == 1)
            #expect(try await clone.json("log")[0]?["n"]?.intValue == 3)
            #expect(try await clone.json("rejected") == [])
            #expect(try await clone.json("rejected", "--all").arrayValue?.count == 2)
            _ = await clone.failure(.usage, "rejected", "retry", "1")
            _ = await clone.failure(.usage, "rejected", "discard", "7")
        }
    }

    @Test("status tells what a script asks for, and a person in lines")
    func status() async throws {
        try await TestClone.with { clone in
            let status = try await clone.json("status")
            #expect(
                keys(status).isSuperset(of: [
                    "project", "user", "server", "client_id", "cursor", "epoch", "pending", "rejected", "conflicts",
                    "last_sync",
                ]))
            #expect(status["project"]?.stringValue == "tour" && status["user"]?.stringValue == "bob")
            #expect(status["cursor"]?.intValue == 12 && status["last_sync"]?.isNull == true)
            let lines = await clone.run("status").output
            #expect(lines.contains("project    tour\n") && lines.contains("user       bob (annotator)\n"))
        }
    }

    @Test("without a server sync ends with 3 in one line, and what waits goes on waiting")
    func noServer() async throws {
        try await TestClone.with { clone in
            _ = try await clone.json("annotate", "harbour", "--label", "PER", "--quote", "Ada Lindqvist")
            let line = await clone.failure(.environment, "sync")
            #expect(line.contains("127.0.0.1:1"))
            #expect(try await clone.json("status")["pending"]?.intValue == 1)
        }
    }
}
