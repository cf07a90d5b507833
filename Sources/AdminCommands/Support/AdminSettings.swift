import AnnotationServer
import CommandSupport
import Glibc
import Logging
import PrivatePostgres

/// What a command was told, by whichever way: flags over environment over file over defaults.
struct AdminSettings: Sendable {
    var dataDirectory: String
    /// An existing database; nil for the private cluster of the data directory.
    var databaseURL: String?
    var poolSize: Int
    /// A statement that takes longer is logged as a warning; nil: none is.
    var slowStatements: Duration?
    var logLevel: Logger.Level
    var logFormat: LogFormat
    /// The account that PostgreSQL and the server run as when started by root.
    var user: String?
    /// How the server listens.
    var server: ServerOptions
    /// All settings in their order, with where each comes from.
    var entries: [SettingEntry]

    enum LogFormat: String, Sendable, CaseIterable {
        case text, json
    }

    /// Reads environment and file; `flags` and `serve` are what the command line said.
    ///
    /// A log is text unless it is told otherwise; the server's, where it goes to no terminal, is JSON.
    static func load(_ flags: DatabaseOptions, _ serve: ServeOptions? = nil) async throws -> AdminSettings {
        var reader = try await SettingReader(config: flags.config)
        let standardFolder = PrivateCluster.defaultDataDirectory(
            environment: processEnvironment(), isRoot: geteuid() == 0)
        let dataDirectory = reader.text("data-dir", flag: flags.dataDirectory, default: standardFolder)
        var databaseURL: String?
        if flags.dataDirectory == nil {
            databaseURL = reader.text("database-url", flag: flags.databaseURL)
        } else {
            reader.omit("database-url")
        }
        var server = ServerOptions()
        server.host = reader.text("host", flag: serve?.host, default: server.host) ?? server.host
        server.port = try reader.number("port", flag: serve?.port, default: server.port, in: 0...65535) ?? server.port
        server.tls = try tls(
            reader.text("tls-cert", flag: serve?.certificate), reader.text("tls-key", flag: serve?.key))
        server.isBehindProxy = try reader.flag("behind-proxy", flag: serve?.isBehindProxy ?? false)
        server.adminPort = try reader.number("admin-port", flag: serve?.adminPort, default: nil, in: 1...65535)
        server.limits.connections =
            try reader.number("max-connections", default: server.limits.connections, in: 1...1_000_000)
            ?? server.limits.connections
        server.limits.requests =
            try reader.number("max-requests", default: server.limits.requests, in: 1...100_000)
            ?? server.limits.requests
        server.drain = .seconds(try reader.number("drain-seconds", default: 0, in: 0...3600) ?? 0)
        let poolSize = try reader.number("pool-size", default: 8, in: 1...1000) ?? 8
        let slow = try reader.number("slow-statement-ms", default: 1000, in: 0...3_600_000) ?? 1000
        let logLevel = try reader.oneOf("log-level", default: Logger.Level.info)
        let logFormat = try reader.oneOf(
            "log-format", flag: serve?.logFormat,
            default: serve == nil || Console.current.errorIsTerminal ? LogFormat.text : .json)
        let user = reader.text("user", flag: serve?.user)
        return AdminSettings(
            dataDirectory: dataDirectory ?? standardFolder, databaseURL: databaseURL, poolSize: poolSize,
            slowStatements: slow == 0 ? nil : .milliseconds(slow), logLevel: logLevel, logFormat: logFormat, user: user,
            server: server, entries: reader.entries)
    }

    /// Refuses to send passwords and texts through a network in the clear.
    func requirePrivacy() throws {
        guard !server.isPrivate else { return }
        throw CommandFailure.usage(
            "\(server.host) can be reached from other machines, and passwords and texts would travel in the clear: "
                + "say --tls-cert FILE --tls-key FILE, or --behind-proxy where a proxy in front ends TLS, or listen "
                + "on 127.0.0.1")
    }

    private static func tls(_ certificate: String?, _ key: String?) throws -> TLSFiles? {
        switch (certificate, key) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return TLSFiles(certificate: certificate, key: key)
        case (_?, nil): throw CommandFailure.usage("--tls-cert needs --tls-key FILE, the certificate's private key")
        case (nil, _?): throw CommandFailure.usage("--tls-key needs --tls-cert FILE, the key's certificate")
        }
    }
}

/// The process's environment as a dictionary.
func processEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if pair.count == 2 { result[String(pair[0])] = String(pair[1]) }
        entry += 1
    }
    return result
}
