import Foundation

/// What was measured, as a table and as JSON.
struct Report: Codable {
    var comparisons: [Comparison]
    var rounds: Int
    var seconds: Int
    var peakMemory = ProcessorTime.peakMemory

    func printTable() {
        print(
            "\(rounds) rounds of \(seconds) s for each side; medians. Processor time is client and server, per 1000 statements."
        )
        let head = ["benchmark", "conn.", "ours/s", "pgbench/s", "ratio", "ratios", "ours CPU ms", "pgbench CPU ms"]
        let rows = comparisons.map { comparison in
            let ratios = comparison.rounds.map(\.ratio)
            return [
                comparison.title, "\(comparison.connections)",
                number(median(comparison.rounds.map(\.ours.rate)), 0),
                number(median(comparison.rounds.map(\.reference.rate)), 0), number(median(ratios), 2),
                "\(number(ratios.min() ?? 0, 2))–\(number(ratios.max() ?? 0, 2))",
                number(median(comparison.rounds.map(\.ours.processorTime)), 1),
                number(median(comparison.rounds.map(\.reference.processorTime)), 1),
            ]
        }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [head] + rows {
            let cells = zip(row, widths).enumerated().map { index, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + space : space + cell.0
            }
            print(cells.joined(separator: "  "))
        }
        print("peak memory of the client: \(number(peakMemory, 0)) MB")
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        if sorted.isEmpty { return 0 }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    private func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
