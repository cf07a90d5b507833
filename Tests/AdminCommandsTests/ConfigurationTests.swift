import ArgumentParser
import CommandSupport
import Foundation
import JSONText
import Testing

@testable import AdminCommands

@Suite("Settings, and where they come from", .serialized)
struct ConfigurationTests {
    private func run(_ arguments: String...) async -> CapturedOutput {
        await Console.capture {
            await CommandRunner.execute(
                AdminCommand.self, arguments: arguments, topics: HelpTopics.all,
                translate: FailureTranslation.translate)
        }
    }

    /// A configuration file that is gone afterwards.
    private func withFile<R>(_ text: String, _ body: (String) async throws -> R) async throws -> R {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).json").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    private func setting(_ name: String, _ output: CapturedOutput) throws -> JSONValue? {
        try JSONValue(parsing: Array(output.output.utf8)).arrayValue?.first { $0["setting"]?.stringValue == name }
    }

    @Test("each setting tells its value and its source; the first of flag, environment, file and default wins")
    func sources() async throws {
        try await withFile(
            #"{"port": 9001, "behind-proxy": true, "pool-size": "12", "log-level": "debug"}"#
        ) { path in
            setenv("MANICULE_POOL_SIZE", "13", 1)
            setenv("MANICULE_PORT", "9002", 1)
            defer {
                unsetenv("MANICULE_POOL_SIZE")
                unsetenv("MANICULE_PORT")
            }
            let output = await run("config", "--json", "--config", path, "--port", "9003")
            #expect(output.code == .fine, "\(output.error)")
            for (name, value, source, from) in [
                ("port", "9003", "flag", nil), ("pool-size", "13", "environment", "MANICULE_POOL_SIZE"),
                ("log-level", "debug", "file", path), ("behind-proxy", "true", "file", path),
                ("host", "127.0.0.1", "default", nil), ("max-requests", "512", "default", nil),
            ] as [(String, String, String, String?)] {
                let entry = try setting(name, output)
                #expect(entry?["value"]?.stringValue == value, "\(name)")
                #expect(entry?["source"]?.stringValue == source, "\(name)")
                #expect(entry?["from"]?.stringValue == from, "\(name)")
            }
            let table = await run("config", "--config", path)
            #expect(table.output.contains("MANICULE_POOL_SIZE"))
        }
    }

    @Test("a password in a connection string is never printed, in none of libpq's ways to write it")
    func secrets() async throws {
        for (text, shown) in [
            ("postgresql://ada:s3cret@db/manicule", "postgresql://ada:***@db/manicule"),
            (
                "postgres://ada:s3c@ret@db:5432,db2/m?sslmode=require",
                "postgres://ada:***@db:5432,db2/m?sslmode=require"
            ),
            ("postgresql://db/m?user=ada&password=s3cret&x=1", "postgresql://db/m?user=ada&password=***&x=1"),
            ("postgresql://ada@db/m", "postgresql://ada@db/m"),
            ("host=/run user=ada password=s3cret dbname=m", "host=/run user=ada password=*** dbname=m"),
            (#"host=/run password = 's3 c\'ret' dbname=m"#, "host=/run password = *** dbname=m"),
        ] {
            #expect(SecretMask.masked(text) == shown)
            let output = await run("config", "--json", "--database-url", text)
            #expect(!output.output.contains("s3"), "\(output.output)")
        }
    }

    @Test("a setting that makes no sense is one line that names it and where it stands: exit 2")
    func nonsense() async throws {
        try await withFile(#"{"port": "eighty"}"#) { path in
            let output = await run("config", "--config", path)
            #expect(output.code == .usage)
            #expect(output.error.contains("port") && output.error.contains(path))
            #expect(output.error.split(separator: "\n").count == 1)
        }
        for arguments in [
            ["--port", "70000"], ["--log-format", "xml"], ["--tls-cert", "cert.pem"], ["--tls-key", "key.pem"],
        ] {
            let output = await Console.capture {
                await CommandRunner.execute(AdminCommand.self, arguments: ["config"] + arguments)
            }
            #expect(output.code == .usage, "\(arguments)")
        }
    }

    @Test("nobody listens beyond this machine in the clear: exit 2 and a line that names the options")
    func inTheClear() async {
        for host in ["0.0.0.0", "::", "192.0.2.1", "example.org", "127.example.org", ""] {
            let output = await run("serve", "--host", host, "--data-dir", "/nonexistent/manicule")
            #expect(output.code == .usage, "\(host)")
            #expect(output.error.contains("--tls-cert") && output.error.contains("--behind-proxy"), "\(host)")
            #expect(output.error.split(separator: "\n").count == 1)
        }
    }

    @Test("completions are printed for three shells, and for no other")
    func completions() async {
        for (shell, word) in [("bash", "complete"), ("zsh", "#compdef manicule"), ("fish", "complete -c")] {
            let output = await run("completions", shell)
            #expect(output.code == .fine)
            #expect(output.output.contains(word), "\(shell)")
            #expect(output.output.contains("tls-cert"), "\(shell)")
        }
        #expect(await run("completions", "tcsh").code == .usage)
    }

    @Test("help tells of topics too, and the root's help names them; no line is too long for a terminal")
    func topics() async {
        let root = await run("--help")
        for name in ["getting-started", "sync", "import", "security", "operations", "exit-codes"] {
            #expect(root.output.contains(name))
            let output = await run("help", name)
            #expect(output.code == .fine)
            #expect(output.output.split(separator: "\n").count > 5, "\(name)")
            #expect(output.output.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(name)")
        }
        let command = await run("help", "serve")
        #expect(command.output.contains("--behind-proxy"))
    }
}
