import Foundation

/// What was measured, as a table and as JSON.
struct Report: Codable {
    var comparisons: [Comparison]
    var rounds: Int
    var seconds: Int
    /// The load of the machine over the last minute, before and after.
    var load: [Double]
    /// Of the client, in MB.
    var peakMemory = ProcessorTime.peakMemory

    func printTable() {
        print(
            """
            \(rounds) rounds of \(seconds) s for each side, in turn; medians. A ratio is our rate divided by the \
            reference's in the same round, with the least and the largest. Processor time in µs for each statement or \
            row; for JSON per MB.
            """)
        let head = ["benchmark", "conn.", "side", "rate/s", "ours ÷ it", "least–most", "client µs", "server µs"]
        let rows = comparisons.flatMap { comparison in comparison.sides.map { row(comparison, $0) } }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [head] + rows {
            let cells = zip(row, widths).enumerated().map { index, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 || index == 2 ? cell.0 + space : space + cell.0
            }
            print(cells.joined(separator: "  "))
        }
        let loads = load.map { number($0, 1) }.joined(separator: " → ")
        print("peak memory of our client: \(number(peakMemory, 0)) MB; load of the machine: \(loads)")
    }

    private func row(_ comparison: Comparison, _ side: String) -> [String] {
        let measured = comparison.rounds.compactMap { $0[side] }
        let isOurs = side == comparison.sides.first
        let ratios = comparison.ratios(to: side)
        let unit = comparison.unit == "statements" ? "" : ", \(comparison.unit)"
        return [
            isOurs ? comparison.title + unit : "",
            isOurs && comparison.connections > 0 ? "\(comparison.connections)" : "",
            side, number(median(measured.map(\.rate)), 0),
            isOurs ? "" : number(median(ratios), 2),
            isOurs ? "" : "\(number(ratios.min() ?? 0, 2))–\(number(ratios.max() ?? 0, 2))",
            number(median(measured.map(\.client)), 2), number(median(measured.map(\.server)), 2),
        ]
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        if sorted.isEmpty { return 0 }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    private func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    /// The load of the last minute, as the system tells it.
    static var machineLoad: Double {
        var load: [Double] = [0, 0, 0]
        return getloadavg(&load, 3) > 0 ? load[0] : 0
    }
}
