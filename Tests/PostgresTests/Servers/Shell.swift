import Foundation

/// Runs scripts for the tests that need servers of their own.
enum Shell {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs the script by bash in a folder, and gives what it printed.
    ///
    /// The output goes through a file: a server that the script starts keeps the script's output open.
    @discardableResult
    static func run(_ script: String, in directory: String = "/tmp") async throws -> String {
        let output = NSTemporaryDirectory() + "output-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: output) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", "exec >'\(output)' 2>&1 </dev/null\nset -euo pipefail\n\(prelude)\n\(script)"]
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        var environment = ProcessInfo.processInfo.environment
        for name in environment.keys where name.hasPrefix("PG") { environment[name] = nil }
        process.environment = environment
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        guard process.terminationStatus == 0 else { throw Failed(description: "\(script)\n\(text)") }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// PostgreSQL's programs on the path, and `as` for its user: it refuses to run as root.
    private static let prelude = """
        for bin in /usr/lib/postgresql/*/bin; do [ -x "$bin/initdb" ] && PATH=$bin:$PATH; done
        PATH=$PATH:/usr/sbin
        as=(); owner=$(id -un)
        if [ "$(id -u)" = 0 ]; then
            as=(setpriv --reuid=postgres --regid=postgres --init-groups --); owner=postgres
        fi
        # Foundation takes a process for running as long as somebody holds what it has inherited: a server must not.
        alone() (
            for file in /proc/self/fd/*; do
                number=${file##*/}
                [ "$number" -le 2 ] || eval "exec $number>&-"
            done
            exec "$@"
        )
        """

    /// A new folder that belongs to the servers' user.
    static func makeDirectory() async throws -> String {
        try await run("dir=$(mktemp -d /tmp/pgtest.XXXXXX); chown $owner $dir; chmod 755 $dir; echo $dir")
    }
}
