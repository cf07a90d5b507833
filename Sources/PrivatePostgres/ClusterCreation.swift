import Glibc
import Logging

/// Makes a cluster with its roles, its database and its passwords.
///
/// All happens in a folder beside the cluster's place and takes effect by one rename: a kill at any instruction leaves
/// either nothing, or the whole cluster.
struct ClusterCreation: Sendable {
    let layout: ClusterLayout
    let account: ServerAccount
    let installation: PostgresInstallation
    let runner: ProgramRunner
    let logger: Logger

    /// Creates the cluster, unless it exists. The caller holds the lock.
    func createIfMissing() async throws(PrivateClusterError) {
        await removeLeftovers()
        guard !Files.exists(layout.cluster.path) else { return }
        logger.info(
            "creating a private PostgreSQL cluster",
            metadata: ["path": "\(layout.cluster.path)", "version": "\(installation.version)"])
        let folder = ClusterFolder(
            path: try Files.makeUniqueFolder("\(layout.root)/\(ClusterLayout.newPrefix)", owner: account))
        do throws(PrivateClusterError) {
            try await fill(folder)
            guard rename(folder.path, layout.cluster.path) == 0 else {
                throw PrivateClusterError.system(errno, "cannot create", layout.cluster.path)
            }
            try Files.sync(folder: layout.root)
        } catch {
            await remove(folder.path)
            throw error
        }
    }

    /// Removes what a killed creation has left.
    private func removeLeftovers() async {
        let names = (try? Files.names(in: layout.root)) ?? []
        for name in names where name.hasPrefix(ClusterLayout.newPrefix) {
            logger.notice("removing an unfinished cluster", metadata: ["path": "\(layout.root)/\(name)"])
            await remove("\(layout.root)/\(name)")
        }
    }

    /// By `rm` under the cluster's user: root follows nothing that this user may have put there.
    private func remove(_ path: String) async {
        let outcome = try? await runner.run("/bin/rm", ["-rf", "--", path], in: "/")
        guard outcome?.succeeded == true else {
            logger.warning("cannot remove \(path)", metadata: ["output": "\(outcome?.lines.last ?? "")"])
            return
        }
    }

    private func fill(_ folder: ClusterFolder) async throws(PrivateClusterError) {
        let passwords = ClusterPasswords.generate()
        let passwordFile = "\(folder.path)/superuser"
        try Files.write("\(passwords.superuser)\n", to: passwordFile, owner: account)
        try await run(
            "initdb",
            [
                "--pgdata=data", "--username=\(ClusterPasswords.superuserName)", "--pwfile=superuser",
                "--encoding=UTF8", "--locale=C.UTF-8", "--lc-messages=C", "--auth=scram-sha-256", "--data-checksums",
                "--no-instructions",
            ], in: folder)
        unlink(passwordFile)

        let configuration = "\(folder.data)/postgresql.conf"
        let defaults = try Files.read(configuration) ?? ""
        try Files.write(defaults + ClusterSettings.includes, to: configuration, owner: account)
        try Files.write(
            ClusterSettings.hostBasedAuthentication, to: "\(folder.data)/pg_hba.conf", owner: account)
        try Files.write(
            ClusterSettings(socketDirectory: layout.socket, memory: ClusterSettings.availableMemory).text,
            to: folder.settings, owner: account)
        try await run(
            "postgres",
            [
                "--single", "-D", "data", "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic",
                "-c", "log_checkpoints=off", "postgres",
            ], in: folder, input: statements(passwords))
        try Files.write(passwords.passwordFile, to: folder.passwords, owner: account)
        try Files.sync(folder: folder.path)
    }

    /// One statement a line, as PostgreSQL's single-user mode wants them.
    private func statements(_ passwords: ClusterPasswords) -> String {
        let database = ClusterPasswords.database
        let owner = ClusterPasswords.ownerName
        let server = ClusterPasswords.serverName
        return """
            CREATE ROLE \(owner) LOGIN PASSWORD '\(passwords.owner)'
            CREATE ROLE \(server) LOGIN PASSWORD '\(passwords.server)'
            CREATE DATABASE \(database) OWNER \(owner)
            REVOKE ALL ON DATABASE \(database) FROM PUBLIC
            GRANT CONNECT, TEMPORARY ON DATABASE \(database) TO \(server)

            """
    }

    private func run(
        _ program: String, _ arguments: [String], in folder: ClusterFolder, input: String = ""
    ) async throws(PrivateClusterError) {
        let outcome = try await runner.run(installation.program(program), arguments, in: folder.path, input: input)
        guard outcome.succeeded else {
            throw .program(
                .creationFailed, "\(program) could not create the private PostgreSQL cluster (\(outcome.status))",
                at: layout.root, lines: outcome.lines)
        }
    }
}
