import FoundationEssentials
import Glibc
import Logging
import PrivatePostgres
import Subprocess
import SystemPackage
import Testing

/// A new data directory for one test. Whatever runs in it is stopped and all of it removed at the end.
struct TestCluster {
    let root: String
    var folder: String { "\(root)/\(name)" }
    private let name: String

    var cluster: PrivateCluster { cluster(environment: ProcessInfo.processInfo.environment) }

    func cluster(environment: [String: String]) -> PrivateCluster {
        PrivateCluster(dataDirectory: folder, environment: environment, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    static func withDirectory(
        named name: String = "data", _ body: (TestCluster) async throws -> Void
    ) async throws {
        var template = Array("/tmp/manicule-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // PostgreSQL's user has to get through.
        chmod(root, 0o755)
        let test = TestCluster(root: root, name: name)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(test))
        } catch {
            result = .failure(error)
        }
        if let pid = test.postmasterPID { kill(pid, SIGQUIT) }
        try? FileManager.default.removeItem(atPath: root)
        try result.get()
    }

    /// The postmaster that PostgreSQL's own record names, if it is alive.
    var postmasterPID: Int32? {
        guard let text = try? String(contentsOfFile: "\(folder)/postgresql/data/postmaster.pid", encoding: .utf8),
            let pid = text.split(separator: "\n").first.flatMap({ Int32($0) }), kill(pid, 0) == 0
        else { return nil }
        return pid
    }
}

/// Runs statements with psql and returns what it prints, without headers.
func psql(_ connection: String, _ statement: String) async throws -> String {
    let result = try await Subprocess.run(
        .name("psql"), arguments: ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, connection],
        output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    guard result.terminationStatus.isSuccess else { throw PsqlError(message: result.standardError) }
    var output = result.standardOutput
    while output.utf8.last == UInt8(ascii: "\n") { output.removeLast() }
    return output
}

struct PsqlError: Error {
    let message: String
}

/// Waits until a condition holds; a minute without it is a failure.
func eventually(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, what, sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(10))
    }
}
