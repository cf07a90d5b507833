import FoundationEssentials
import Glibc
import Logging
import PrivatePostgres
import Subprocess
import SystemPackage
import Testing

/// A new data directory for one test. Whatever runs in it is stopped and all of it removed at the end.
struct TestCluster: Sendable {
    let root: String
    let folder: String
    var cluster: PrivateCluster { cluster() }

    var postgres: String { "\(folder)/postgresql" }
    private var record: String { "\(postgres)/data/postmaster.pid" }

    func cluster(runAs user: String? = nil, with changes: [String: String] = [:]) -> PrivateCluster {
        PrivateCluster(
            dataDirectory: folder, runAs: user,
            environment: ProcessInfo.processInfo.environment.merging(changes) { $1 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Clusters at work at the same time: with more of them each would wait for the disk until its deadline.
    private static let turns = Turns(4)

    static func withDirectory(named name: String = "data", _ body: (TestCluster) async throws -> Void) async throws {
        await turns.begin()
        let result: Result<Void, any Error>
        do {
            result = .success(try await withNewDirectory(named: name, body))
        } catch {
            result = .failure(error)
        }
        await turns.end()
        try result.get()
    }

    private static func withNewDirectory(
        named name: String, _ body: (TestCluster) async throws -> Void
    ) async throws {
        var template = Array("/tmp/manicule-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(root, 0o755)  // PostgreSQL's user has to get through
        let test = TestCluster(root: root, folder: "\(root)/\(name)")
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(test))
        } catch {
            result = .failure(error)
        }
        // What a killed program has left may be at work for a moment still.
        try await eventually("nothing of it is left") {
            if let pid = test.postmasterPID { kill(pid, SIGQUIT) }
            try? FileManager.default.removeItem(atPath: root)
            return !FileManager.default.fileExists(atPath: root)
        }
        try result.get()
    }

    /// The postmaster that PostgreSQL's own record names, while it lives.
    var postmasterPID: Int32? {
        guard let text = try? read(record), let pid = text.split(separator: "\n").first.flatMap({ Int32($0) }),
            isAlive(pid)
        else { return nil }
        return pid
    }

    /// What is in the folder that lies beside the finished cluster.
    var leftovers: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains(".new-") } }
    }

    func setRecordedPID(_ pid: Int32) throws {
        let text = try read(record)
        let rest = text.drop { $0 != "\n" }
        try write("\(pid)\(rest)", to: record)
    }

    func read(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    /// Overwrites in place, so that the file keeps its owner.
    func write(_ text: String, to path: String) throws {
        let descriptor = try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .truncate],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        try descriptor.closeAfter { _ = try descriptor.writeAll(text.utf8) }
    }
}

/// Lets a number of tests work at the same time; the others wait for their turn, in order.
actor Turns {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func begin() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func end() {
        guard waiting.isEmpty else { return waiting.removeFirst().resume() }
        free += 1
    }
}

/// Whether a process lives; one that has ended and was not reaped yet does not.
func isAlive(_ pid: Int32) -> Bool {
    guard kill(pid, 0) == 0 else { return false }
    let status = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
    return !status.contains(") Z ")
}

/// Runs statements with psql and returns what it prints, without headers.
func psql(_ connection: String, _ statement: String) async throws -> String {
    let result = try await Subprocess.run(
        .name("psql"), arguments: ["-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-c", statement, connection],
        environment: .inherit.updating(["PGPASSWORD": nil, "PGOPTIONS": nil, "PGPASSFILE": "/dev/null"]),
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

/// Runs the body while a server process of its own holds the cluster; it is killed at the end, if it still lives.
/// With a user it gives up root's rights once PostgreSQL runs.
func withHolder<R: Sendable>(
    of test: TestCluster, becoming user: String? = nil, _ body: @Sendable @escaping (Int32) async throws -> R
) async throws -> R {
    var own = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &own, own.count - 1)
    try #require(length > 0)
    let program = FilePath(String(decoding: own[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self))
        .removingLastComponent().appending("hold-cluster")
    return try await Subprocess.run(
        .path(program), arguments: Arguments([test.folder] + (user.map { [$0] } ?? [])), input: .none,
        output: .discarded, error: .discarded
    ) { execution in
        let pid = execution.processIdentifier.value
        defer { kill(pid, SIGKILL) }
        return try await body(pid)
    }.closureResult
}

extension TestCluster {
    /// Waits until the holder's PostgreSQL takes connections.
    func waitUntilHeld(by pid: Int32) async throws {
        try await eventually("the holder starts its cluster") {
            guard isAlive(pid), try cluster.runningServer()?.pid == pid else { return false }
            return try await cluster.withCluster { try await psql($0.owner, "SELECT 1") == "1" }
        }
    }
}
