/// What the command line asks for.
struct Options {
    var names: [String] = []
    var rounds = 5
    var seconds = 3
    var json: String?

    static let help = """
        bench [--rounds N] [--seconds N] [--json FILE] [point-select] [leased-select] [pipelined-insert]

        Measures the PostgreSQL client beside pgbench, on the server of the PG… variables. Without a name all run.
        """

    struct Unknown: Error, CustomStringConvertible {
        let description: String
    }

    /// Nil when help is wanted.
    init?(_ arguments: some Sequence<String>) throws {
        var arguments = arguments.makeIterator()
        func number(for option: String, _ value: String?) throws -> Int {
            guard let value, let number = Int(value), number > 0 else {
                throw Unknown(description: "\(option) wants a positive number")
            }
            return number
        }
        while let argument = arguments.next() {
            switch argument {
            case "-h", "--help": return nil
            case "--rounds": rounds = try number(for: argument, arguments.next())
            case "--seconds": seconds = try number(for: argument, arguments.next())
            case "--json":
                guard let file = arguments.next() else { throw Unknown(description: "--json wants a file") }
                json = file
            case "point-select", "leased-select", "pipelined-insert": names.append(argument)
            default: throw Unknown(description: "\(argument) is unknown; see --help")
            }
        }
    }
}
