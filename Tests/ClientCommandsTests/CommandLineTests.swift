import ArgumentParser
import ClientCommands
import CommandSupport
import Testing

/// Runs a command line as the program would.
func run(_ arguments: [String], color: Bool = false, width: Int? = nil) async -> CapturedOutput {
    await Console.capture(usesColor: color, width: width) { await ClientCommand.execute(arguments) }
}

@Suite("The command line")
struct CommandLineTests {
    @Test(
        "every documented command line is understood, with the common options before or after the command",
        arguments: [
            ("CloneCommand", "clone http://127.0.0.1:8080 karabagh DIR --token-stdin"),
            ("ArticlesCommand", "articles"),
            ("ShowCommand", "show 2020-11"),
            ("AnnotationsCommand", "annotations"),
            ("AnnotationsCommand", "annotations 2020-11"),
            ("AnnotateCommand", "annotate 2020-11 --label PER --quote Poutine"),
            ("AnnotateCommand", "annotate 2020-11 --label PER --quote -x --occurrence 2"),
            ("AnnotateCommand", "annotate 2020-11 --label PER --span 332:348 --span 350:351 --comment -x"),
            ("AnnotateCommand", "annotate 2020-11 --label topic --document --attribute a=b --attribute c=d=e"),
            ("EditCommand", "edit 0199 --label ORG"),
            ("EditCommand", "edit 0199 --attribute certain= --span 332:348"),
            ("EditCommand", "edit 0199 --state final"),
            ("EditCommand", "edit 0199 --text -"),
            ("CommentCommand", "comment 0199 text"),
            ("CommentCommand", "comment 0199 -- -text"),
            ("RelateCommand", "relate 0199 019a --label said_by --attribute certain=true"),
            ("DeleteCommand", "delete 0199"),
            ("StatusCommand", "status"),
            ("SyncCommand", "sync"),
            ("LogCommand", "log"),
            ("LogCommand", "log --limit 3"),
            ("ConflictsCommand", "conflicts"),
            ("ConflictsCommand", "conflicts --all"),
            ("ResolveCommand", "resolve 0199 --mine"),
            ("ResolveCommand", "resolve 0199 --theirs"),
            ("ResolveCommand", "resolve 0199 --kept"),
            ("ResolveCommand", "resolve 0199 --other"),
            ("ResolveCommand", "resolve 0199 --value -3"),
            ("RejectedCommand", "rejected"),
            ("RejectedCommand", "rejected retry 3"),
            ("RejectedCommand", "rejected export"),
            ("RejectedCommand", "rejected export 3"),
            ("RejectedCommand", "rejected discard 3"),
        ])
    func documented(command: String, line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        let common = ["-C", "dir", "--json", "--verbose"]
        for arguments in [words, common + words, [words[0]] + common + words.dropFirst()] {
            let moved = LeadingOptions.moved(behindCommandOf: arguments)
            let parsed = try ClientCommand.parseAsRoot(moved)
            #expect(String(describing: type(of: parsed)) == command, "\(arguments)")
        }
    }

    @Test("only what stands before the command is moved behind it")
    func leading() {
        func moved(_ line: String) -> String {
            LeadingOptions.moved(behindCommandOf: line.split(separator: " ").map(String.init)).joined(separator: " ")
        }
        #expect(moved("-C dir show a") == "show -C dir a")
        #expect(moved("-Cdir --json comment a -- -C") == "comment -Cdir --json a -- -C")
        #expect(moved("comment a -- -C dir") == "comment a -- -C dir")
        #expect(moved("-C") == "-C")
        #expect(moved("-C dir") == "-C dir")
        #expect(moved("--json --help") == "--json --help")
    }

    @Test(
        "wrong usage ends with 2, one line on standard error and nothing on standard output",
        arguments: [
            "nonsense", "articles extra", "show", "annotate a", "annotate a --label PER",
            "annotate a --label PER --quote b --document", "annotate a --label PER --document --occurrence 1",
            "annotate a --label PER --quote b --occurrence 0", "annotate a --label PER --quote b --occurrence x",
            "annotate a --label PER --span 3", "annotate a --label PER --span 4:3",
            "annotate a --label PER --span -1:3",
            "annotate a --label PER --span 1:2:3", "annotate a --label PER --span 99999999999999999999:1",
            "annotate a --document", "annotate a --label PER --document --attribute x",
            "annotate a --label PER --document --attribute X=1", "annotate a --label PER --document --attribute =1",
            "annotate a --label PER --document --attribute x=",
            "annotate a --label PER --document --attribute x=1 --attribute x=2",
            "edit a", "edit a --state open", "comment a", "relate a b", "relate a --label c", "delete", "delete a b",
            "log --limit 0", "resolve a", "resolve a --mine --kept", "resolve a --mine --value b", "rejected retry",
            "rejected discard", "rejected forget 3", "rejected retry x", "clone server p d --token-stdin",
            "clone http://server p --token-stdin", "status --nonsense",
        ])
    func wrong(line: String) async {
        let result = await run(line.split(separator: " ").map(String.init))
        #expect(result.code == .usage)
        #expect(result.output.isEmpty)
        #expect(result.error.hasPrefix("manicule-client: "))
        #expect(result.error.filter(\.isNewline).count == 1, "\(result.error)")
    }

    @Test("a directory that is no clone is said in one line, and --verbose says more")
    func noClone() async throws {
        try await TestDirectory.with { directory in
            for command in [["status"], ["articles"], ["sync"], ["edit", "a", "--label", "b"], ["rejected"]] {
                let result = await run(command + ["-C", directory])
                #expect(result.code == .usage && result.output.isEmpty)
                #expect(result.error.filter(\.isNewline).count == 1 && result.error.contains(directory))
            }
            let verbose = await run(["status", "-C", directory, "--verbose"])
            #expect(verbose.error.hasSuffix("\nnot_a_clone\n"))
        }
    }

    @Test("the help of the program explains working offline, and every command has a sentence and an example")
    func help() async throws {
        let root = await run(["--help"])
        #expect(root.code == .fine && root.error.isEmpty)
        #expect(root.output.contains("nothing needs the server"))
        for command in [
            "clone", "articles", "show", "annotations", "annotate", "edit", "comment", "relate", "delete", "status",
            "sync", "log", "conflicts", "resolve", "rejected",
        ] {
            #expect(root.output.contains("\n  \(command) "), "\(command)")
            let help = await run([command, "--help"])
            #expect(help.code == .fine && help.error.isEmpty)
            let overview = try #require(help.output.split(separator: "\n").first)
            #expect(overview.hasPrefix("OVERVIEW: "))
            #expect(help.output.contains("Example"), "\(command)")
            #expect(help.output.contains("\n  manicule-client \(command)"), "\(command)")
            for option in ["-C <dir>", "--json", "--verbose"] { #expect(help.output.contains(option), "\(command)") }
            for line in help.output.split(separator: "\n") where line.hasPrefix("  manicule-client") {
                #expect(line.utf8.count <= 80, "an example is not broken: \(line)")
            }
        }
        #expect(await run(["--version"]).code == .fine)
    }

    @Test("a token is one word; the white space of a file around it does not count")
    func tokens() throws {
        #expect(try TokenInput.checked(" mnc_abc-123 \r\n") == "mnc_abc-123")
        for bad in ["", "  \r", "two words", "caf\u{e9}", "a\u{0}b"] {
            #expect(throws: CommandFailure.self) { try TokenInput.checked(bad) }
        }
    }
}
