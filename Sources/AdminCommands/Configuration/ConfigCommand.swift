import ArgumentParser
import CommandSupport
import JSONText

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print each setting, its value, and where it comes from.",
        discussion: """
            Takes the options of “manicule serve”, and shows what would be in force with them. Passwords are not shown.

            Example: manicule config --json
            """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var serve: ServeOptions

    func run() async throws {
        let settings = try await AdminSettings.load(database, serve)
        if database.output.json {
            return try Output.json(
                .array(
                    settings.entries.map { entry in
                        [
                            "setting": .string(entry.key), "value": entry.shown.map { .string($0) } ?? .null,
                            "source": .string(entry.source.word),
                            "from": entry.source.place.map { .string($0) } ?? .null,
                        ]
                    }))
        }
        var table = Table([.init("setting"), .init("value"), .init("from")])
        for entry in settings.entries {
            table.add(entry.key, entry.shown ?? "–", entry.source.text)
        }
        try Output.table(table)
    }
}

extension SettingEntry {
    /// The value without what is secret in it.
    var shown: String? { key == "database-url" ? value.map(SecretMask.masked) : value }
}

extension SettingEntry.Source {
    var word: String {
        switch self {
        case .flag: "flag"
        case .environment: "environment"
        case .file: "file"
        case .standard: "default"
        }
    }

    /// The variable, or the file.
    var place: String? {
        switch self {
        case .environment(let name): name
        case .file(let path): path
        case .flag, .standard: nil
        }
    }

    var text: String { place.map { "\(word) \($0)" } ?? word }
}
