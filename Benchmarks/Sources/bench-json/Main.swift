import Foundation

/// `bench-json [ROUNDS [SECONDS]]`: prints a table, and JSON as the last line.
@main
struct Main {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().map { Double($0) ?? 0 }
        let rounds = arguments.first.map { max(1, Int($0)) } ?? 5
        let seconds = arguments.dropFirst().first.map { max(0.1, $0) } ?? 1
        let comparisons = try JSONTextBenchmark().run(rounds: rounds, seconds: seconds)
        print("benchmark      ours MB/s  Foundation MB/s  ratio (least–most)")
        for comparison in comparisons {
            let ratios = comparison.ratios.sorted()
            print(
                String(
                    format: "%-14@ %9.0f  %15.0f  %5.1f (%.1f–%.1f)", comparison.title as NSString,
                    median(comparison.ours), median(comparison.reference), median(ratios), ratios.first ?? 0,
                    ratios.last ?? 0))
        }
        print(String(decoding: try JSONEncoder().encode(comparisons), as: UTF8.self))
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
