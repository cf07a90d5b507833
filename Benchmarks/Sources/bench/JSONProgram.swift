import Foundation

/// `bench-json`, which measures the JSON parser and writer beside Foundation's: a program of its own, because the parser
/// is not part of a library product.
enum JSONProgram {
    static let group = "json"

    private struct Outcome: Decodable {
        var title: String
        var ours: [Double]
        var reference: [Double]
    }

    /// Its comparisons; none when the program is not there. Its rates are megabytes per second of processor time.
    static func run(_ options: Options) throws -> [Comparison] {
        guard let program = ProcessInfo.processInfo.environment["BENCH_JSON"] else { return [] }
        let text = try Tools.run(program, ["\(options.rounds)", "\(options.seconds)"])
        let last = text.split(separator: "\n").last ?? ""
        return try JSONDecoder().decode([Outcome].self, from: Data(last.utf8)).map { outcome in
            Comparison(
                title: "JSON, " + outcome.title, connections: 0, unit: "MB", sides: ["ours", "Foundation"],
                rounds: zip(outcome.ours, outcome.reference).map { ours, reference in
                    ["ours": measurement(ours), "Foundation": measurement(reference)]
                })
        }
    }

    private static func measurement(_ rate: Double) -> Measurement {
        Measurement(units: rate, seconds: 1, client: 1000, server: 0)
    }
}
