import CommandSupport
import Configuration
import Glibc
import Logging
import SystemPackage

/// One setting as it is in force, and who said so.
struct SettingEntry: Sendable, Hashable {
    enum Source: Sendable, Hashable {
        case flag
        case environment(String)
        case file(String)
        case standard
    }

    var key: String
    /// Nil: not set, and there is no default.
    var value: String?
    var source: Source
}

/// Looks a setting up: flags over environment over file over defaults, and remembers where each was found.
struct SettingReader {
    private let environment: ConfigReader
    private let file: (path: String, reader: ConfigReader)?
    private(set) var entries: [SettingEntry] = []

    /// - Parameter path: of `--config`, which must be there; nil takes the user's own file, if there is one.
    init(config path: String?) async throws {
        environment = ConfigReader(provider: EnvironmentVariablesProvider().prefixKeys(with: "manicule"))
        guard let path = try Self.path(named: path) else {
            file = nil
            return
        }
        do {
            file = (path, ConfigReader(provider: try await FileProvider<JSONSnapshot>(filePath: FilePath(path))))
        } catch {
            throw CommandFailure.usage("the configuration file \(path) cannot be read: \(error)")
        }
    }

    /// The setting as text.
    mutating func text(_ key: String, flag: String?, default standard: String? = nil) -> String? {
        let entry = find(key, flag: flag, default: standard)
        entries.append(entry)
        return entry.value
    }

    mutating func number(
        _ key: String, flag: Int? = nil, default standard: Int?, in range: ClosedRange<Int>
    ) throws -> Int? {
        guard let said = text(key, flag: flag.map { String($0) }, default: standard.map { String($0) }) else {
            return nil
        }
        guard let number = Int(said), range.contains(number) else {
            throw CommandFailure.usage(
                "the setting \(key) must be a number from \(range.lowerBound) to \(range.upperBound), not “\(said)”"
                    + origin)
        }
        return number
    }

    mutating func oneOf<Value: RawRepresentable & CaseIterable>(
        _ key: String, flag: String? = nil, default standard: Value
    ) throws -> Value where Value.RawValue == String {
        let said = text(key, flag: flag, default: standard.rawValue) ?? standard.rawValue
        guard let value = Value(rawValue: said) else {
            throw CommandFailure.usage(
                "the setting \(key) must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", ")), "
                    + "not “\(said)”" + origin)
        }
        return value
    }

    mutating func flag(_ key: String, flag: Bool) throws -> Bool {
        let said = text(key, flag: flag ? "true" : nil, default: "false") ?? "false"
        // A file's true may be read as 1.
        let isTrue = ["true", "1", "yes"].contains(said.lowercased())
        guard isTrue || ["false", "0", "no"].contains(said.lowercased()) else {
            throw CommandFailure.usage("the setting \(key) must be true or false, not “\(said)”" + origin)
        }
        entries[entries.count - 1].value = String(isTrue)
        return isTrue
    }

    /// Leaves a setting out that another one overrules.
    mutating func omit(_ key: String) { entries.append(SettingEntry(key: key, value: nil, source: .standard)) }

    /// Where the last setting was found, for an error.
    private var origin: String {
        switch entries.last?.source {
        case .environment(let name): " (\(name))"
        case .file(let path): " (in \(path))"
        case .flag, .standard, nil: ""
        }
    }

    private func find(_ key: String, flag: String?, default standard: String?) -> SettingEntry {
        if let flag { return SettingEntry(key: key, value: flag, source: .flag) }
        if let value = Self.value(key, environment) {
            return SettingEntry(key: key, value: value, source: .environment(Self.variable(key)))
        }
        if let file, let value = Self.value(key, file.reader) {
            return SettingEntry(key: key, value: value, source: .file(file.path))
        }
        return SettingEntry(key: key, value: standard, source: .standard)
    }

    /// `log-level` is `MANICULE_LOG_LEVEL`.
    static func variable(_ key: String) -> String {
        "MANICULE_" + key.map { $0 == "-" ? "_" : $0.uppercased() }.joined()
    }

    /// JSON has numbers and truth values of its own.
    private static func value(_ key: String, _ reader: ConfigReader) -> String? {
        let name = ConfigKey(key)
        return reader.string(forKey: name) ?? reader.int(forKey: name).map { String($0) }
            ?? reader.bool(forKey: name).map { String($0) }
    }

    private static func path(named path: String?) throws -> String? {
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
}
