import CommandSupport
import Configuration
import Glibc
import Logging
import PrivatePostgres
import SystemPackage

/// What a command was told, by whichever way: flags over environment over file over defaults.
struct AdminSettings: Sendable {
    var dataDirectory: String
    /// An existing database; nil for the private cluster of the data directory.
    var databaseURL: String?
    var host: String
    var port: Int
    var poolSize: Int
    var logLevel: Logger.Level
    var logFormat: LogFormat
    /// The account that PostgreSQL and the server run as when started by root.
    var user: String?
    /// Whether a proxy in front ends TLS, so that listening beyond loopback is meant.
    var isBehindProxy: Bool

    enum LogFormat: String, Sendable, CaseIterable {
        case text, json
    }

    /// Reads environment and file; `flags` are what the command line said.
    static func load(_ flags: DatabaseOptions) async throws -> AdminSettings {
        let environment = EnvironmentVariablesProvider().prefixKeys(with: "manicule")
        var providers: [any ConfigProvider] = [environment]
        if let file = try file(named: flags.config) {
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
            } catch {
                throw CommandFailure.usage("the configuration file \(file) cannot be read: \(error)")
            }
        }
        let reader = ConfigReader(providers: providers)
        return AdminSettings(
            dataDirectory: flags.dataDirectory ?? reader.string(forKey: "data-dir")
                ?? PrivateCluster.defaultDataDirectory(environment: processEnvironment(), isRoot: geteuid() == 0),
            databaseURL: flags.databaseURL
                ?? (flags.dataDirectory == nil ? reader.string(forKey: "database-url") : nil),
            host: reader.string(forKey: "host") ?? "127.0.0.1",
            port: try number(reader, "port", in: 0...65535) ?? 8080,
            poolSize: try number(reader, "pool-size", in: 1...1000) ?? 8,
            logLevel: try oneOf(reader, "log-level", Logger.Level.self) ?? .info,
            logFormat: try oneOf(reader, "log-format", LogFormat.self) ?? .text,
            user: reader.string(forKey: "user"),
            isBehindProxy: reader.bool(forKey: "behind-proxy") ?? false)
    }

    /// The file that `--config` names, which must be there; else the user's own, if there is one.
    private static func file(named path: String?) throws -> String? {
        if let path {
            guard access(path, R_OK) == 0 else {
                throw CommandFailure.usage("the configuration file \(path) cannot be read")
            }
            return path
        }
        let environment = processEnvironment()
        let folder = environment["XDG_CONFIG_HOME"] ?? environment["HOME"].map { $0 + "/.config" }
        guard let folder, access(folder + "/manicule/manicule.json", R_OK) == 0 else { return nil }
        return folder + "/manicule/manicule.json"
    }

    private static func number(_ reader: ConfigReader, _ key: String, in range: ClosedRange<Int>) throws -> Int? {
        let text = reader.string(forKey: ConfigKey(key))
        let number = text.map { Int($0) } ?? reader.int(forKey: ConfigKey(key))
        guard let number, range.contains(number) else {
            guard let said = text ?? number.map({ String($0) }) else { return nil }
            throw CommandFailure.usage(
                "the setting \(key) must be a number from \(range.lowerBound) to \(range.upperBound), not “\(said)”")
        }
        return number
    }

    private static func oneOf<Value: RawRepresentable & CaseIterable>(
        _ reader: ConfigReader, _ key: String, _: Value.Type
    ) throws -> Value? where Value.RawValue == String {
        guard let text = reader.string(forKey: ConfigKey(key)) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw CommandFailure.usage(
                "the setting \(key) must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", ")), not “\(text)”"
            )
        }
        return value
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
