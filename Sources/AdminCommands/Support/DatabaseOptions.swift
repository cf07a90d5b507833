import ArgumentParser
import CommandSupport

/// Where the database is, for every command of the administrator.
struct DatabaseOptions: ParsableArguments {
    @Option(
        name: .customLong("data-dir"),
        help: ArgumentHelp("The directory of the private PostgreSQL and its settings.", valueName: "dir"))
    var dataDirectory: String?

    @Option(
        name: .customLong("database-url"),
        help: ArgumentHelp("An existing database instead, as a libpq connection string or URL.", valueName: "url"))
    var databaseURL: String?

    @Option(help: ArgumentHelp("A configuration file.", valueName: "file"))
    var config: String?

    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        if dataDirectory != nil && databaseURL != nil {
            throw ValidationError("give --data-dir or --database-url, not both")
        }
    }
}
