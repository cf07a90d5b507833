import Synchronization

/// One line on a terminal's standard error that says how far a long job is, at what rate, and what remains.
/// Where standard error is no terminal it prints nothing.
package final class Progress: Sendable {
    private struct State {
        var done: Int64 = 0
        var total: Int64?
        var lastShown: ContinuousClock.Instant?
        var isShown = false
    }

    private let label: String
    private let unit: String
    private let console: Console
    private let start: ContinuousClock.Instant
    private let state: Mutex<State>

    package init(_ label: String, unit: String, total: Int64? = nil, console: Console = .current) {
        self.label = label
        self.unit = unit
        self.console = console
        start = .now
        state = Mutex(State(total: total))
    }

    /// Says how much is done by now; shown at most ten times a second.
    package func update(done: Int64, total: Int64? = nil) {
        show { state in
            state.done = done
            if let total { state.total = total }
        }
    }

    package func advance(by count: Int64 = 1) {
        show { $0.done += count }
    }

    private func show(_ change: (inout State) -> Void) {
        guard console.errorIsTerminal else { return }
        let now = ContinuousClock.now
        let line: String? = state.withLock { state in
            change(&state)
            if let last = state.lastShown, now - last < .milliseconds(100) { return nil }
            state.lastShown = now
            state.isShown = true
            return Self.line(label: label, unit: unit, done: state.done, total: state.total, elapsed: now - start)
        }
        if let line { console.writeError("\r\u{1B}[K" + line) }
    }

    /// Takes the line away, so that what is printed next stands alone.
    package func finish() {
        let wasShown = state.withLock { state in
            defer { state.isShown = false }
            return state.isShown
        }
        if wasShown { console.writeError("\r\u{1B}[K") }
    }

    /// `importing  1 200 of 5 000 articles  24 %  310/s  12 s left`
    package static func line(label: String, unit: String, done: Int64, total: Int64?, elapsed: Duration) -> String {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        let rate = seconds > 0.2 ? Double(done) / seconds : 0
        var line = "\(label)  \(grouped(done))"
        if let total { line += " of \(grouped(total))" }
        line += " \(unit)"
        if let total, total > 0 { line += "  \(min(100, done * 100 / total)) %" }
        if rate > 0 {
            line += rate >= 10 ? "  \(grouped(Int64(rate)))/s" : "  \(Double(Int64(rate * 10)) / 10)/s"
            if let total, total > done { line += "  \(span(Double(total - done) / rate)) left" }
        }
        return line
    }

    /// A number with thin groups of three digits.
    package static func grouped(_ number: Int64) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append("\u{202F}") }
            text.append(digit)
        }
        return text
    }

    private static func span(_ seconds: Double) -> String {
        let whole = Int64(seconds.rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
