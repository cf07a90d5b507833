/// What the command line asks for.
struct Options {
    var names: [String] = []
    var rounds = 5
    var seconds = 3
    var json: String?

    static let names = [
        "point-select", "leased-select", "pipelined-insert", "read-rows", "copy-in", "copy-out", JSONProgram.group,
    ]

    static let help = """
        bench [--rounds N] [--seconds N] [--json FILE] [NAME…]

        Measures the PostgreSQL client beside pgbench, psql, asyncpg and psycopg on the server of the PG… variables, and
        the JSON parser and writer beside Foundation's. Without a name all run:
        \(names.joined(separator: " "))
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
            case let name where Self.names.contains(name): names.append(name)
            default: throw Unknown(description: "\(argument) is unknown; see --help")
            }
        }
    }
}
