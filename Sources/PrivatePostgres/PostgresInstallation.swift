import Glibc

/// PostgreSQL's server programs of one version, as they are installed on this machine.
struct PostgresInstallation: Sendable, Equatable {
    /// The oldest major version we run on.
    static let oldest = 15

    /// The folder of the programs.
    let bin: String
    /// As in "15.20".
    let version: String

    var major: Int { Int(version.prefix { $0.isNumber }) ?? 0 }

    func program(_ name: String) -> String { "\(bin)/\(name)" }

    /// The installation for a cluster: of its own major version, or the newest one for a cluster that is to be made.
    static func choose(
        for folder: ClusterFolder, environment: [String: String], runner: ProgramRunner
    ) async throws(PrivateClusterError) -> PostgresInstallation {
        let existing = try existingMajor(folder)
        let found = try await findAll(environment: environment, runner: runner)
        let fitting = found.filter { $0.major >= oldest }.sorted { $0.isNewer(than: $1) }
        if let existing {
            if let match = found.first(where: { $0.major == existing }) { return match }
            guard found.isEmpty else { throw otherVersion(folder, existing, found) }
        }
        guard let newest = fitting.first else { throw notFound(found, environment) }
        return newest
    }

    /// The major version of the cluster in a folder, or nil when there is no cluster.
    private static func existingMajor(_ folder: ClusterFolder) throws(PrivateClusterError) -> Int? {
        guard Files.exists(folder.path) else { return nil }
        guard let text = try Files.read(folder.version), let major = Int(text.prefix { $0.isNumber }) else {
            throw PrivateClusterError(
                .damaged(path: folder.path), "\(folder.path) holds no PostgreSQL cluster (no \(folder.version))",
                advice: "restore it from a backup, or move the folder away to begin with an empty cluster")
        }
        return major
    }

    private static func findAll(
        environment: [String: String], runner: ProgramRunner
    ) async throws(PrivateClusterError) -> [PostgresInstallation] {
        var found: [PostgresInstallation] = []
        for folder in try folders(environment) {
            let names = ["initdb", "pg_ctl", "pg_isready", "postgres"]
            guard names.allSatisfy({ access("\(folder)/\($0)", X_OK) == 0 }),
                let outcome = try? await runner.run("\(folder)/postgres", ["--version"], in: "/"), outcome.succeeded,
                let line = outcome.lines.first
            else { continue }
            let words = line.split(separator: " ")
            guard let version = words.first(where: { $0.first?.isNumber == true }) else { continue }
            found.append(PostgresInstallation(bin: folder, version: String(version)))
        }
        return found
    }

    /// Where programs may be: `MANICULE_PG_BIN` alone, or Debian's folders and the search path.
    private static func folders(_ environment: [String: String]) throws(PrivateClusterError) -> [String] {
        if let named = environment["MANICULE_PG_BIN"], !named.isEmpty { return [named] }
        let debian = "/usr/lib/postgresql"
        var candidates = Files.exists(debian) ? try Files.names(in: debian).map { "\(debian)/\($0)/bin" } : []
        for folder in (environment["PATH"] ?? "").split(separator: ":") where folder.first == "/" {
            // A link in /usr/local/bin leads to the folder that has all programs.
            guard let program = Files.resolved("\(folder)/initdb") else { continue }
            candidates.append(String(program.dropLast("/initdb".count)))
        }
        var seen: Set<String> = []
        return candidates.filter { seen.insert($0).inserted }
    }

    private func isNewer(than other: PostgresInstallation) -> Bool {
        func parts(_ version: String) -> [Int] { version.split(separator: ".").map { Int($0) ?? 0 } }
        return parts(other.version).lexicographicallyPrecedes(parts(version))
    }

    private static func otherVersion(
        _ folder: ClusterFolder, _ existing: Int, _ found: [PostgresInstallation]
    ) -> PrivateClusterError {
        let list = found.map { "\($0.version) in \($0.bin)" }.joined(separator: ", ")
        return PrivateClusterError(
            .otherVersion(directory: existing, found: found.map(\.major)),
            "the cluster in \(folder.path) was made by PostgreSQL \(existing), and here is only \(list)",
            advice: "apt-get install postgresql-\(existing), or set MANICULE_PG_BIN to the folder of its programs;"
                + " to move to another version, make a backup with the old programs and restore it with the new ones")
    }

    private static func notFound(
        _ found: [PostgresInstallation], _ environment: [String: String]
    ) -> PrivateClusterError {
        let place = environment["MANICULE_PG_BIN"].map { " in MANICULE_PG_BIN=\($0)" } ?? ""
        let message =
            found.isEmpty
            ? "no PostgreSQL server programs found\(place)"
            : "PostgreSQL \(found.map(\.version).joined(separator: ", ")) is too old"
        return PrivateClusterError(
            .postgresNotFound, message,
            advice: "apt-get install postgresql (version \(oldest) or newer), set MANICULE_PG_BIN to the folder of its"
                + " programs, or give --database-url")
    }
}
